"""GlanceStore against a real Swift behind a real Keystone, and in a folder."""

import secrets
import socket
import time
import traceback
import uuid
from io import BytesIO

import pytest
import urllib3

from artifacts import errors
from artifacts.stores.glance.store import GlanceStore
from artifacts.testing import StoreContract
from artifacts.testing.stores import new_key


@pytest.fixture
def make(swift, tmp_path):
    """Return what makes a store in a container of its own, with some options changed."""
    container = uuid.uuid4().hex

    def make(*, ahead=None, timeout=120.0, temp_url_key=None, **options):
        given = {
            "swift_store_container": container,
            "swift_store_create_container_on_put": True,
            **swift,
        }
        settings = {"ahead": ahead, "timeout": timeout, "temp_url_key": temp_url_key}
        known = {name: value for name, value in settings.items() if value is not None}
        return stored_by("swift", tmp_path, given | options, **known)

    return make


def stored_by(driver, folder, options, **settings):
    file = folder / f"{uuid.uuid4().hex}.conf"
    lines = [f"{name} = {value}" for name, value in options.items() if value is not None]
    file.write_text("\n".join(["[glance_store]", *lines, ""]))
    return GlanceStore(driver=driver, config_file=str(file), **settings)


class TestSwift(StoreContract):
    @pytest.fixture
    def store(self, make):
        return make()


class TestSwiftInSegments(StoreContract):
    """The same, with a manifest for whatever is longer than a kilobyte."""

    @pytest.fixture
    def store(self, make):
        return make(ahead=1024, swift_store_large_object_chunk_size=1)


class TestFolder(StoreContract):
    @pytest.fixture
    def store(self, tmp_path):
        folder = {"filesystem_store_datadir": tmp_path / "images"}
        return stored_by("filesystem", tmp_path, folder)


class TestSegments:
    CONTENT = secrets.token_bytes(1000) * 2500

    @pytest.fixture
    def store(self, make):
        return make(ahead=1024, swift_store_large_object_chunk_size=1)

    @pytest.fixture
    def kept(self, store):
        key = new_key()
        store.save(key, BytesIO(self.CONTENT))
        return key

    def test_are_joined_by_a_manifest(self, store, kept):
        assert names(store) == [kept, *(f"{kept}-0000{number}" for number in (1, 2, 3))]
        listed = list(store.keys())
        assert [(each.key, each.size) for each in listed] == [(kept, len(self.CONTENT))]

    def test_are_gone_when_they_are_deleted(self, store, kept):
        store.delete(kept)

        assert names(store) == []

    def test_that_no_manifest_joins_are_unfinished(self, store, kept):
        """What a process that was killed leaves."""
        with store._driver._asking() as connection:
            connection.delete_object(store._driver._container, kept)

        assert list(store.keys()) == []
        assert [(each.key, each.size) for each in store.unfinished()] == [(kept, len(self.CONTENT))]
        store.sweep(kept)
        assert names(store) == []

    def test_of_which_one_is_lost_are_told(self, store, kept):
        with store.open(kept, 0, len(self.CONTENT)) as opened:
            with store._driver._asking() as connection:
                connection.delete_object(store._driver._container, f"{kept}-00003")
            with pytest.raises(errors.StoreUnavailable):
                opened.read()

    def test_that_swift_could_not_join_are_refused(self, store, monkeypatch):
        monkeypatch.setattr("artifacts.stores.glance.swift.MOST_SEGMENTS", 2)

        with pytest.raises(errors.StoreFull, match="at most 2048000 bytes"):
            store.save(new_key(), BytesIO(self.CONTENT))
        assert names(store) == []


def names(store):
    with store._driver._asking() as connection:
        return [each["name"] for each in store._driver._listed(connection)]


class TestLinks:
    @pytest.fixture
    def link(self, make):
        """Sign a link to ten bytes for so many seconds; they may be in segments."""

        def sign(seconds, **options):
            store, key = make(temp_url_key="canary-key", **options), new_key()
            store.save(key, BytesIO(b"0123456789"))
            with store._driver._asking() as connection:
                named = {"X-Container-Meta-Temp-URL-Key": "canary-key"}
                connection.post_container(store._driver._container, named)
            return store.link(key, seconds)

        return sign

    @pytest.mark.parametrize("ahead", [1, 1024])
    def test_give_the_bytes_to_whoever_has_them(self, link, ahead):
        url = link(60, ahead=ahead)

        answer = urllib3.request("GET", url, headers={"Range": "bytes=2-4"})
        assert (answer.status, answer.data) == (206, b"234")
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert urllib3.request("PUT", url, body=b"other").status == 401
        assert urllib3.request("DELETE", url).status == 401
        assert "canary" not in url

    def test_end(self, link):
        url, deadline = link(1), time.monotonic() + 60
        while urllib3.request("GET", url).status != 401:
            assert time.monotonic() < deadline
            time.sleep(0.2)

    def test_need_a_key(self, make):
        store, key = make(), new_key()
        store.save(key, BytesIO(b"bytes"))

        assert store.link(key, 60) is None


class TestWhatIsWrong:
    """A store that is away is not one that is empty, and nothing says where it is."""

    VERBS = {
        "save": lambda store, key: store.save(key, BytesIO(b"bytes")),
        "open": lambda store, key: store.open(key),
        "size": lambda store, key: store.size(key),
        "delete": lambda store, key: store.delete(key),
        "keys": lambda store, key: list(store.keys()),
        "unfinished": lambda store, key: list(store.unfinished()),
        "sweep": lambda store, key: store.sweep(key),
        "check": lambda store, key: store.check(),
    }
    WRONG = {
        "key": {"swift_store_key": "canary-secret"},
        "keystone": {"swift_store_auth_address": "http://127.0.0.1:9/v3"},
        "swift": {"swift_store_endpoint": "http://127.0.0.1:9/v1/AUTH_canary"},
        "container": {"swift_store_create_container_on_put": False},
    }

    @pytest.mark.parametrize("verb", VERBS)
    @pytest.mark.parametrize("wrong", WRONG)
    def test_is_unavailable_and_secret(self, make, verb, wrong, caplog):
        """D23."""
        store = make(**self.WRONG[wrong])

        with pytest.raises(errors.StoreUnavailable) as raised:
            self.VERBS[verb](store, new_key())

        told = "".join(traceback.format_exception(raised.value))
        for word in ("canary", "127.0.0.1", store._driver._container):
            assert word not in str(raised.value)
            assert word not in caplog.text
        assert "canary-secret" not in told

    @pytest.mark.parametrize("option", ["swift_store_auth_address", "swift_store_endpoint"])
    def test_is_not_waited_for(self, make, option):
        with socket.create_server(("127.0.0.1", 0)) as silent:
            store = make(timeout=0.2, **{option: f"http://127.0.0.1:{silent.getsockname()[1]}/v3"})
            with pytest.raises(errors.StoreUnavailable):
                store.size(new_key())

    def test_a_token_that_is_no_longer_good_is_followed_by_another(self, make):
        store, key = make(), new_key()
        store.save(key, BytesIO(b"bytes"))
        store._driver.library.init_client(None).session.auth.auth_ref._auth_token = "spent"

        with pytest.raises(errors.StoreUnavailable):
            store.size(key)
        assert store.size(key) == 5

    def test_stores_with_files_of_accounts_do_not_learn_of_each_other(self, make, swift, tmp_path):
        """The library reads all such files into one place, and the last one wins."""

        def account(key):
            file = tmp_path / f"{uuid.uuid4().hex}.conf"
            known = {"auth_address": swift["swift_store_auth_address"], "key": key}
            known["user"] = swift["swift_store_user"]
            file.write_text("\n".join(["[ref1]", *(f"{n} = {v}" for n, v in known.items())]))
            return make(swift_store_config_file=file, swift_store_key=None, swift_store_user=None)

        right, wrong = account(swift["swift_store_key"]), account("canary-secret")

        right.check()
        with pytest.raises(errors.StoreUnavailable):
            wrong.check()

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            ({"swift_store_key": None}, "auth_address is required"),
            ({"swift_store_multi_tenant": True}, "swift_store_multi_tenant is not supported"),
            ({"swift_buffer_on_upload": True}, "swift_buffer_on_upload is not supported"),
            ({"swift_store_large_object_size": "many"}, "swift_store_large_object_size"),
        ],
    )
    def test_what_cannot_be_stops_the_start(self, make, options, sentence):
        with pytest.raises(errors.Misconfigured, match=sentence):
            make(**options)


@pytest.mark.parametrize(
    ("driver", "sentence"),
    [
        ("http", "driver: must be one of"),
        ("rbd", "required libraries"),
        ("cinder", "the driver needs os_brick"),
        ("filesystem", "has no section"),
    ],
)
def test_a_driver_that_cannot_be_stops_the_start(driver, sentence, tmp_path):
    options = {} if driver == "filesystem" else {"rbd_store_pool": "images"}
    settings = {"section": "elsewhere"} if driver == "filesystem" else {}

    with pytest.raises(errors.Misconfigured, match=sentence):
        stored_by(driver, tmp_path, options, **settings)


def test_a_section_may_be_that_of_glance_itself(tmp_path):
    """Where Glance has several stores, each has a section of its own name."""
    file = tmp_path / "glance-api.conf"
    file.write_text(f"[fast]\nfilesystem_store_datadir = {tmp_path}\n")
    store, key = GlanceStore(driver="filesystem", config_file=str(file), section="fast"), new_key()

    store.save(key, BytesIO(b"bytes"))

    assert (tmp_path / key).read_bytes() == b"bytes"


def test_a_store_that_cannot_list_says_so(tmp_path):
    store = stored_by("filesystem", tmp_path, {"filesystem_store_datadir": tmp_path})

    with pytest.raises(errors.Unlistable):
        list(store.keys())
    assert list(store.unfinished()) == []
