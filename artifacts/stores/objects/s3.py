"""S3Store: AWS S3, Ceph's gateway, Swift's S3 API, MinIO and others that speak it."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.exceptions import BotoCoreError
from obstore.exceptions import BaseError
from obstore.store import S3Store as Bucket

from artifacts import errors
from artifacts.stores.base import Setting, Stored
from artifacts.stores.objects import boto
from artifacts.stores.objects.store import SETTINGS, ObjectStore
from artifacts.stores.objects.unfinished import Unfinished
from artifacts.stores.secrets import secret

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig


class S3Store(ObjectStore):
    settings: ClassVar[tuple[Setting, ...]] = (
        Setting("bucket", "Bucket that keeps the bytes; it must be there.", required=True),
        Setting("endpoint", "URL of the service. Unset: that of AWS in the region."),
        Setting("region", "Region of the bucket.", default="us-east-1"),
        Setting("access_key_id", "Whose the bucket is. Unset: as the machine is set up."),
        Setting("secret_access_key", "What proves it.", secret=True),
        Setting("secret_access_key_file", "File with the secret_access_key, instead of it."),
        Setting("virtual_hosts", "The bucket is a part of the host.", type=bool, default=False),
        Setting("ca_file", "Certificates to trust, instead of the system's."),
        *SETTINGS,
    )

    def _connect(self, retry: "RetryConfig", client: "ClientConfig") -> Bucket:
        options = self._options
        key = secret(options, "secret_access_key")
        try:
            return Bucket(
                options["bucket"],
                prefix=self._prefix,
                config=_known(
                    endpoint=options.get("endpoint"),
                    region=options.get("region"),
                    access_key_id=options.get("access_key_id"),
                    secret_access_key=key,
                    virtual_hosted_style_request=options.get("virtual_hosts", False),
                ),
                client_options=client,
                retry_config=retry,
            )
        except (BaseError, ValueError) as error:
            raise errors.Misconfigured(f"s3: {str(error).splitlines()[0]}") from None

    @cached_property  # it takes longer to make than what is asked of it
    def _client(self) -> Any:
        return boto.connect(
            endpoint=self._options.get("endpoint"),
            region=self._options.get("region"),
            access_key_id=self._options.get("access_key_id"),
            secret_access_key=secret(self._options, "secret_access_key"),
            ca_file=self._options.get("ca_file"),
            virtual_hosts=self._options.get("virtual_hosts", False),
            timeouts=self.timeouts,
        )

    @property
    def _folder(self) -> str:
        return f"{self._prefix.strip('/')}/" if self._prefix else ""

    @cached_property
    def _unfinished(self) -> Unfinished:
        bucket = self._options["bucket"]
        return Unfinished(self._client, bucket, self._folder, patience=sum(self.timeouts))

    def sign(self, key: str, seconds: int, headers: Mapping[str, str]) -> str:
        """Sign a URL of one object, with what boto3 calls ResponseContentType and the like."""
        named = {f"Response{name.replace('-', '')}": value for name, value in headers.items()}
        named |= {"Bucket": self._options["bucket"], "Key": self._folder + key}
        try:
            link: str = self._client.generate_presigned_url("get_object", named, seconds)
        except BotoCoreError:
            raise errors.StoreUnavailable("the store's links cannot be signed") from None
        return link

    def parts(self) -> Iterator[Stored]:
        return self._unfinished.found()

    def abort(self, key: str) -> None:
        self._unfinished.abort(key)


def _known(**options: Any) -> Any:
    return {name: value for name, value in options.items() if value is not None}
