"""A client whose endpoint and tokens come from Keystone, by a session of keystoneauth.

session = keystoneauth1.session.Session(auth=...)
with keystone.connect(session, region_name="RegionOne") as client:
    ...

Nothing else in this package imports it, so that who needs no Keystone does not wait for it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from keystoneauth1 import exceptions
from keystoneauth1.session import Session
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from artifacts.client.client import Client
from artifacts.client.errors import (
    ClientError,
    NoEndpoint,
    NotReachable,
    NotTrusted,
    NotUnderstood,
    ServerFailed,
    Unauthenticated,
)

SERVICE_TYPE = "artifact"

Interface = str | Sequence[str] | None


class SessionAuth:
    """The tokens of a session: it gets a new one when the old is about to end, or was refused."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def headers(self) -> Mapping[str, str]:
        with told_of(self._session):
            return self._session.get_auth_headers() or {}

    def renew(self) -> bool:
        return self._session.invalidate()


def connect(
    session: Session,
    *,
    endpoint: str | None = None,
    region_name: str | None = None,
    interface: Interface = None,
) -> Client:
    """Return a client of the service in Keystone's catalog, or of the one at *endpoint*.

    The session's authorities, certificate and `verify` are for the service too.
    """
    verify, cert = session.verify, session.cert
    return Client(
        endpoint or _endpoint(session, region_name, interface),
        auth=SessionAuth(session),
        ca_file=verify if isinstance(verify, str) else None,
        verify=verify is not False,
        certificate=(cert, None) if isinstance(cert, str) else cert,
    )


def _endpoint(session: Session, region_name: str | None, interface: Interface) -> str:
    with told_of(session):
        try:
            found = session.get_endpoint(
                service_type=SERVICE_TYPE,
                interface=interface or "public",
                region_name=region_name,
            )
        except exceptions.EmptyCatalog as error:
            raise NoEndpoint("Keystone shows no catalog: is a project named?") from error
        except exceptions.EndpointNotFound as error:
            raise NoEndpoint(f"Keystone's catalog: {error}") from error
    if not found:
        raise NoEndpoint("nothing says where the service is")
    return found


@contextmanager
def told_of(session: Session) -> Iterator[None]:
    """Turn what fails between us and Keystone into errors of ours."""
    keystone = f"Keystone at {_address(session)}"
    try:
        yield
    except exceptions.Unauthorized as error:
        raise Unauthenticated(f"Keystone says: {error.message}", status=401) from error
    except exceptions.HttpServerError as error:
        raise ServerFailed(f"{keystone} answers: {error}", status=error.http_status) from error
    except exceptions.SSLError as error:
        raise NotTrusted(f"{keystone} is not trusted: its certificate is not valid") from error
    except (exceptions.ConnectionError, exceptions.DiscoveryFailure) as error:
        raise NotReachable(f"{keystone} cannot be reached") from error
    except exceptions.ClientException as error:
        raise ClientError(f"Keystone: {error}") from error
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # keystoneauth believes that answers have their parts, and addresses their form
        raise NotUnderstood(f"{keystone} does not answer as a Keystone does") from error


def _address(session: Session) -> str:
    """Say where Keystone is, without what only it should see."""
    try:
        address = parse_url(str(getattr(session.auth, "auth_url", None) or ""))
    except LocationParseError:
        return "an address that is none"
    return address._replace(auth=None, query=None).url or "an unknown address"
