"""GcsStore: Google Cloud Storage. Experimental: no test of ours has met a real one."""

from typing import TYPE_CHECKING, ClassVar

from obstore.exceptions import BaseError
from obstore.store import GCSStore as Bucket

from artifacts import errors
from artifacts.stores.base import Setting
from artifacts.stores.objects.store import SETTINGS, ObjectStore

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig


class GcsStore(ObjectStore):
    """Unfinished uploads are for a life-cycle rule of the bucket to end."""

    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("bucket", "Bucket that keeps the bytes; it must be there.", required=True),
        Setting("service_account_file", "JSON key of a service account.", required=True),
        *SETTINGS,
    )

    def _connect(self, retry: "RetryConfig", client: "ClientConfig") -> Bucket:
        try:
            return Bucket(
                self._options["bucket"],
                prefix=self._prefix,
                config={"service_account": self._options["service_account_file"]},
                client_options=client,
                retry_config=retry,
            )
        except (BaseError, ValueError) as error:
            raise errors.Misconfigured(f"gcs: {str(error).splitlines()[0]}") from None
