"""What callers do, by the names that docs/access.md has for it."""

import hashlib
import json
import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
BYTES = b"bytes"
TAG = "held"
LINKED = "linked"
ETAG = f'"{hashlib.sha256(BYTES).hexdigest()}"'
PATCH = {"Content_Type": "application/json-patch+json"}
JSON = {"Content_Type": "application/json"}
LINK = {"Content_Type": "application/vnd+openstack.glare-custom-location+json"}


def new() -> str:
    return uuid.uuid4().hex


Ask = Callable[..., Any]


@dataclass
class Cell:
    """One caller before one artifact. *ask* sends a request, and returns what is answered.

    *friend* is a member of what is shared, *project* one whose quotas are asked for.
    """

    ask: Ask
    path: str = "/artifacts/images/nothing"
    friend: str = "friend"
    project: str = "project"
    url: str = "http://localhost/"

    @property
    def as_all(self) -> str:
        return f"/artifacts/all/{self.path.rpartition('/')[2]}"

    def say(self, method: str, path: str, body: Any = None, **headers: str) -> str:
        if isinstance(body, dict | list):
            body = json.dumps(body)
        return str(self.ask(method, path, body, **headers).status)

    def read(self, path: str, *, since: str = "1.0") -> str:
        """GET and HEAD it, in the newest version and the oldest: rights are the same in each."""
        version = {"OpenStack_API_Version": f"artifact {since}"}
        return one([self.say("GET", path), self.say("HEAD", path, **version)])

    def download(self) -> str:
        """Read the bytes whole, in part, and if they are others, as caches and browsers do."""
        path = f"{self.path}/image"
        return one(
            (
                self.read(path),
                self.say("GET", path, Range="bytes=1-2"),
                self.say("GET", path, Range="bytes=1-2", If_Range=ETAG),
                self.say("GET", path, If_None_Match=ETAG),
                self.say("HEAD", path, If_None_Match=ETAG),
            )
        )

    def patch(self, **values: Any) -> str:
        steps = [
            {"op": "replace", "path": f"/{name}", "value": value} for name, value in values.items()
        ]
        return self.say("PATCH", self.path, steps, **PATCH)

    def link(self, location_type: str) -> str:
        body = {"url": self.url, "location_type": location_type}
        return self.say("PUT", f"{self.path}/mirrors/{new()}", body, **LINK)

    def answer(self, status: str, *, of: str | None = None) -> str:
        member = f"{self.path}/members/{of or self.friend}"
        return self.say("PUT", member, {"status": status}, **JSON)


def one(several: Iterable[str]) -> str:
    """Return what all of them are, or all if they differ."""
    return " and ".join(dict.fromkeys(several))


Do = Callable[[Cell], str]


def listed(ask: Ask, ids: Collection[str], of: str, query: str, *versions: str) -> dict[str, str]:
    """Return of each artifact whether a list has it, which each version says alike."""
    told: dict[str, list[str]] = {id: [] for id in ids}
    for version in versions:
        path = f"/artifacts/{of}?id=in:{','.join(ids)}&limit=100&{query}"
        counted = "&with_count=true" if version == "1.2" else ""  # before, every list is
        answer = ask("GET", path + counted, OpenStack_API_Version=f"artifact {version}")
        found = {each["id"] for each in answer.json["artifacts"]}
        assert answer.json["total_count"] == len(found)
        for id in ids:
            told[id].append("seen" if id in found else "unseen")
    return {id: one(each) for id, each in told.items()}


# What is listed: of which type, by what, and by which versions that know it.
LISTING: dict[str, tuple[str, ...]] = {
    "list": ("images", "", "1.0", "1.2"),
    "list as `all`": ("all", "", "1.0", "1.2"),
    "list what is `community`": ("images", "visibility=community", "1.2"),
    "list what is `shared`": ("images", "visibility=shared", "1.2"),
    "list what is `deleted`": ("images", "status=deleted", "1.0", "1.2"),
    "list by `member_status`": ("images", "member_status=all", "1.2"),
}
# What changes nothing.
READING: dict[str, Do] = {
    "show": lambda it: it.read(it.path),
    "show as `all`": lambda it: it.read(it.as_all),
    "download": lambda it: it.download(),
    "see the tags": lambda it: it.read(f"{it.path}/tags", since="1.2"),
    "see a tag": lambda it: it.read(f"{it.path}/tags/{TAG}", since="1.2"),
    "see the members": lambda it: it.read(f"{it.path}/members", since="1.2"),
    "see a member": lambda it: it.read(f"{it.path}/members/{it.friend}", since="1.2"),
}
# What changes something, where it is allowed.
CHANGING: dict[str, Do] = {
    "change a field": lambda it: it.patch(description=new()),
    "replace the tags": lambda it: it.say("PUT", f"{it.path}/tags", {"tags": [new()]}, **JSON),
    "add a tag": lambda it: it.say("PUT", f"{it.path}/tags/{new()}"),
    "delete a tag": lambda it: it.say("DELETE", f"{it.path}/tags/{TAG}"),
    "delete all tags": lambda it: it.say("DELETE", f"{it.path}/tags"),
    "activate or reactivate": lambda it: it.patch(status="active"),
    "deactivate": lambda it: it.patch(status="deactivated"),
    "share": lambda it: it.patch(visibility="shared"),
    "communitize": lambda it: it.patch(visibility="community"),
    "withdraw": lambda it: it.patch(visibility="private"),
    "publish": lambda it: it.patch(visibility="public"),
    "upload": lambda it: it.say("PUT", f"{it.path}/image", b"other bytes"),
    "upload into a folder": lambda it: it.say("PUT", f"{it.path}/mirrors/{new()}", b"1"),
    "link": lambda it: it.link("external"),
    "copy": lambda it: it.link("internal"),
    "unlink": lambda it: it.say("DELETE", f"{it.path}/mirrors/{LINKED}"),
    "delete a blob": lambda it: it.say("DELETE", f"{it.path}/image"),
    "add a member": lambda it: it.say("POST", f"{it.path}/members", {"member": new()}, **JSON),
    "delete a member": lambda it: it.say("DELETE", f"{it.path}/members/{it.friend}"),
    "accept": lambda it: it.answer("accepted"),
    "reject": lambda it: it.answer("rejected"),
    "leave for later": lambda it: it.answer("pending"),
    "delete": lambda it: it.say("DELETE", it.path),
}
# What is done to no artifact.
GENERAL: dict[str, Do] = {
    "see the versions": lambda it: one(
        it.say(method, path) for path in ("/", "/versions") for method in METHODS
    ),
    "ask for its health": lambda it: it.read("/healthcheck"),
    "ask for its readiness": lambda it: it.read("/healthcheck/ready"),
    "see the description": lambda it: one([it.read("/openapi.json"), it.read("/docs")]),
    "see the types": lambda it: it.read("/schemas"),
    "see a type": lambda it: it.read("/schemas/images"),
    "list anything": lambda it: it.read("/artifacts/images"),
    "create": lambda it: it.say("POST", "/artifacts/images", {"name": new()}, **JSON),
    "see the owner's quotas": lambda it: it.read(f"/project-quotas/{it.project}"),
    "see one's own quotas": lambda it: it.read("/project-quotas"),
    "see all quotas": lambda it: it.read("/quotas"),
    "see one's own pools": lambda it: it.read("/pools", since="1.2"),
    "set quotas": lambda it: it.say(
        *("PUT", "/quotas", [{"project_id": it.project, "project_quotas": []}]), **JSON
    ),
}
ON_ARTIFACTS = READING | CHANGING
OPERATIONS = (*LISTING, *ON_ARTIFACTS)
# How each is answered that is done, if that is not 200.
SUCCESS = {
    "download": "200 and 206 and 304",
    "see a tag": "204",
    "add a tag": "201",
    "delete a tag": "204",
    "delete all tags": "204",
    "add a member": "201",
    "delete a member": "204",
    "delete": "204",
    "see the versions": "300",
    "create": "201",
}


def do(operation: str, cell: Cell) -> str:
    """Return `yes`, or the status of the refusal."""
    answer = (ON_ARTIFACTS | GENERAL)[operation](cell)
    return "yes" if answer == SUCCESS.get(operation, "200") else answer
