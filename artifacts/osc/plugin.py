"""What OpenStackClient asks of a plugin: its name, its global option, and its client.

python-glareclient has the same commands, and a plugin with the name and the option that the type
of the service suggests. Ours has another name, so that each one's commands get their own client,
and leaves the option to the other one where it is there.
"""

import argparse
import os
import sys
from typing import Any

from artifacts.client import Client, keystone

API_NAME = "artifacts"
API_VERSION_OPTION = "os_artifact_api_version"
API_VERSIONS = ("1",)
DEFAULT_API_VERSION = "1"

_VARIABLE = "OS_ARTIFACT_API_VERSION"
_GLARE = "glareclient.osc.plugin"


def make_client(manager: Any) -> Client:
    """Return a client of the service in the catalog, with the session that all commands share."""
    region = manager._cli_options
    return keystone.connect(
        manager.session,
        endpoint=region.get_endpoint(keystone.SERVICE_TYPE),
        region_name=manager.region_name or None,
        interface=manager.interface,
    )


def build_option_parser(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    if _GLARE not in sys.modules:
        parser.add_argument(
            "--os-artifact-api-version",
            metavar="<artifact-api-version>",
            default=os.environ.get(_VARIABLE),
            help=f"Artifact API version, default={DEFAULT_API_VERSION} (Env: {_VARIABLE})",
        )
    return parser
