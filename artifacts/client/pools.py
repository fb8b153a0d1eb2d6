"""What can be asked about pools: which of them take what one creates."""

from artifacts.client.answers import Document, documents
from artifacts.client.transport import Transport


class PoolVerbs:
    """The verbs of a Client that concern pools."""

    _transport: Transport

    def pools(self) -> list[Document]:
        """Return the pools that take new artifacts of the caller's project.

        Each is a document of `name`, `types`, `is_default`, and `max_blob_size`, which may be null.
        """
        return documents(self._transport.ask("GET", "/pools"), "pools")
