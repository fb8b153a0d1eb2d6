"""Behind a real nginx, with the site that we ship: it sends the files, and answers as we do."""

import re
import secrets
import threading

import pytest

pytestmark = pytest.mark.usefixtures("on_files")

CONTENT = secrets.token_bytes(1000) * 3000
# What differs from answer to answer, or is said by whoever speaks to the client.
PASSING = {"date", "server", "connection", "x-openstack-request-id", "strict-transport-security"}
PASSING |= {"keep-alive"}


@pytest.fixture(scope="module")
def machines(cloud, make_lasting_server):
    """Two processes of the service over one folder, as two machines are over one file system."""
    config = cloud.options().replace(
        "[api]\n", "[api]\ntrusted_proxies = 127.0.0.1/32\naccel_location = /accel/\n"
    )
    config += "[pool:default]\ndownload = accel\n[store:file]\ngroup_readable = true\n"
    first = make_lasting_server(config=config).start(workers=1)
    return first, make_lasting_server(config=config, data=first.data).start(workers=1)


@pytest.fixture(scope="module")
def nginx(make_nginx, machines):
    first, second = machines
    return make_nginx(first.port, second.port, blobs=first.data / "blobs")


@pytest.fixture
def mine(token):
    return {"X_Auth_Token": token("red-member")}


@pytest.fixture
def path(machines, nginx, create, mine):
    """A draft whose image was uploaded through nginx."""
    path = create(machines[0], "red-member")
    assert nginx.ask("PUT", f"{path}/image", CONTENT, **mine).status == 200
    return f"{path}/image"


@pytest.fixture
def ways(machines, wait_until):
    """Return who has sent bytes of an artifact so far, and to whom, as the access logs say."""

    def of(path, number):
        id = path.split("/")[3]

        def lines():
            text = "".join(each.logged() for each in machines)
            return re.findall(
                rf"method=GET .* id={id} .* address=(\S+) way=(\S+) .* sent=(\d+)", text
            )

        wait_until(lambda: len(lines()) >= number)
        return lines()

    return of


def plain(headers):
    return {name.lower(): each for name, each in headers.items() if name.lower() not in PASSING}


def test_nginx_sends_the_bytes(nginx, path, mine, ways):
    answer = nginx.ask("GET", path, **mine)

    assert (answer.status, answer.data) == (200, CONTENT)
    assert ways(path, 1) == [("127.0.0.1", "accel", "0")]


@pytest.mark.parametrize("asked", [{}, {"Range": "bytes=5-1000004"}, {"Want_Repr_Digest": "md5=5"}])
def test_every_header_of_the_blob_is_the_one_that_the_service_sends(
    nginx, machines, path, mine, asked
):
    """D50: it is a file and never a page; D34: nothing tells how old the file is."""
    told = nginx.ask("GET", path, **mine, **asked)
    known = machines[0].ask("GET", path, **mine, **asked)

    assert (told.status, told.data) == (known.status, known.body)
    assert plain(told.headers) == plain(known.headers)
    assert re.fullmatch("req-[0-9a-f-]{36}", told.headers["X-Openstack-Request-Id"])


@pytest.mark.parametrize(
    "asked",
    [
        ("GET", {"Range": "bytes=0-0"}),
        ("GET", {"Range": "bytes=-5"}),
        ("GET", {"Range": "bytes=2999990-"}),
        ("GET", {"Range": "bytes=0-1,5-6"}),
        ("GET", {"Range": "bytes=3000000-"}),
        ("GET", {"Range": "bytes=7-3"}),
        ("GET", {"Range": "lines=1"}),
        ("GET", {"If_None_Match": "*"}),
        ("GET", {"If_None_Match": '"other"'}),
        ("GET", {"Range": "bytes=2-3", "If_Range": '"other"'}),
        ("GET", {"If_Modified_Since": "Fri, 20 Nov 2099 00:00:00 GMT"}),
        ("GET", {"If_Unmodified_Since": "Fri, 20 Nov 2016 00:00:00 GMT"}),
        ("HEAD", {}),
        ("HEAD", {"Range": "bytes=0-1"}),
    ],
    ids=str,
)
def test_every_question_has_the_answer_of_the_service(nginx, machines, path, mine, asked):
    method, headers = asked
    told, known = (each.ask(method, path, **mine, **headers) for each in (nginx, machines[1]))

    def unbounded(headers):
        return {
            name: re.sub("[0-9a-f]{32}", "boundary", each)
            for name, each in plain(headers).items()
            if "Range" not in asked[1] or name != "content-type"
        }

    assert told.status == known.status
    assert unbounded(told.headers) == unbounded(known.headers)
    if not known.headers.get("content-type", "").startswith(("multipart", "application/json")):
        assert told.data == known.body


def test_a_download_is_resumed(nginx, path, mine):
    tag = nginx.ask("HEAD", path, **mine).headers["ETag"]
    answer = nginx.ask("GET", path, **mine, Range="bytes=1000-", If_Range=tag)

    assert (answer.status, answer.data) == (206, CONTENT[1000:])


@pytest.mark.parametrize("end", ["deactivated", "deleted"])
def test_nobody_reads_when_the_right_to_is_over(nginx, machines, create, token, mine, end):
    """D24."""
    item = create(machines[0], "red-member")
    nginx.ask("PUT", f"{item}/image", b"bytes", **mine)
    typed = {**mine, "Content_Type": "application/json-patch+json"}
    activate = b'[{"op": "replace", "path": "/status", "value": "active"}]'
    assert nginx.ask("PATCH", item, activate, **typed).status == 200
    assert nginx.ask("GET", f"{item}/image", **mine).data == b"bytes"
    if end == "deleted":
        assert nginx.ask("DELETE", item, **mine).status == 204
    else:
        admin = {**typed, "X_Auth_Token": token("green-admin")}
        answer = nginx.ask("PATCH", item, activate.replace(b"active", b"deactivated"), **admin)
        assert answer.status == 200
    answer = nginx.ask("GET", f"{item}/image", **mine)

    assert answer.status == (404 if end == "deleted" else 403)
    assert b"bytes" not in answer.data


def test_no_client_asks_nginx_for_a_file(nginx, machines, path, mine):
    """D41: not by its name, however that is written."""
    file = next(each for each in machines[0].stored() if each.stat().st_size == len(CONTENT))
    name = file.relative_to(machines[0].data / "blobs")
    for wanted in (
        *(f"/accel/{name}", f"//accel/{name}", f"/%61ccel/{name}", f"/x/../accel/{name}"),
        *(f"/accel/../blobs/{name}", f"/accel%2f{name}", f"/artifacts/%2e%2e/accel/{name}"),
    ):
        answer = nginx.ask("GET", wanted, **mine, X_Accel_Location="/accel/")

        assert answer.status in (400, 404), wanted
        assert answer.data != CONTENT


def test_nobody_but_nginx_is_told_of_a_file(machines, path, mine):
    """D19: a client that says it was nginx, and is not at its address."""
    import http.client

    connection = http.client.HTTPConnection(
        "127.0.0.1", machines[0].port, timeout=60, source_address=("127.0.0.3", 0)
    )
    headers = {"X-Auth-Token": mine["X_Auth_Token"], "X-Accel-Location": "/accel/"}
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    told, body = {name.lower() for name, _ in answer.getheaders()}, answer.read()
    connection.close()

    assert "x-accel-redirect" not in told
    assert body == CONTENT


def test_what_nginx_cannot_open_the_service_sends(make_nginx, machines, path, mine, ways, tmp_path):
    """As when bytes were moved to another store between the answer and the opening."""
    first, second = machines
    blind = make_nginx(first.port, second.port, blobs=tmp_path)
    answer = blind.ask("GET", path, **mine, Range="bytes=1-5")

    assert (answer.status, answer.data) == (206, CONTENT[1:6])
    assert [way for _, way, _ in ways(path, 2)] == ["accel", "proxy"]
    assert "location" not in plain(answer.headers)


def test_a_body_of_unknown_length_comes_through(nginx, machines, create, mine):
    item = create(machines[0], "red-member")
    blocks = (CONTENT[place : place + 65_536] for place in range(0, len(CONTENT), 65_536))
    assert nginx.ask("PUT", f"{item}/image", blocks, **mine).status == 200

    assert nginx.ask("GET", f"{item}/image", **mine).data == CONTENT


def test_a_body_is_passed_on_while_it_comes(nginx, machines, create, mine):
    """No byte of it is kept at nginx: the service refuses what it does not want at once."""
    item = create(machines[0], "red-member")
    more = threading.Event()

    def blocks():
        yield CONTENT
        more.wait(30)
        yield b"end"

    def saving():
        return machines[1].ask("GET", item, **mine).json["image"]

    answers = []
    upload = threading.Thread(
        target=lambda: answers.append(nginx.ask("PUT", f"{item}/image", blocks(), **mine).status)
    )
    upload.start()
    try:
        for _ in range(600):
            if (image := saving()) and image["status"] == "saving":
                break
            more.wait(0.05)
        assert image["status"] == "saving"
    finally:
        more.set()
        upload.join(60)

    assert answers == [200]


def test_the_other_machine_answers_when_one_is_gone(
    cloud, make_server, make_nginx, machines, path, mine
):
    """Reads and writes: what was never sent can be sent to another."""
    first, _ = machines
    lost = make_server(config=cloud.options(), data=first.data).start(workers=1)
    nginx = make_nginx(lost.port, first.port, blobs=first.data / "blobs")
    lost.kill()
    typed = {**mine, "Content_Type": "application/json"}
    body = b'{"name": "%s", "disk_format": "raw", "container_format": "bare"}'

    for _ in range(4):
        assert nginx.ask("GET", path, **mine).data == CONTENT
        name = secrets.token_hex(8).encode()
        assert nginx.ask("POST", "/artifacts/images", body % name, **typed).status == 201
