"""A client for a cloud: who we are there is told by OS_* variables, or by clouds.yaml."""

import getpass
import logging
import sys

from keystoneauth1.exceptions import ClientException
from keystoneauth1.session import Session
from openstack.config import OpenStackConfig
from openstack.config.cloud_region import CloudRegion
from openstack.exceptions import ConfigException

from artifacts import __version__
from artifacts.client import Client, ClientError, keystone
from artifacts.client.redirects import check_stays

PATIENCE = 60.0  # seconds that Keystone may take, where the cloud's own `api_timeout` is not set


def connect(name: str | None, *, endpoint: str | None, ca_file: str | None) -> Client:
    """Return a client of a cloud's service; *endpoint* and *ca_file* beat what the cloud says."""
    logging.getLogger("keystoneauth").setLevel(logging.ERROR)  # what it warns of is told as errors
    region, session = _region(name)
    session.timeout = session.timeout or PATIENCE
    session.verify = ca_file or session.verify
    session.session.hooks["response"].append(check_stays)
    return keystone.connect(
        session,
        endpoint=endpoint or region.get_endpoint(keystone.SERVICE_TYPE),
        region_name=region.get_region_name(keystone.SERVICE_TYPE),
        interface=region.get_interface(keystone.SERVICE_TYPE),
    )


def _ask(prompt: str | None = None) -> str:
    if not sys.stdin.isatty():
        raise ClientError("Keystone needs a password, as in OS_PASSWORD")
    try:
        return getpass.getpass(prompt or "Password: ")
    except EOFError as error:
        raise ClientError("Keystone needs a password, and none was given") from error


def _region(name: str | None) -> tuple[CloudRegion, Session]:
    named = f"cloud {name}" if name else "OS_*"
    try:
        configured = OpenStackConfig(pw_func=_ask, app_name="artifacts", app_version=__version__)
        region = configured.get_one(cloud=name)
        return region, region.get_session()
    except (ClientException, ConfigException) as error:
        raise ClientError(f"{named}: {error}") from error
    except (AttributeError, TypeError, ValueError) as error:  # the SDK believes in types of values
        raise ClientError(f"{named}: clouds.yaml is not written as it has to be") from error
