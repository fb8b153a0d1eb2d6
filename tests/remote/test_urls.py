"""How a URL is read, and which are refused unread."""

import pytest

from artifacts import errors
from artifacts.remote import urls

PORTS = (80, 443, 8080)


def refusal(text: str) -> str:
    with pytest.raises(errors.Unfetchable) as refused:
        urls.parse(text, PORTS)
    return str(refused.value)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("http://mirror.example", "http://mirror.example/"),
        ("http://mirror.example:80/a/b", "http://mirror.example/a/b"),
        ("https://MIRROR.Example:443/A?b=C#part", "https://mirror.example/A?b=C"),
        ("https://mirror.example:8080?b", "https://mirror.example:8080/?b"),
        ("http://mirror.example./a", "http://mirror.example/a"),
        ("http://127.0.0.1./", "http://127.0.0.1/"),
        ("http://[2606:0::1]/", "http://[2606::1]/"),
        ("http://[2606::1]:8080/%20", "http://[2606::1]:8080/%20"),
        ("http://a_b.example/x@y:z", "http://a_b.example/x@y:z"),
        ("http://xn--e1afmkfd.example/", "http://xn--e1afmkfd.example/"),
    ],
)
def test_a_url_is_read(text, read):
    assert str(urls.parse(text, PORTS)) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "file:///etc/passwd",
        "FILE:///etc/passwd",
        "filesystem:http://mirror.example/",
        "sql://mirror.example/",
        "swift+config://reference/container/object",
        "ftp://mirror.example/",
        "gopher://mirror.example/",
        "httpfoo://mirror.example/",
        "HTTP://mirror.example/",
        "http:/mirror.example/",
        "http:mirror.example",
        "//mirror.example/",
        "mirror.example",
        " http://mirror.example/",
        "\thttp://mirror.example/",
        "\x00http://mirror.example/",
        "javascript:alert(1)",
        "data:,x",
    ],
)
def test_only_http_and_https_are_schemes(text):
    """D11 and D45."""
    assert refusal(text) == "url: must start with http:// or https://"


@pytest.mark.parametrize(
    "text",
    [
        "http://mirror.example/a b",
        "http://mirror.example/ ",
        "http://mirror.example/\r\nHost: other",
        "http://mirror.example/\n",
        "http://mirror.example/\x00",
        "http://mirror.example/\x7f",
        "http://mirror.example\\@other.example/",
        "http://mirror.example/\\",
        "http://mirror.example/ä",
        "http://пример.example/",
        "http://①27.0.0.1/",
        "http://127。0。0。1/",
        "http://mirror.example/\ud800",
    ],
)
def test_only_the_characters_of_a_url_are_read(text):
    """D41."""
    assert "characters" in refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        "http://user@mirror.example/",
        "http://u:p@mirror.example/",
        "http://127.0.0.1@mirror.example",
        "http://@mirror.example/",
        "http://mirror.example:80@127.0.0.1/",
    ],
)
def test_no_user_is_read(text):
    assert refusal(text) == "url: must hold no user name and no password"


@pytest.mark.parametrize(
    "text",
    [
        "http://",
        "http:///path",
        "http://?query",
        "http://:80/",
        "http://./",
        "http://../",
        "http://a..b/",
        "http://.a/",
        "http://-a/",
        "http://a-/",
        "http://%31%32%37.0.0.1/",
        "http://mirror.example:/",
        "http://mirror.example:80:80/",
        "http://mirror.example:-80/",
        "http://mirror.example:080000/",
        "http://mirror.example:http/",
        "http://[::1/",
        "http://::1/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[v1.a]/",
        "http://[127.0.0.1]/",
        "http://[]/",
        "http://[::1].example/",
        f"http://{'a' * 64}.example/",
        "http://" + "a." * 127 + "example/",
        "http://a,b/",
    ],
)
def test_a_host_must_be_named(text):
    assert refusal(text).startswith(("url: must name a host", "url: an address"))


@pytest.mark.parametrize(
    "host",
    [
        "2130706433",
        "2130706433.",
        "0x7f000001",
        "017700000001",
        "0X7F.1",
        "127.1",
        "127.0.1",
        "0177.0.0.1",
        "127.0.0.01",
        "0x7f.0.0.1",
        "127.0.0.0x1",
        "127.0.0.1.1",
        "127.0.0.256",
        "999.1.1.1",
        "0",
        "0x",
        "a.1",
    ],
)
def test_an_ipv4_address_is_four_decimal_numbers(host):
    """D1."""
    assert refusal(f"http://{host}/") == (
        "url: an address must be four decimal numbers, or IPv6 in brackets"
    )


@pytest.mark.parametrize("port", [0, 22, 81, 65536, 99999])
def test_other_ports_are_refused(port):
    assert refusal(f"http://mirror.example:{port}/") == (
        f"url: port {port} is not one of those that may be reached"
    )


def test_a_scheme_brings_its_port():
    with pytest.raises(errors.Unfetchable, match="port 443"):
        urls.parse("https://mirror.example/", (80,))


def test_a_long_url_is_refused_and_not_repeated():
    start = "http://mirror.example/"
    longest = start + "a" * (2048 - len(start))

    assert str(urls.parse(longest, PORTS)) == longest
    assert refusal(longest + "a") == "url: must be no longer than 2048 characters"


@pytest.mark.parametrize(
    ("location", "read"),
    [
        ("/b", "https://mirror.example/b"),
        ("b?c", "https://mirror.example/a/b?c"),
        ("//other.example/b", "https://other.example/b"),
        ("https://other.example:8080/b", "https://other.example:8080/b"),
        ("../../../b", "https://mirror.example/b"),
    ],
)
def test_a_redirect_is_read_beside_the_url_it_came_from(location, read):
    url = urls.parse("https://mirror.example/a/", PORTS)

    assert str(urls.follow(url, location, PORTS)) == read


@pytest.mark.parametrize(
    "location",
    [
        None,
        " /b",
        "/b\tc",
        "http://other.example/",
        "file:///etc/passwd",
        "https://user@other.example/",
        "https://other.example:22/",
        "https://2130706433/",
        "\\\\other.example",
        "/ä",
        "/" + "a" * 2048,
    ],
)
def test_a_redirect_is_refused_where_a_url_would_be(location):
    """D1 and D32: also from https to http."""
    url = urls.parse("https://mirror.example/a/", PORTS)

    with pytest.raises(errors.Unfetchable):
        urls.follow(url, location, PORTS)
