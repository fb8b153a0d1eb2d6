"""Identity headers from outside change nothing, however they are written (promise 8; D27, D28)."""

import json
import uuid

import pytest

# What a client would like to be believed: what keystonemiddleware itself would say of an admin.
FORGED = {
    "X-Identity-Status": "Confirmed",
    "X-Service-Identity-Status": "Confirmed",
    "X-Roles": "admin",
    "X-Role": "admin",
    "X-Service-Roles": "admin,service",
    "X-Is-Admin-Project": "True",
    "OpenStack-System-Scope": "all",
    "X-User-Id": "somebody",
    "X-User": "somebody",
    "X-Service-User-Id": "somebody",
    "X-Domain-Id": "default",
    "X-Project-Id": "{red}",
    "X-Tenant-Id": "{red}",
    "X-Tenant": "{red}",
    "X-Service-Project-Id": "{red}",
    "X-Token-Info": "{{}}",
    "keystone.token_auth": "admin",
    "wsgi.url_scheme": "https",
    "REMOTE_USER": "admin",
    "PATH_INFO": "/healthcheck",
    "SCRIPT_NAME": "/artifacts",
}
SPELLINGS = {
    "as it is": "{name}: {value}\r\n",
    "in lower case": "{lower}: {value}\r\n",
    "in upper case": "{upper}: {value}\r\n",
    "in odd case": "{swapped}: {value}\r\n",
    "underscored": "{underscored}: {value}\r\n",
    "half underscored": "{half}: {value}\r\n",
    "without a blank": "{name}:{value}\r\n",
    "duplicated": "{name}: nothing\r\n{name}: {value}\r\n",
    "duplicated in two ways": "{name}: nothing\r\n{underscored}: {value}\r\n",
    "folded": "{name}:\r\n {value}\r\n",
    "folded by a tab": "{name}:\r\n\t{value}\r\n",
    "folded under another": "X-Else: x\r\n {name}: {value}\r\n",
    "behind a blank": " {name}: {value}\r\n",
    "before a blank": "{name} : {value}\r\n",
    "before a tab": "{name}\t: {value}\r\n",
    "behind a bare newline": "X-Else: x\n{name}: {value}\r\n",
    "behind a bare return": "X-Else: x\r{name}: {value}\r\n",
    "as WSGI writes it": "HTTP_{underscored}: {value}\r\n",
    "with a NUL": "{name}\0: {value}\r\n",
    "for another hop": "Connection: {name}\r\n{name}: {value}\r\n",
}


# Those that gunicorn takes for a request, so that what comes of them is our answer.
WELL_FORMED = {
    *("as it is", "in lower case", "in upper case", "in odd case", "without a blank"),
    *("underscored", "half underscored", "as WSGI writes it", "for another hop"),
    *("duplicated", "duplicated in two ways"),
}


@pytest.fixture(params=SPELLINGS)
def forged(request, cloud):
    """All of it as header lines, in one spelling."""
    return spelled(request.param, cloud)


def spelled(spelling, cloud):
    lines = []
    for name, value in FORGED.items():
        written = SPELLINGS[spelling].format(
            name=name,
            lower=name.lower(),
            upper=name.upper(),
            swapped="".join(c.upper() if i % 2 else c.lower() for i, c in enumerate(name)),
            underscored=name.replace("-", "_"),
            half=name[:3] + name[3:].replace("-", "_"),
            value=value.format(red=cloud.project("red")),
        )
        lines.append(written.encode())
    return lines


def request(line: str, *headers: bytes, token: str = "", body: bytes = b"") -> bytes:
    known = ["Host: localhost", "Connection: close", f"Content-Length: {len(body)}"]
    known += [f"X-Auth-Token: {token}"] if token else []
    head = "".join(f"{each}\r\n" for each in [f"{line} HTTP/1.1", *known])
    return head.encode() + b"".join(headers) + b"\r\n" + body


@pytest.mark.parametrize("spelling", sorted(WELL_FORMED))
def test_what_is_well_formed_is_answered_by_us(cloud, service, said, token, spelling):
    """D27. Else all below could be gunicorn's refusals."""
    lines = spelled(spelling, cloud)
    nobody = request("GET /artifacts/images", *lines)
    reader = request("GET /artifacts/images", *lines, token=token("red-reader"))

    assert said(service.converse(nobody))[0] == 401
    assert said(service.converse(reader))[0] == 200


class TestForgedHeaders:
    """D27. What gunicorn does not take for a request at all is 400."""

    def test_are_not_in_the_place_of_a_token(self, service, said, forged):
        for lines in (forged, *([line] for line in forged)):
            status, _ = said(service.converse(request("GET /artifacts/images", *lines)))

            assert status in (400, 401)

    def test_do_not_let_one_who_is_nobody_see_more(self, open_service, said, forged, create):
        private = create(open_service, "red-member")
        answers = [
            said(open_service.converse(request(f"GET {private}", *lines)))[0]
            for lines in (forged, *([line] for line in forged))
        ]

        assert set(answers) <= {400, 404}

    def test_do_not_make_a_token_another_s(self, cloud, service, said, forged, create, token):
        private, mine = create(service, "red-member"), token("blue-member")
        for lines in (forged, *([line] for line in forged)):
            status, _ = said(service.converse(request(f"GET {private}", *lines, token=mine)))
            body = json.dumps({"name": uuid.uuid4().hex}).encode()
            typed = b"Content-Type: application/json\r\n"
            made, artifact = said(
                service.converse(
                    request("POST /artifacts/images", typed, *lines, token=mine, body=body)
                )
            )

            assert status in (400, 404)
            assert made in (201, 400)
            assert made == 400 or artifact["owner"] == cloud.project("blue")

    def test_do_not_let_a_reader_write(self, service, said, forged, create, token):
        path = create(service, "red-member")
        for lines in (forged, *([line] for line in forged)):
            heard = service.converse(request(f"DELETE {path}", *lines, token=token("red-reader")))

            assert said(heard)[0] in (400, 403)


def test_of_two_tokens_none_counts(service, said, token):
    """A proxy that looked at one of them would not know which."""
    tokens = (token("red-member"), token("blue-member"))
    lines = [f"X-Auth-Token: {each}\r\n".encode() for each in tokens]
    status, _ = said(service.converse(request("GET /artifacts/images", *lines)))

    assert status == 401


def test_what_a_client_calls_a_service_s_token_must_be_one(service, token):
    for wrong in ("nonsense", "", token("red-member"), token("red-admin")):
        answer = service.ask(
            "GET", "/artifacts/images", X_Auth_Token=token("red-member"), X_Service_Token=wrong
        )

        assert answer.status == 401
