"""Operations: what is asked of the service, each with what is there before it."""

import io
import uuid
import zipfile
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, update

from artifacts.db import tables
from artifacts.db.clock import utc_now
from artifacts.service.audit import Audit
from artifacts.service.copying import Copying
from artifacts.service.move import Move
from artifacts.service.purge import Purge
from artifacts.service.reindex import reindex
from artifacts.service.transfer import Transfer
from injection.service import OPERATOR, Service

Known = dict[str, str]  # what was made before, and where others' servers are
Run = Callable[[Service, Known], object]

ONE, TWO, SHARED = (f"{name}\n".encode() * 2000 for name in ("one", "two", "shared"))
MANY = bytes(range(256)) * 160  # several blocks, of a length that nobody is told


@dataclass(frozen=True)
class Operation:
    """One thing that is asked for, and how much its answer says.

    whole  all of it takes effect or nothing; else each thing in it does
    sure   an answer that is no error says that it took effect; else it may be left for later
    again  statuses that say, when it is tried once more, that it was done before; None if it
           cannot be tried again as a whole
    """

    name: str
    before: Run
    run: Run
    whole: bool = True
    sure: bool = True
    again: frozenset[int] | None = frozenset()


OPERATIONS: dict[str, Operation] = {}


def operation(
    name: str,
    before: Run,
    *,
    whole: bool = True,
    sure: bool = True,
    again: Collection[int] | None = (),
) -> Callable[[Run], Run]:
    def declared(run: Run) -> Run:
        known = None if again is None else frozenset(again)
        OPERATIONS[name] = Operation(name, before, run, whole, sure, known)
        return run

    return declared


# What is there before.


def nothing(service: Service, known: Known) -> None:
    """An empty service."""


def draft(service: Service, known: Known) -> None:
    """A draft, and another whose bytes are those that a third one shares."""
    member = service.member
    known["draft"] = member.create("samples", "draft", string="text", tags=["a", "b"])
    for name in ("first", "second"):
        known[name] = member.create("samples", name)
        member.put(f"{known[name]}/blob", SHARED)


def filled(service: Service, known: Known) -> None:
    """A draft with bytes of its own, shared bytes, and a link."""
    draft(service, known)
    service.member.put(f"{known['draft']}/blob", ONE)
    service.member.put(f"{known['draft']}/folder/a", SHARED)
    service.member.link(f"{known['draft']}/folder/b", known["origin"])


def active(service: Service, known: Known) -> None:
    filled(service, known)
    service.member.change(known["draft"], status="active")


def deactivated(service: Service, known: Known) -> None:
    active(service, known)
    service.admin.change(known["draft"], status="deactivated")


def shared(service: Service, known: Known) -> None:
    active(service, known)
    service.member.change(known["draft"], visibility="shared")
    service.member.send("POST", f"{known['draft']}/members", {"member": "elsewhere"}, hoped=201)


def hooked(service: Service, known: Known) -> None:
    known["unpacked"] = service.member.create("unpacked", "unpacked")
    known["noted"] = service.member.create("noted", "noted")


def unpacked(service: Service, known: Known) -> None:
    hooked(service, known)
    service.member.put(f"{known['unpacked']}/archive", archive(a=ONE, b=SHARED))


def kept(service: Service, known: Known) -> None:
    """Something of a type that is deleted in name, until it is scrubbed."""
    known["kept"] = service.member.create("kept", "kept")
    service.member.put(f"{known['kept']}/blob", ONE)


def litter(service: Service, known: Known) -> None:
    """What deletes, uploads and crashes left, and numbers that are wrong."""
    filled(service, known)
    kept(service, known)
    service.member.delete(known["kept"])
    name = "file"
    store = service.parts.pools.store(name)
    for number in range(3):
        store.save(f"{number:032x}", io.BytesIO(TWO))
    with service.parts.database.engine.connect().execution_options(writing=True) as connection:
        doomed = {"content": None, "store": name, "state": "doomed", "changed_at": utc_now()}
        connection.execute(insert(tables.placements).values(key=f"{1:032x}", **doomed))
        artifact = connection.execute(tables.artifacts.select()).first()
        assert artifact is not None
        upload = {
            "token": "f" * 32,
            "artifact": artifact.order_key,
            "field": "loose",
            "key": "",
            "project": artifact.owner,
            "type": artifact.type,
            "reserved": 5,
            "store": name,
            "store_key": f"{2:032x}",
            "started_at": utc_now(),
            "lease_until": 0,
        }
        connection.execute(insert(tables.uploads).values(**upload))
        usage = tables.usage.c
        connection.execute(update(tables.usage).values(reserved=usage.reserved + 5))
        connection.commit()


def miscounted(service: Service, known: Known) -> None:
    litter(service, known)
    with service.parts.database.engine.connect().execution_options(writing=True) as connection:
        counted = tables.contents.c.reference_count
        connection.execute(update(tables.contents).values(reference_count=counted + 1))
        connection.execute(update(tables.usage).values(bytes=7))
        connection.commit()


def archive(**files: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        for name, data in files.items():
            zipped.writestr(zipfile.ZipInfo(name), data)
    return packed.getvalue()


# Artifacts.


@operation("create", nothing, again=(409,))
def create(service: Service, known: Known) -> None:
    service.member.create("samples", "created", string="text", number=1, tags=["a"])


@operation("create under a name that is taken", draft)
def create_taken(service: Service, known: Known) -> None:
    service.member.create("samples", "draft", hoped=409)


@operation("show", filled)
def show(service: Service, known: Known) -> None:
    service.member.ask("GET", known["draft"])


@operation("list", filled)
def list_all(service: Service, known: Known) -> None:
    service.member.ask("GET", "/artifacts/samples", query_string="string=text&sort=name:asc")


@operation("change", draft)
def change(service: Service, known: Known) -> None:
    service.member.change(known["draft"], string="other", number=7, labels={"a": "b"})


@operation("change what may not change", active)
def change_refused(service: Service, known: Known) -> None:
    steps = [{"op": "replace", "path": "/fixed", "value": "x"}]
    service.member.send("PATCH", known["draft"], steps, hoped=403)


@operation("activate", filled)
def activate(service: Service, known: Known) -> None:
    service.member.change(known["draft"], status="active")


@operation("publish", active)
def publish(service: Service, known: Known) -> None:
    service.admin.change(known["draft"], visibility="public")


@operation("deactivate", active)
def deactivate(service: Service, known: Known) -> None:
    service.admin.change(known["draft"], status="deactivated")


@operation("reactivate", deactivated)
def reactivate(service: Service, known: Known) -> None:
    service.admin.change(known["draft"], status="active")


@operation("delete", filled, again=(404,))
def delete(service: Service, known: Known) -> None:
    service.member.delete(known["draft"])


@operation("delete the last that shares bytes", filled, whole=False, again=(404,))
def delete_several(service: Service, known: Known) -> None:
    for name in ("first", "second", "draft"):
        try_to_delete(service, known[name])


def try_to_delete(service: Service, path: str) -> None:
    """Delete what may have been deleted by an attempt before."""
    gone = service.member.ask("GET", "/artifacts/samples").json["artifacts"]
    if any(path.endswith(each["id"]) for each in gone):
        service.member.delete(path)


@operation("delete in name", kept)
def delete_in_name(service: Service, known: Known) -> None:
    service.member.delete(known["kept"])


# Blobs.


@operation("upload", draft)
def upload(service: Service, known: Known) -> None:
    service.member.put(f"{known['draft']}/blob", ONE)


@operation("upload of a length that nobody is told", draft)
def upload_chunked(service: Service, known: Known) -> None:
    service.member.put(f"{known['draft']}/blob", MANY, chunked=True)


@operation("upload of nothing", draft)
def upload_empty(service: Service, known: Known) -> None:
    service.member.put(f"{known['draft']}/blob", b"")


@operation("upload into a folder", filled)
def upload_into_folder(service: Service, known: Known) -> None:
    service.member.put(f"{known['draft']}/folder/c", TWO)


@operation("upload of bytes that are there", draft)
def upload_shared(service: Service, known: Known) -> None:
    service.member.put(f"{known['draft']}/blob", SHARED)


@operation("upload in the place of another", filled)
def upload_replacing(service: Service, known: Known) -> None:
    service.member.put(f"{known['draft']}/blob", TWO)


@operation("upload of the same bytes again", filled)
def upload_again(service: Service, known: Known) -> None:
    service.member.put(f"{known['draft']}/blob", ONE)


@operation("upload of too much", draft)
def upload_too_large(service: Service, known: Known) -> None:
    data = b"x" * (100 * 1024 + 1)
    service.member.put(f"{known['draft']}/folder/a", data, hoped=413, chunked=True)


@operation("upload of more than the quota", draft)
def upload_over_quota(service: Service, known: Known) -> None:
    service.member.put(f"{known['draft']}/blob", b"x" * 900_000, hoped=413)


@operation("upload of other bytes than expected", draft)
def upload_mismatch(service: Service, known: Known) -> None:
    digest = {"Content-MD5": "0" * 32}
    service.member.put(f"{known['draft']}/blob", ONE, hoped=400, **digest)


@operation("upload that its type unpacks", hooked)
def upload_unpacked(service: Service, known: Known) -> None:
    service.member.put(f"{known['unpacked']}/archive", archive(a=ONE, b=TWO, c=ONE))


@operation("upload that its type unpacks in the place of another", unpacked)
def upload_unpacked_again(service: Service, known: Known) -> None:
    service.member.put(f"{known['unpacked']}/archive", archive(a=TWO, c=SHARED))


@operation("upload that its type notes", hooked, whole=False, sure=False)
def upload_noted(service: Service, known: Known) -> None:
    service.member.put(f"{known['noted']}/blob", ONE)


@operation("link", draft, again=(409,))
def link(service: Service, known: Known) -> None:
    service.member.link(f"{known['draft']}/blob", known["origin"])


@operation("link to what is not there", draft)
def link_refused(service: Service, known: Known) -> None:
    service.member.link(f"{known['draft']}/blob", known["nowhere"], hoped=400)


@operation("copy from elsewhere", draft, again=(409,))
def copy(service: Service, known: Known) -> None:
    service.member.link(f"{known['draft']}/blob", known["origin"], kind="internal")


@operation("delete a link", filled, again=(404,))
def delete_link(service: Service, known: Known) -> None:
    service.member.delete(f"{known['draft']}/folder/b", hoped=200)


@operation("delete a blob", filled, again=(404,))
def delete_blob(service: Service, known: Known) -> None:
    service.member.delete(f"{known['draft']}/blob", hoped=200)


@operation("delete a blob whose bytes are shared", filled, again=(404,))
def delete_shared(service: Service, known: Known) -> None:
    service.member.delete(f"{known['draft']}/folder/a", hoped=200)


@operation("download", filled)
def download(service: Service, known: Known) -> None:
    answer = service.member.ask("GET", f"{known['draft']}/blob")
    assert answer.content == ONE, "what was answered is something else"


@operation("download of parts", filled)
def download_parts(service: Service, known: Known) -> None:
    parts = {"headers": {"Range": "bytes=0-9,100-109"}}
    service.member.ask("GET", f"{known['draft']}/blob", hoped=206, **parts)


# Members, tags and quotas.


@operation("share with a member", shared, again=(409,))
def add_member(service: Service, known: Known) -> None:
    member = {"member": "somebody"}
    service.member.send("POST", f"{known['draft']}/members", member, hoped=201)


@operation("accept as a member", shared)
def accept(service: Service, known: Known) -> None:
    path = f"{known['draft']}/members/elsewhere"
    service.stranger.send("PUT", path, {"status": "accepted"})


@operation("take a share back", shared, again=(404,))
def delete_member(service: Service, known: Known) -> None:
    service.member.ask("DELETE", f"{known['draft']}/members/elsewhere", hoped=204)


@operation("replace the tags", draft)
def replace_tags(service: Service, known: Known) -> None:
    service.member.send("PUT", f"{known['draft']}/tags", {"tags": ["c", "d"]})


@operation("delete a tag", draft, again=(404,))
def delete_tag(service: Service, known: Known) -> None:
    service.member.ask("DELETE", f"{known['draft']}/tags/a", hoped=204)


@operation("set quotas", draft)
def set_quotas(service: Service, known: Known) -> None:
    values = {"max_artifact_number": 7, "max_uploaded_data:samples": 10**6}
    quotas = [{"quota_name": name, "quota_value": value} for name, value in values.items()]
    projects = [{"project_id": name, "project_quotas": quotas} for name in ("project", "other")]
    service.admin.send("PUT", "/quotas", projects)


# What operators do.


@operation("transfer", active, whole=False, sure=False)
def transfer(service: Service, known: Known) -> None:
    parts = service.parts
    giving = Transfer(parts.database, parts.quotas, parts.scrub, OPERATOR)
    for _ in giving.run("project", "elsewhere"):
        pass


@operation("purge", active, whole=False, sure=False)
def purge(service: Service, known: Known) -> None:
    service.loses_all()
    parts = service.parts
    going = Purge(parts.database, parts.scrub, OPERATOR)
    for _ in (*going.artifacts("project"), *going.memberships("project")):
        pass
    going.quotas("project")


@operation("move to another pool", active, whole=False, sure=False)
def move(service: Service, known: Known) -> None:
    base = (service.parts.database, service.parts.pools, service.parts.scrub)
    copying = Copying(*base, new_key=lambda: uuid.uuid4().hex)
    for _ in Move(*base, copying, grace=3600.0).run("default", "spare"):
        pass


@operation("reindex", filled)
def reindex_samples(service: Service, known: Known) -> None:
    reindex(service.parts.database, "samples", lambda count: None)


@operation("scrub", litter, whole=False, sure=False)
def scrub(service: Service, known: Known) -> None:
    service.parts.scrub.run()


@operation("repair", miscounted, whole=False, sure=False)
def repair(service: Service, known: Known) -> None:
    parts = service.parts
    later = utc_now() + timedelta(hours=2)
    for _ in Audit(parts.database, parts.pools, parts.scrub, now=lambda: later).run(repair=True):
        pass


# Several requests.


@operation("a whole life", nothing, again=None)
def live(service: Service, known: Known) -> None:
    member, admin = service.member, service.admin
    path = member.create("samples", "lived", string="text")
    member.put(f"{path}/blob", ONE)
    member.put(f"{path}/folder/a", MANY, chunked=True)
    member.change(path, status="active")
    admin.change(path, visibility="public")
    member.ask("GET", f"{path}/blob")
    admin.change(path, status="deactivated")
    admin.delete(path)
