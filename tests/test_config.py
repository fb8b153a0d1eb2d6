"""Configuration: read at the start, told in a sentence when it is wrong, and silent on secrets."""

import pytest

from artifacts import config
from artifacts.errors import Misconfigured
from artifacts.stores.base import Setting
from artifacts.stores.filesystem import FilesystemStore
from artifacts.stores.memory import MemoryStore


@pytest.fixture
def load(tmp_path):
    def load(text=""):
        path = tmp_path / "artifacts.conf"
        path.write_text(text)
        return config.load([str(path)])

    return load


def test_without_a_file_everything_has_its_default():
    conf = config.load()

    assert conf.default_api_limit == 25
    assert conf.max_api_limit == 1000
    assert conf.max_uploaded_data == conf.max_artifact_number == -1
    assert conf.enabled_artifact_types == []
    assert conf.enabled_stores == ["file"]
    assert conf.blobs.upload_lease == 30
    assert conf.remote.allowed_networks == []
    assert conf.remote.allowed_ports == [80, 443]
    assert not conf.delayed_delete
    assert not conf.allow_anonymous_access


@pytest.mark.parametrize(
    "text",
    [
        "[DEFAULT]\nmax_api_limit = 0",
        "[DEFAULT]\nmax_api_limit = many",
        "[DEFAULT]\ndelayed_delete = perhaps",
        "[api]\nauth = everybody",
        "[blobs]\nupload_lease = 0.5",
        "[scrubber]\nscrub_time = 100000000000",
        "[scrubber]\nwakeup_time = 100000000000",
        "[blobs]\ndigests = sha512,crc32",
        "[blobs]\ndigests = sha384",
        "[remote]\nallowed_ports = 80,http",
        "[remote]\nmax_redirects = 100",
        "no section at all",
    ],
)
def test_what_cannot_be_read_stops_the_start(load, text):
    with pytest.raises(Misconfigured, match="configuration: "):
        load(text)


def test_a_wrong_value_is_told_with_its_file_and_option(load, tmp_path):
    with pytest.raises(Misconfigured) as told:
        load("[DEFAULT]\nmax_api_limit = many")

    where = f"configuration: Value for option max_api_limit in {tmp_path / 'artifacts.conf'} is not"
    assert str(told.value).startswith(where)


def test_a_section_of_a_type_that_is_not_served_is_found(load):
    conf = load("[artifact_type:images]\n[artifact_type:image]\n[api]\nauth = none\n")

    assert config.unserved_types(conf, {"images"}) == ["image"]


def test_a_file_that_is_not_there_stops_the_start(tmp_path):
    with pytest.raises(Misconfigured):
        config.load([str(tmp_path / "nothing.conf")])


def test_two_configurations_share_nothing(load):
    first = load("[DEFAULT]\nmax_api_limit = 7")
    second = load("")

    assert (first.max_api_limit, second.max_api_limit) == (7, 1000)


def test_every_option_says_what_it_is():
    for options in config.GROUPS.values():
        for option in [*options, *config.TYPE, *config.POOL, config.KIND]:
            assert option.help, option.name
            assert option.help.strip().endswith((".", "any number.")), option.name


def test_the_database_s_url_is_a_secret(load, caplog):
    """D23: what logs the options shows stars."""
    conf = load("[database]\nconnection = postgresql://user:canary-7f1c@127.0.0.1/x")
    lines = []

    class Logger:
        def log(self, level, text, *values):
            lines.append(text % values)

    conf.log_opt_values(Logger(), 10)

    assert any("connection" in line for line in lines)
    assert not any("canary" in line for line in lines)


def test_a_store_s_secret_is_a_secret():
    """D23."""

    class Bucket(MemoryStore):
        settings = (Setting("password", "Password.", secret=True), Setting("size", "Size.", int))

    by_name = {option.name: option for option in config.store_options(Bucket)}

    assert by_name["password"].secret
    assert not by_name["size"].secret


class TestDatabase:
    def test_it_lies_in_the_folder_of_data(self, load):
        assert config.database_url(load("[DEFAULT]\ndata = /x/y")) == "sqlite:////x/y/artifacts.db"

    def test_its_url_beats_data(self, load):
        conf = load("[DEFAULT]\ndata = /x\n[database]\nconnection = sqlite:////z.db")

        assert config.database_url(conf) == "sqlite:////z.db"

    def test_one_of_both_is_needed(self, load):
        with pytest.raises(Misconfigured, match=r"\[database\] connection"):
            config.database_url(load())


class TestStores:
    def test_a_store_is_the_plugin_of_its_name(self, load):
        assert config.store_kind(load(), "file") == "file"

    def test_a_store_may_say_which_plugin_it_is(self, load):
        conf = load("[store:archive]\nkind = file\npath = /archive")

        assert config.store_kind(conf, "archive") == "file"
        assert config.store_settings(conf, "archive", FilesystemStore)["path"] == "/archive"

    def test_a_path_that_is_not_set_lies_in_data(self, load):
        conf = load("[DEFAULT]\ndata = /x")

        assert config.store_settings(conf, "file", FilesystemStore)["path"] == "/x/blobs/file"
        assert config.store_settings(conf, "memory", MemoryStore) == {}

    def test_what_a_store_requires_must_be_set(self, load):
        with pytest.raises(Misconfigured, match=r"^\[store:file\] path: must be set$"):
            config.store_settings(load(), "file", FilesystemStore)

    def test_what_cannot_be_read_of_a_store_stops_the_start(self, load):
        class Bucket(MemoryStore):
            settings = (Setting("parts", "Parts at once.", int),)

        with pytest.raises(Misconfigured, match=r"configuration: .*parts"):
            config.store_settings(load("[store:bucket]\nparts = many"), "bucket", Bucket)

    def test_a_store_cannot_declare_what_every_store_has(self, load):
        class Bucket(MemoryStore):
            settings = (Setting("kind", "Kind of bucket."),)

        config.store_kind(conf := load(), "bucket")
        with pytest.raises(Misconfigured, match=r"configuration: .*kind"):
            config.store_settings(conf, "bucket", Bucket)


class TestTypes:
    def test_a_type_has_options_of_its_own(self, load):
        conf = load("[artifact_type:images]\nmax_artifact_number = 5\ndelayed_delete = true")

        assert config.type_options(conf, "images").max_artifact_number == 5
        assert config.type_options(conf, "images").delayed_delete
        assert config.type_options(conf, "secrets").max_artifact_number == -1
        assert config.type_options(conf, "secrets").delayed_delete is None
