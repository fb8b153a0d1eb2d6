"""AzureStore: Azure's blob storage. Experimental: no test of ours has met a real one."""

from typing import TYPE_CHECKING, Any, ClassVar

from obstore.exceptions import BaseError
from obstore.store import AzureStore as Container

from artifacts import errors
from artifacts.stores.base import Setting
from artifacts.stores.objects.store import SETTINGS, ObjectStore
from artifacts.stores.secrets import secret

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig


class AzureStore(ObjectStore):
    """Azure forgets unfinished uploads by itself, a week after their last part."""

    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("container", "Container that keeps the bytes; it must be there.", required=True),
        Setting("account_name", "Storage account.", required=True),
        Setting("account_key", "What proves that it is ours.", secret=True),
        Setting("account_key_file", "File with the account_key, instead of it."),
        Setting("endpoint", "URL of the service. Unset: that of Azure for the account."),
        *SETTINGS,
    )

    def _connect(self, retry: "RetryConfig", client: "ClientConfig") -> Container:
        endpoint = self._options.get("endpoint")
        config: Any = {"account_name": self._options["account_name"]}
        if key := secret(self._options, "account_key"):
            config["account_key"] = key
        if endpoint:
            config["endpoint"] = endpoint
        try:
            return Container(
                self._options["container"],
                prefix=self._prefix,
                config=config,
                client_options=client,
                retry_config=retry,
            )
        except (BaseError, ValueError) as error:
            raise errors.Misconfigured(f"azure: {str(error).splitlines()[0]}") from None
