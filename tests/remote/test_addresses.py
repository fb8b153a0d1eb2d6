"""Which addresses may be reached."""

import pytest

from artifacts import errors
from artifacts.remote.addresses import AddressRules

PUBLIC = [
    "8.8.8.8",
    "93.184.216.34",
    "172.15.255.255",
    "172.32.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "198.17.255.255",
    "223.255.255.255",
    "2606:2800:220:1:248:1893:25c8:1946",
    "2a00:1450:4001:81b::200e",
    "2001:200::1",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
]
REFUSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "100::1",
    "2001:db8::1",
    "2001:10::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "febf::1",
    "fec0::1",
    "ff02::1",
]
WRAPPED_LOOPBACK = {
    "compatible": "::127.0.0.1",
    "mapped": "::ffff:127.0.0.1",
    "mapped in hexadecimal": "::ffff:7f00:1",
    "translated": "::ffff:0:127.0.0.1",
    "NAT64": "64:ff9b::127.0.0.1",
    "local NAT64": "64:ff9b:1::127.0.0.1",
    "6to4": "2002:7f00:1::1",
    "Teredo client": "2001:0:808:808:0:0:80ff:fffe",
    "Teredo server": "2001:0:7f00:1:0:0:f7f7:f7f7",
}


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address):
    assert AddressRules().allow_text(address)


@pytest.mark.parametrize("address", REFUSED)
def test_addresses_that_are_not_public_are_refused(address):
    """D1."""
    assert not AddressRules().allow_text(address)


@pytest.mark.parametrize("address", WRAPPED_LOOPBACK.values(), ids=WRAPPED_LOOPBACK)
def test_a_wrapped_address_is_judged_by_what_it_wraps(address):
    """D1."""
    assert not AddressRules().allow_text(address)


@pytest.mark.parametrize(
    "form", [form for form in WRAPPED_LOOPBACK if not form.startswith("Teredo")]
)
def test_an_allowed_network_names_the_unwrapped_address(form):
    assert AddressRules(["127.0.0.0/8"]).allow_text(WRAPPED_LOOPBACK[form])


def test_a_wrapped_public_address_is_no_way_to_a_private_one_elsewhere_in_it():
    """Within 64:ff9b:1::/48 a gateway may read the IPv4 address from bits 48 to 87."""
    assert not AddressRules().allow_text("64:ff9b:1:7f00:0:100:808:808")


def test_both_ends_of_a_teredo_address_must_be_allowed():
    rules = AddressRules(["127.0.0.0/8"])

    assert rules.allow_text("2001:0:808:808:0:0:80ff:fffe")
    assert not rules.allow_text("2001:0:a00:1:0:0:80ff:fffe")


def test_an_allowed_network_allows_no_neighbour():
    rules = AddressRules(["127.0.0.2/32", "fd00:1::/32"])

    assert rules.allow_text("127.0.0.2")
    assert rules.allow_text("fd00:1::5")
    assert not rules.allow_text("127.0.0.1")
    assert not rules.allow_text("fd00:2::5")


def test_loopback_of_ipv6_can_be_allowed():
    assert AddressRules(["::1/128"]).allow_text("::1")


@pytest.mark.parametrize("address", ["fe80::1%eth0", "::1%lo", "::ffff:8.8.8.8%1"])
def test_zone_ids_are_refused_even_in_an_allowed_network(address):
    assert not AddressRules(["::/0", "0.0.0.0/0"]).allow_text(address)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "1.2.3.4.5", "/run/socket"])
def test_what_is_no_address_is_refused(text):
    assert not AddressRules(["0.0.0.0/0"]).allow_text(text)


@pytest.mark.parametrize("text", ["127.0.0.1/8", "localhost", "10.0.0.0/33", ""])
def test_a_network_that_is_none_stops_the_start(text):
    with pytest.raises(errors.Misconfigured, match="allowed_networks"):
        AddressRules([text])
