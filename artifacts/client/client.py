"""The artifact service from the other side: one method for each thing it can be asked for."""

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from artifacts.client.artifacts import ArtifactVerbs
from artifacts.client.auth import Auth, Fixed
from artifacts.client.blobs import BlobVerbs
from artifacts.client.elsewhere import Elsewhere
from artifacts.client.errors import ServerFailed
from artifacts.client.members import MemberVerbs
from artifacts.client.pools import PoolVerbs
from artifacts.client.quotas import QuotaVerbs
from artifacts.client.transport import Transport
from artifacts.client.trust import Trust


class Client(ArtifactVerbs, BlobVerbs, MemberVerbs, QuotaVerbs, PoolVerbs):
    """A client of the service at one endpoint; threads may share it.

    Artifacts come as the documents that the service answers: a dict with every field of the type.
    A slot is written `image` for a blob field, and `mirrors/eu` for a key in a folder.
    Every method raises an error of the tree in `artifacts.client.errors`.
    """

    def __init__(
        self,
        endpoint: str = "http://127.0.0.1:9494",
        *,
        token: str | None = None,
        auth: Auth | None = None,
        headers: Mapping[str, str] | None = None,
        ca_file: str | None = None,
        verify: bool = True,
        certificate: tuple[str, str | None] | None = None,
        timeout: float = 60.0,
        patience: float = 3900.0,
    ) -> None:
        """*token* is sent as X-Auth-Token, and like *headers* to the endpoint alone.

        *auth* in its place gives the credentials of each request, and may give others when the
        endpoint answers 401; `artifacts.client.keystone` has one for a session of keystoneauth.
        *ca_file* replaces the system's authorities for the endpoint; without *verify* whoever
        answers there is believed to be it; *certificate*, a file and that of its key, says who we
        are. *timeout* limits, in seconds, how long the server may be silent; *patience* does so
        once it has received an upload or a link, whose bytes it must store or fetch before it can
        answer.
        """
        self._transport = Transport(
            endpoint,
            auth=auth or Fixed(token),
            headers=headers or {},
            trust=Trust(ca_file, verify, certificate),
            timeout=timeout,
            patience=patience,
        )
        self._elsewhere = Elsewhere(ca_file, timeout)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections that are kept for the next request."""
        self._transport.close()
        self._elsewhere.close()

    def health(self) -> bool:
        """Tell whether the service says that it can work; NotReachable when it says nothing."""
        try:
            answer = self._transport.open("/healthcheck", {})
        except ServerFailed:
            return False
        answer.close()
        return answer.status < 300
