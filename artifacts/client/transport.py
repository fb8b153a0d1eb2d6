"""The wire to one server: requests on kept-alive connections, answers or errors."""

import json
import re
import time
from collections.abc import Mapping
from urllib.parse import quote

import urllib3
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry, Timeout, parse_url

from artifacts import __version__
from artifacts.client import answers, failures, turns
from artifacts.client.answers import Document
from artifacts.client.auth import Auth
from artifacts.client.errors import ClientError, NotUnderstood, refusal
from artifacts.client.request import Blocks, Request
from artifacts.client.trust import Trust

API_VERSION = "artifact 1.2"
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
REDIRECTS = frozenset({301, 302, 303, 307, 308})

# Whatever was not answered is asked again; what was answered, badly or not, is not.
ASK_AGAIN = Retry(
    2,
    redirect=False,
    status=0,
    other=0,
    allowed_methods={"GET", "HEAD"},
    backoff_factor=0.2,
    respect_retry_after_header=False,
)


class Transport:
    """Requests to one endpoint, with the caller's credentials and to nobody else."""

    def __init__(
        self,
        endpoint: str,
        *,
        auth: Auth,
        headers: Mapping[str, str],
        trust: Trust,
        timeout: float,
        patience: float,
    ) -> None:
        server = _address(endpoint)
        self.server = f"{server.scheme}://{server.netloc}"
        self._prefix = (server.path or "").rstrip("/")
        self._headers = {
            "User-Agent": f"artifacts/{__version__}",
            "OpenStack-API-Version": API_VERSION,
            "Accept-Encoding": "identity",
            **headers,
        }
        self._auth = auth
        self._timeout = timeout
        self._patience = patience
        self._pool = urllib3.connection_from_url(
            self.server, maxsize=8, **trust.settings(server.scheme)
        )

    def close(self) -> None:
        self._pool.close()

    def ask(
        self,
        method: str,
        path: str,
        *,
        document: object = None,
        media_type: str = "application/json",
        patient: bool = False,
    ) -> Document:
        """Send *document* as JSON and return the answer's; empty when it has none.

        A *patient* request is one that the server must do long work for before it answers.
        """
        body = None if document is None else json.dumps(document).encode()
        headers = {"Content-Type": media_type} if body is not None else {}
        return self._told(self._request(method, path, body, headers, patient=patient))

    def list(self, path: str) -> list[Document]:
        """Ask for a list of documents that is the whole answer."""
        answer = self._final(self._request("GET", path, None, {}))
        with failures.told_of(self.server):
            return answers.document_list(answer)

    def send(self, path: str, blocks: Blocks, headers: Mapping[str, str]) -> Document:
        """PUT *blocks*, chunked unless *headers* have a Content-Length."""
        return self._told(self._request("PUT", path, blocks, headers, patient=True))

    def head(self, path: str) -> Mapping[str, str]:
        """Ask what the headers of `open` would be."""
        answer = self._request("HEAD", path, None, {})
        answer.read()  # there is no body, but only this frees the connection
        return answer.headers

    def open(self, path: str, headers: Mapping[str, str]) -> BaseHTTPResponse:
        """Ask for bytes; the answer may be a redirect, and its body is still to be read."""
        return self._request("GET", path, None, headers)

    def _told(self, answer: BaseHTTPResponse) -> Document:
        with failures.told_of(self.server):
            return answers.document(self._final(answer))

    def _final(self, answer: BaseHTTPResponse) -> BaseHTTPResponse:
        """Raise for a redirect: nothing was done, and nobody else is told what was asked."""
        if answer.status < 300:
            return answer
        answer.close()  # not drained: it may have no end
        raise NotUnderstood(
            f"{self.server} answers {answer.status}, as if the service were elsewhere: "
            "name its own endpoint"
        )

    def _request(
        self,
        method: str,
        path: str,
        body: bytes | Blocks | None,
        headers: Mapping[str, str],
        *,
        patient: bool = False,
    ) -> BaseHTTPResponse:
        silence = self._patience if patient else self._timeout
        request = Request(method, path, body, headers, silence)
        answer = self._in_turn(request)
        if answer.status == 401 and request.repeatable and self._auth.renew():
            answer.close()
            answer = self._in_turn(request)
        if answer.status >= 400:
            with failures.told_of(self.server):
                raise refusal(answer.status, answers.refusal_body(answer))
        return answer

    def _in_turn(self, request: Request) -> BaseHTTPResponse:
        """Send a request, again when it was told to come later, and return the last answer."""
        for _ in range(turns.MOST if request.repeatable else 0):
            answer = self._sent(request)
            seconds = turns.wait(answer)
            if seconds is None:
                return answer
            with failures.told_of(self.server):
                answers.refusal_body(answer)  # only this frees the connection
            time.sleep(seconds)
        return self._sent(request)

    def _sent(self, request: Request) -> BaseHTTPResponse:
        with failures.told_of(self.server):
            return self._pool.urlopen(
                request.method,
                self._prefix + request.path,
                request.body,
                _checked({**self._headers, **self._auth.headers(), **request.headers}),
                retries=ASK_AGAIN if request.method in ("GET", "HEAD") else False,
                redirect=False,
                timeout=Timeout(connect=self._timeout, read=request.silence),
                preload_content=False,
                decode_content=False,
            )


def segment(text: str) -> str:
    """Write *text* as one segment of a path; dots too, which on the way might mean folders."""
    return text.replace(".", "%2E") if text in (".", "..") else quote(text, safe="")


def artifact_path(type_name: str, artifact_id: str | None = None, slot: str | None = None) -> str:
    """Where an artifact type, one artifact, or one slot of it is found."""
    parts = [type_name] if artifact_id is None else [type_name, artifact_id]
    if slot is not None:
        field, _, key = slot.partition("/")
        if not field:  # else the path of the whole artifact would be meant
            raise ClientError("slot: must be written as a field, or as a field/key")
        parts += [field, key] if key else [field]
    return "/artifacts/" + "/".join(map(segment, parts))


def _checked(headers: dict[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        if not _HEADER_VALUE.fullmatch(value):
            raise ClientError(f"{name}: holds characters that no header can carry")
    return headers


def _address(endpoint: str) -> urllib3.util.Url:
    try:
        server = parse_url(endpoint)
    except urllib3.exceptions.LocationParseError as error:
        raise ClientError(f"endpoint: {endpoint!r} is no URL") from error
    if server.scheme not in ("http", "https") or not server.host:
        raise ClientError("endpoint: must begin with http:// or https:// and name a host")
    if server.auth:
        raise ClientError("endpoint: must not contain a user or password")
    return server
