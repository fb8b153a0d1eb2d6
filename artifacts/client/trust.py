"""Whom we believe on the other end of TLS, and who we say there that we are."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Trust:
    """The system's authorities, unless others are named; nobody's only where that was asked for."""

    ca_file: str | None = None
    verify: bool = True
    certificate: tuple[str, str | None] | None = None

    def settings(self, scheme: str | None) -> dict[str, Any]:
        """Return what a pool of connections is made with."""
        if scheme != "https":
            return {}
        certificate, key = self.certificate or (None, None)
        return {
            "cert_reqs": "CERT_REQUIRED" if self.verify else "CERT_NONE",
            "ca_certs": self.ca_file,
            "cert_file": certificate,
            "key_file": key,
        }
