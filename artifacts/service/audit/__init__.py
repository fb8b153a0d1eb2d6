"""Audit: rows and bytes, compared both ways, and mended where nobody's bytes are at stake."""

from artifacts.service.audit.audit import Audit
from artifacts.service.audit.findings import KINDS, Finding, Kind, Referrer
from artifacts.service.audit.pace import Pace
from artifacts.service.audit.watch import Stopped, Watch

__all__ = ["KINDS", "Audit", "Finding", "Kind", "Pace", "Referrer", "Stopped", "Watch"]
