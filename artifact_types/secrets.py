"""Secrets: keys, certificates and passphrases, kept as their owner encrypted them."""

from typing import Literal

from artifacts.model import Artifact, Blob, MiB, field

SecretType = Literal["symmetric", "public", "private", "passphrase", "certificate", "opaque"]


class Secret(Artifact):
    """A secret, and what is needed to use it."""

    type_name = "secrets"

    payload: Blob = field("The secret itself.", max_size=10 * MiB)
    payload_content_encoding: Literal["base64"] | None = field(
        "How the payload is encoded.", default="base64", filters=()
    )
    secret_type: SecretType | None = field(
        "What the secret is.", sortable=True, default="opaque", filters=("eq",)
    )
    algorithm: str | None = field("Algorithm that the secret is for.", filters=("eq",))
    mode: str | None = field("Mode of the algorithm.", filters=("eq",))
    bit_length: int | None = field("Length of the key in bits.", sortable=True, minimum=1)
