"""Secrets: options that a file may hold in the place of the configuration."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from artifacts.errors import Misconfigured


def secret(options: Mapping[str, Any], name: str) -> str | None:
    """Return what is set, or what the file holds that is; raise Misconfigured for both."""
    value, file = options.get(name), options.get(f"{name}_file")
    if file is None:
        return value
    if value is not None:
        raise Misconfigured(f"{name}: must not be set beside {name}_file")
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError) as error:
        raise Misconfigured(f"{name}_file: {file} cannot be read") from error
