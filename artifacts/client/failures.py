"""What went wrong on the wire, told in one sentence instead of a library's chain of causes."""

from collections.abc import Iterator
from contextlib import contextmanager

from urllib3 import exceptions

from artifacts.client.errors import ClientError, NotReachable, NotTrusted


@contextmanager
def told_of(server: str) -> Iterator[None]:
    """Turn what fails between us and *server* into NotReachable or NotTrusted."""
    try:
        yield
    except exceptions.HTTPError as error:
        raise _sentence(server, _cause(error)) from error


def _cause(error: exceptions.HTTPError) -> Exception:
    if isinstance(error, exceptions.MaxRetryError) and error.reason is not None:
        return error.reason
    return error


def _sentence(server: str, cause: Exception) -> ClientError:
    match cause:
        case exceptions.SSLError():
            return NotTrusted(f"{server} is not trusted: {_tls_reason(cause)}")
        case exceptions.NameResolutionError():
            return NotReachable(f"{server} cannot be reached: its name is not known")
        case exceptions.NewConnectionError():
            return NotReachable(f"{server} cannot be reached: {_system_reason(cause)}")
        case exceptions.TimeoutError():
            return NotReachable(f"{server} does not answer in time")
        case exceptions.LocationParseError() | exceptions.LocationValueError():
            return NotReachable(f"{server} is no address that can be reached")
    return NotReachable(f"{server} broke the connection")


def _tls_reason(error: Exception) -> str:
    """Give the certificate's flaw in OpenSSL's words, without its source line."""
    for part in (*error.args, error):
        flaw = getattr(part, "verify_message", None) or getattr(part, "reason", None)
        if flaw:
            return str(flaw).replace("_", " ").rstrip(".")
    return str(error)


def _system_reason(error: Exception) -> str:
    cause = error.__cause__
    if isinstance(cause, OSError) and cause.strerror:
        return cause.strerror.lower()
    return "no connection"
