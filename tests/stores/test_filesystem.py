"""The contract, and what a folder promises beyond it: crashes, full disks, no escape."""

import io
import os
import re
import resource
import socket
import stat
import subprocess
import sys
import textwrap
import traceback
import tracemalloc
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifacts import errors
from artifacts.stores.filesystem import FilesystemStore
from artifacts.testing import StoreContract
from artifacts.testing.stores import CONTENT, Trickle, new_key

MiB = 1024 * 1024


class TestFilesystemStore(StoreContract):
    """D33: any range it is asked for is just that range."""

    @pytest.fixture
    def store(self, tmp_path):
        return FilesystemStore(tmp_path / "bytes")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "bytes"


@pytest.fixture
def store(folder):
    return FilesystemStore(folder)


@pytest.fixture
def key():
    return new_key()


def unfinished(folder):
    return sorted(path.name for path in (folder / "unfinished").iterdir())


class TestPlaces:
    def test_a_missing_folder_is_made(self, tmp_path):
        store = FilesystemStore(tmp_path / "some" / "where")

        store.check()

    def test_a_folder_that_cannot_be_made_stops_the_start(self, tmp_path):
        (tmp_path / "bytes").write_text("a file is in the way")

        with pytest.raises(errors.Misconfigured, match=r"^path: cannot make .*bytes: "):
            FilesystemStore(tmp_path / "bytes")

    def test_two_stores_on_one_folder_see_the_same(self, folder, store, key):
        store.save(key, io.BytesIO(CONTENT))

        with FilesystemStore(folder).open(key) as opened:
            assert opened.read() == CONTENT

    def test_a_relative_folder_stays_where_it_was_when_the_process_moves(
        self, tmp_path, monkeypatch, key
    ):
        monkeypatch.chdir(tmp_path)
        store = FilesystemStore("bytes")
        monkeypatch.chdir("/")

        store.save(key, io.BytesIO(CONTENT))

        assert (tmp_path / "bytes" / key[:2] / key[2:4] / key).read_bytes() == CONTENT

    def test_other_users_of_the_machine_cannot_read_it(self, folder, store, key):
        store.save(key, io.BytesIO(CONTENT))

        for path in [folder, *folder.rglob("*")]:
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0

    @pytest.mark.parametrize("umask", [0o022, 0o077])
    def test_the_group_can_read_it_where_that_is_asked_for(self, folder, key, umask):
        """Whoever sends files for us can, and can neither write nor forget them."""
        was = os.umask(umask)
        try:
            FilesystemStore(folder, group_readable=True).save(key, io.BytesIO(CONTENT))
        finally:
            os.umask(was)

        for path in [folder, *folder.rglob("*")]:
            expected = 0o750 if path.is_dir() else 0o640
            assert stat.S_IMODE(path.stat().st_mode) == expected

    def test_a_file_is_named_by_where_it_is_in_the_folder(self, folder, store, key):
        store.save(key, io.BytesIO(CONTENT))

        assert (folder / store.file(key)).read_bytes() == CONTENT

    def test_a_file_that_is_not_there_has_no_name(self, store, key):
        with pytest.raises(errors.BlobNotFound):
            store.file(key)

    def test_what_is_no_key_of_ours_is_neither_listed_nor_swept(self, folder, store, tmp_path):
        elsewhere = tmp_path / "elsewhere"
        elsewhere.write_bytes(b"not ours")
        shard = folder / "ab" / "cd"
        shard.mkdir(parents=True)
        (folder / "lost+found").mkdir()
        (shard / "notes.txt").write_text("of the operator")
        (shard / ("abcd" + "0" * 28)).symlink_to(elsewhere)
        (folder / "unfinished" / "notes.txt").write_text("of the operator")

        assert list(store.keys()) == []
        assert list(store.unfinished()) == []
        assert (folder / "unfinished" / "notes.txt").exists()


class TestReading:
    def test_a_range_can_be_sent_by_the_kernel(self, store, key):
        """Servers ask where the file stands, and copy from there without reading it."""
        store.save(key, io.BytesIO(CONTENT))
        receiver, sender = socket.socketpair()

        with receiver, sender, store.open(key, 1_000, 9_000) as opened:
            start = os.lseek(opened.fileno(), 0, os.SEEK_CUR)
            sent = os.sendfile(sender.fileno(), opened.fileno(), start, 8_000)
            received = receiver.recv(sent, socket.MSG_WAITALL)

        assert received == CONTENT[1_000:9_000]

    @pytest.mark.parametrize("wrap", [io.BufferedReader, io.TextIOWrapper])
    def test_a_range_ends_where_it_ends_however_it_is_read(self, store, key, wrap):
        store.save(key, io.BytesIO(b"one\ntwo\nthree\n"))

        with store.open(key, 4, 8) as opened:
            lines = list(wrap(opened))

        assert [str(line) for line in lines] == [str(wrap(io.BytesIO(b"two\n")).readline())]

    def test_bytes_stay_readable_to_who_opened_them_before_they_were_deleted(self, store, key):
        store.save(key, io.BytesIO(CONTENT))

        with store.open(key) as opened:
            store.delete(key)
            assert opened.read() == CONTENT


class TestDurability:
    def test_the_file_is_on_the_disk_before_it_is_visible_and_its_name_before_save_returns(
        self, folder, store, key, monkeypatch
    ):
        synced = []
        sync = os.fsync

        def watched(descriptor):
            path = os.readlink(f"/proc/self/fd/{descriptor}")
            visible = (folder / key[:2] / key[2:4] / key).exists()
            synced.append((os.path.relpath(path, folder), visible))
            sync(descriptor)

        monkeypatch.setattr(os, "fsync", watched)
        store.save(key, io.BytesIO(CONTENT))

        shard = f"{key[:2]}/{key[2:4]}"
        assert synced == [
            (f"unfinished/{key}", False),
            (".", False),
            (key[:2], False),
            (shard, True),
        ]

    def test_a_name_that_cannot_be_made_durable_is_taken_back(
        self, folder, store, key, monkeypatch
    ):
        sync = os.fsync

        def broken_for_shards(descriptor):
            if os.readlink(f"/proc/self/fd/{descriptor}").endswith(f"/{key[2:4]}"):
                raise OSError(5, "Input/output error")
            sync(descriptor)

        monkeypatch.setattr(os, "fsync", broken_for_shards)
        with pytest.raises(errors.StoreUnavailable):
            store.save(key, io.BytesIO(CONTENT))

        assert list(store.keys()) == []
        assert unfinished(folder) == []

    def test_a_killed_save_leaves_no_visible_key_and_can_be_swept(self, folder, store, key):
        begun = datetime.now(UTC) - timedelta(seconds=5)
        saving = subprocess.Popen(
            [sys.executable, "-c", SAVE_WITHOUT_END, str(folder), key], stdout=subprocess.PIPE
        )
        assert saving.stdout.readline() == b"bytes are written\n"
        saving.kill()
        saving.wait()
        saving.stdout.close()

        assert list(store.keys()) == []
        assert unfinished(folder) == [key]
        (left,) = store.unfinished()
        assert left.key == key
        assert left.size > 0
        assert begun <= left.modified <= datetime.now(UTC) + timedelta(seconds=5)
        store.sweep(key)
        assert unfinished(folder) == []

    def test_lists_in_the_order_of_the_keys(self, store):
        """Rows are in that order too, so an audit goes through both side by side."""
        keys = [new_key() for _ in range(50)]
        for key in keys:
            store.save(key, io.BytesIO(b"12"))

        listed = [each.key for each in list(store.keys())]
        assert listed == sorted(keys)

    def test_deleting_a_key_deletes_what_a_killed_save_of_it_left(self, folder, store, key):
        (folder / "unfinished" / key).write_bytes(b"half of it")

        store.delete(key)

        assert unfinished(folder) == []

    def test_a_save_whose_key_is_deleted_meanwhile_fails_and_shows_nothing(
        self, folder, store, key
    ):
        stream = Trickle(CONTENT, before_read=lambda given: given and store.delete(key))

        with pytest.raises(errors.Conflict, match="deleted while it was being saved"):
            store.save(key, stream)

        assert list(store.keys()) == []
        assert unfinished(folder) == []

    def test_a_key_that_is_being_saved_is_refused_to_a_second_save(self, store, key):
        second = []

        def save_again(given):
            with pytest.raises(errors.Conflict) as refused:
                store.save(key, io.BytesIO(b"other bytes"))
            second.append(str(refused.value))

        store.save(key, Trickle(CONTENT, before_read=save_again))

        assert set(second) == {"key: it is being saved already"}
        with store.open(key) as opened:
            assert opened.read() == CONTENT

    def test_memory_does_not_grow_with_the_bytes(self, store, key):
        class Zeros:
            left = 64

            def read(self, size=-1):
                self.left -= 1
                return bytes(size) if self.left >= 0 else b""

        tracemalloc.start()
        store.save(key, Zeros())
        with store.open(key) as opened:
            while opened.read(MiB):
                pass
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

        assert store.size(key) == 64 * MiB
        assert peak < 4 * MiB


SAVE_WITHOUT_END = textwrap.dedent("""
    import sys, time
    from artifacts.stores.filesystem import FilesystemStore

    class Endless:
        blocks = 0
        def read(self, size=-1):
            self.blocks += 1
            if self.blocks == 4:
                print("bytes are written", flush=True)
                time.sleep(600)
            return bytes(size)

    FilesystemStore(sys.argv[1]).save(sys.argv[2], Endless())
""")


class TestDiskTrouble:
    FILL = textwrap.dedent("""
        import io, os, sys
        from artifacts import errors
        from artifacts.stores.filesystem import FilesystemStore

        folder, key = sys.argv[1:]
        store = FilesystemStore(folder)
        try:
            store.save(key, io.BytesIO(bytes(8 << 20)))
        except errors.StoreFull as error:
            print(error)
        print(list(store.keys()), os.listdir(f"{folder}/unfinished"))
        store.save(key, io.BytesIO(bytes(1 << 20)))
        print(store.size(key))
    """)

    def fill(self, folder, key, command=(), **options):
        filled = subprocess.run(
            [*command, sys.executable, "-c", self.FILL, str(folder), key],
            capture_output=True,
            text=True,
            timeout=60,
            **options,
        )
        assert filled.stderr == ""
        return filled.stdout.splitlines()

    TOLD = ["no space is left in the store", "[] []", str(MiB)]

    def test_a_full_disk_is_told_and_nothing_is_left(self, folder, key):
        """A disk of 4 MiB, mounted where nobody else sees it, is really full."""
        folder.mkdir()
        mount = 'mount -t tmpfs -o size=4m none "$0" && exec "$@"'
        apart = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", mount, str(folder)]
        try:
            subprocess.run([*apart, "true"], check=True, capture_output=True)
        except (OSError, subprocess.CalledProcessError):
            pytest.skip("this machine lets no user mount a disk; the next test limits file sizes")

        assert self.fill(folder, key, apart) == self.TOLD

    def test_a_file_that_may_not_grow_is_told_and_nothing_is_left(self, folder, key):
        """What a full disk is where none can be mounted: writing stops after 4 MiB."""

        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (4 * MiB, 4 * MiB))

        assert self.fill(folder, key, preexec_fn=limit) == self.TOLD

    def test_a_disk_that_is_not_there_is_told_from_a_key_that_is_not_there(
        self, folder, store, key
    ):
        store.save(key, io.BytesIO(CONTENT))
        folder.rename(folder.with_name("unmounted"))
        folder.mkdir()

        for verb in (store.open, store.size):
            with pytest.raises(errors.StoreUnavailable):
                verb(key)
        with pytest.raises(errors.StoreUnavailable):
            list(store.keys())
        with pytest.raises(errors.StoreUnavailable):
            list(store.unfinished())
        with pytest.raises(errors.StoreUnavailable):
            store.save(new_key(), io.BytesIO(CONTENT))
        with pytest.raises(errors.StoreUnavailable):
            store.check()

    def test_no_error_says_where_the_bytes_are(self, folder, store, key):
        """D19, D23: a path is the operator's business."""
        (folder / key[:2]).write_text("a file where a folder should be")

        for verb in (
            lambda: store.open(key),
            lambda: store.size(key),
            lambda: store.delete(key),
            lambda: store.save(key, io.BytesIO(CONTENT)),
        ):
            with pytest.raises(errors.StoreUnavailable) as error:
                verb()
            shown = "".join(traceback.format_exception(error.value))
            assert str(folder) not in shown
            assert re.search(
                "the store does not answer: (Not a directory|File exists)$", shown.strip()
            )


class Touched:
    """Every path that Python opens, lists, makes, moves or deletes while this watches."""

    def __init__(self):
        self.paths = None
        sys.addaudithook(self._note)

    def __enter__(self):
        self.paths = []
        return self.paths

    def __exit__(self, *failure):
        self.paths = None

    def _note(self, event, arguments):
        if self.paths is not None and (event == "open" or event.startswith("os.")):
            named = arguments[:1] if event == "open" else arguments
            self.paths.extend(os.fsdecode(path) for path in named if not isinstance(path, int))


touched = Touched()


class TestEscape:
    pieces = st.sampled_from(
        ["..", ".", "/", "\\", "%2e", "%2F", "%252F", "\0", "\n", "~", "\uff0f", "\udcc0\udcaf"]
    ) | st.sampled_from(
        ["etc/passwd", "unfinished", "canary", "$(id)", "ab", "cd", "0" * 32, "a" * 30, "A" * 32]
    )
    names = st.one_of(
        st.text(max_size=40),
        st.lists(pieces, max_size=8).map("".join),
        st.lists(pieces, max_size=8).map("/".join),
        st.text("0123456789abcdef", min_size=32, max_size=32),
        st.text("0123456789abcdefABCDEF/.", min_size=30, max_size=34),
    )

    @settings(
        max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )
    @given(name=names)
    def test_no_name_reaches_anything_outside_the_folder(self, tmp_path, folder, store, name):
        """D41, D42: and what is no key of ours touches nothing inside it either."""
        canary = tmp_path / "canary"
        canary.write_bytes(b"still here")
        verbs = (
            lambda: store.save(name, io.BytesIO(b"bytes")),
            lambda: store.open(name).close(),
            lambda: store.size(name),
            lambda: store.link(name, 60),
            lambda: store.delete(name),
        )

        if re.fullmatch("[0-9a-f]{32}", name):
            with touched as paths:
                for verb in verbs:
                    verb()
            assert paths
            assert all(is_inside(path, folder) for path in paths)
        else:
            for verb in verbs:
                with touched as paths, pytest.raises(ValueError, match="a key is"):
                    verb()
                assert paths == []
        assert canary.read_bytes() == b"still here"
        assert sorted(path.name for path in tmp_path.iterdir()) == ["bytes", "canary"]

    def test_the_oracle_sees_what_a_save_touches(self, folder, store, key):
        with touched as paths:
            store.save(key, io.BytesIO(b"bytes"))

        assert set(paths) >= {
            str(folder / "unfinished" / key),
            str(folder / key[:2] / key[2:4] / key),
        }


def is_inside(path, folder):
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))
