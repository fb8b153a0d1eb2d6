"""The life of an image: a real ISO in, a qcow2 of it elsewhere, both out again byte by byte."""

import hashlib
import itertools
import shutil
import subprocess
from pathlib import Path

import pytest

numbers = itertools.count(1)
PLACES = (Path("/usr/lib/ipxe/ipxe.iso"), Path("/boot/ipxe.iso"))


@pytest.fixture(scope="session")
def iso(tmp_path_factory) -> Path:
    """Debian's ipxe.iso: as it is installed, or out of the package."""
    for place in PLACES:
        if place.is_file():
            return place
    return unpacked(tmp_path_factory.mktemp("ipxe"))


def unpacked(folder: Path) -> Path:
    try:
        subprocess.run(["apt-get", "download", "ipxe"], cwd=folder, check=True, timeout=60)
        (package,) = folder.glob("ipxe_*.deb")
        subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], check=True, timeout=60)
    except (OSError, subprocess.SubprocessError, ValueError):
        pytest.skip("Debian's package ipxe is neither installed nor can be downloaded")
    return folder / "usr/lib/ipxe/ipxe.iso"


@pytest.fixture(scope="session")
def qcow2(iso, tmp_path_factory) -> Path:
    if shutil.which("qemu-img") is None:
        pytest.skip("qemu-img is not installed")
    image = tmp_path_factory.mktemp("qcow2") / "ipxe.qcow2"
    convert = ["qemu-img", "convert", "-f", "raw", "-O", "qcow2", str(iso), str(image)]
    subprocess.run(convert, check=True, timeout=60)
    return image


@pytest.fixture
def image(server, iso):
    """A draft that holds the ISO."""
    with server.client() as client:
        draft = client.create(
            "images",
            name="ipxe",
            version=f"{next(numbers)}.0.0",
            disk_format="iso",
            container_format="bare",
        )
        yield client.upload("images", draft["id"], "image", iso)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_real_iso_becomes_an_active_image_and_comes_back_byte_identical(
    server, image, iso, tmp_path
):
    with server.client() as client:
        active = client.activate("images", image["id"])
        client.download("images", image["id"], "image", tmp_path / "copy.iso")

    assert iso.read_bytes()[0x8001:0x8006] == b"CD001"  # it is an ISO 9660 file system
    assert active["status"] == "active"
    assert active["image"]["size"] == iso.stat().st_size
    assert active["image"]["sha256"] == sha256(iso)
    assert (tmp_path / "copy.iso").read_bytes() == iso.read_bytes()


def test_a_qcow2_of_it_is_linked_by_region_and_comes_back_through_the_redirect(
    server, origin, image, qcow2, tmp_path
):
    url = origin.serve(qcow2.read_bytes(), name="ipxe.qcow2")

    with server.client() as client:
        linked = client.link(
            "images",
            image["id"],
            "mirrors/eu-west",
            url,
            size=qcow2.stat().st_size,
            digests={"sha256": sha256(qcow2), "md5": hashlib.md5(qcow2.read_bytes()).hexdigest()},
        )
        counted = origin.asked(url)
        client.activate("images", image["id"])
        client.download("images", image["id"], "mirrors/eu-west", tmp_path / "copy.qcow2")
    redirect = server.ask("GET", f"/artifacts/images/{image['id']}/mirrors/eu-west")

    assert counted == ["GET"]
    assert linked["mirrors"]["eu-west"]["external"] is True
    assert linked["mirrors"]["eu-west"]["url"] == url
    assert linked["mirrors"]["eu-west"]["sha256"] == sha256(qcow2)
    assert (redirect.status, redirect.headers["location"]) == (302, url)
    assert (tmp_path / "copy.qcow2").read_bytes() == qcow2.read_bytes()


def test_it_is_linked_elsewhere_too_and_comes_back_through_the_redirect(
    server, origin, image, iso, tmp_path
):
    url = origin.serve(iso.read_bytes(), name="ipxe.iso")

    with server.client() as client:
        client.link("images", image["id"], "mirrors/us", url, digests={"sha256": sha256(iso)})
        client.activate("images", image["id"])
        client.download("images", image["id"], "mirrors/us", tmp_path / "copy.iso")

    assert origin.asked(url) == ["GET", "GET"]  # by the service, and by whoever downloads
    assert (tmp_path / "copy.iso").read_bytes() == iso.read_bytes()


def test_an_active_image_keeps_its_bytes_and_takes_no_others(server, image, iso):
    path = f"/artifacts/images/{image['id']}"
    server.patch(path, {"op": "replace", "path": "/status", "value": "active"})

    refused = server.ask("PUT", f"{path}/image", b"other bytes")
    emptied = server.ask("DELETE", f"{path}/image")
    read = server.ask("GET", f"{path}/image")

    assert refused.status in (403, 409)
    assert emptied.status == 403
    assert read.body == iso.read_bytes()
    assert read.headers["etag"] == f'"{sha256(iso)}"'


def test_a_deleted_image_is_gone_with_its_bytes(make_server, iso):
    server = make_server().start()
    path = server.create()
    server.ask("PUT", f"{path}/image", iso.read_bytes())
    kept = len(server.stored())

    deleted = server.ask("DELETE", path)

    assert kept == 1
    assert deleted.status == 204
    assert server.ask("GET", path).status == 404
    assert server.ask("GET", f"{path}/image").status == 404
    assert server.stored() == []


def test_two_images_with_the_same_bytes_keep_them_once_until_both_are_gone(make_server, iso):
    server = make_server().start()
    first, second = server.create(), server.create()
    for path in (first, second):
        assert server.ask("PUT", f"{path}/image", iso.read_bytes()).status == 200
    together = len(server.stored())

    server.ask("DELETE", first)

    assert together == 1
    assert server.ask("GET", f"{second}/image").body == iso.read_bytes()
    server.ask("DELETE", second)
    assert server.stored() == []
