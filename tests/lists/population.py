"""Artifacts whose values collide, and sort, look and read as oddly as they may."""

import json
import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from .oracle import Json, World

PROJECTS = ["one", "two", "drei"]
TYPES = ["samples", "samples", "samples", "images", "heat_environments"]
PATCH = {"Content-Type": "application/json-patch+json"}

TEXTS = [
    "a",
    "A",
    "b",
    "B",
    "ab",
    "Ä",
    "ä",
    "a\u0308",
    "ß",
    "ss",
    "é",
    "日本",
    "日",
    "😀",
    "😁",
    "￿",
]
TEXTS += ["a,b", 'quo"te', '"', "100%", "100", "%", "_", "a_b", "axb", "a%b", "co:lon", "or:x"]
TEXTS += ["eq:y", "in:a", "and:", "latest", "back\\slash", "\\", "\\%", " a", "a ", " ", "it's"]
TEXTS += ["2026-01-31T12:30:00Z", "2026-01-31", "x" * 255, "+", "&", "a=b", "#", "0", "1", "None"]
VERSIONS = ["0.0.0", "0.0.0+b1", "0.0.0+b2", "1.0.0", "1.0.0+z", "1.0.0-rc.1", "1.0.0-rc.2"]
VERSIONS += ["1.0.0-rc.10", "1.0.0-rc", "1.0.0-rc.1.1", "1.0.0-alpha", "1.0.0-Alpha", "1.0.0-1"]
VERSIONS += ["1.0.0-999999", "1.0.0-a-b", "1.0.0-a.b", "1.9.0", "1.10.0", "2.0.0", "10.0.0"]
VERSIONS += ["0.0.1", "65535.65535.65535", "1.0.0-rc.1+b", "9.0.0"]
NUMBERS = [0, 1, -1, 2, 3, 10, 2**31, 2**53, 2**53 + 1, 2**63 - 1, 2**63 - 2, -(2**63), 1 - 2**63]
RATIOS = [0.0, -0.0, 0.1, 0.2, 0.1 + 0.2, 0.3, 1.0, 1.5, -1.5, 1e308, -1e308, 5e-324, 2.0**53, 1e16]
MOMENTS = ["1970-01-01T00:00:00Z", "1969-12-31T23:59:59Z", "2000-02-29T12:00:00Z"]
MOMENTS += ["2026-01-31T12:30:00Z", "2026-01-31T12:30:01Z", "2038-01-19T03:14:08Z"]
MOMENTS += ["9999-12-31T23:59:59Z", "1000-01-01T00:00:00Z", "2026-01-31T00:00:00Z"]
KEYS = ["k", "K", "key", "two words", "é", "%", "_", "a:b", "a,b", "eq", "日"]
TAGS = ["a", "A", "b", "c", "é", "日本", "two words", "100%", "x_y", "or", "a\\b"]
LINKS = ["http://example.com/a", "https://example.com/a?b=c:d&e=%20"]


class Population:
    """Makes artifacts one after another, and keeps what their documents do not tell."""

    def __init__(self, deployment: Any, seed: int = 3) -> None:
        self.random = random.Random(seed)
        self.clients = {project: deployment.client(project) for project in PROJECTS}
        self.admin = deployment.admin()
        self.made: list[tuple[str, str, str]] = []
        self.moments: dict[tuple[str, str], datetime] = {}
        self.between: list[datetime] = []

    def build(self, count: int) -> World:
        while len(self.made) < count:
            if len(self.made) % 10 == 0:
                self.pause()
            self.create()
        self.pause()
        for at, (type_name, id, owner) in enumerate(self.random.sample(self.made, len(self.made))):
            if at % 20 == 0:
                self.pause()
            self.move(type_name, id, owner)
        return World(self.documents(), self.schemas(), self.moments)

    def pause(self) -> None:
        """Let a moment pass in which nothing happens, whatever ticks the clock has."""
        time.sleep(0.004)
        self.between.append(datetime.now(UTC))
        time.sleep(0.004)

    def some(self, values: list[Any]) -> Any:
        return self.random.choice(values)

    def several(self, values: list[Any], most: int = 4) -> list[Any]:
        return self.random.choices(values, k=self.random.randint(0, most))

    def texts(self) -> list[str]:
        return self.several([text for text in TEXTS if len(text) < 200])

    def entries(self) -> Json:
        return {key: self.some(TEXTS[:20]) for key in self.several(KEYS, 3)}

    def common(self) -> Json:
        return {
            "name": self.some(TEXTS),
            "version": self.some(VERSIONS),
            "tags": self.several(TAGS),
            "metadata": self.entries(),
            "description": self.some(["", "a", "long " * 100]),
        }

    def samples(self) -> Json:
        ids = [id for type_name, id, _ in self.made if type_name == "samples"]
        links = [*LINKS, *(f"/artifacts/samples/{id}" for id in ids[:2])]
        return {
            "string": self.some(TEXTS),
            "number": self.some(NUMBERS),
            "ratio": self.some(RATIOS),
            "flag": self.some([True, False]),
            "moment": self.some(MOMENTS),
            "level": self.some(VERSIONS),
            "choice": self.some(["one", "two"]),
            "words": self.texts(),
            "labels": self.entries(),
            "link": self.some(links),
            "links": self.several(links, 3),
            "fixed": self.some(TEXTS),
        }

    def images(self) -> Json:
        return {
            "min_ram": self.some([0, 1, 2, 512, 2**63 - 1]),
            "min_disk": self.some([0, 1, 2]),
            "os_distro": self.some(TEXTS),
            "architecture": self.some(["x86_64", "aarch64"]),
            "disk_format": self.some(["raw", "qcow2", "iso"]),
            "container_format": "bare",
            "properties": self.entries(),
        }

    def heat_environments(self) -> Json:
        return {}

    def create(self) -> None:
        type_name, owner = self.some(TYPES), self.some(["one", "one", "two"])
        own = getattr(self, type_name)()
        fields = {name: value for name, value in own.items() if self.random.random() < 0.7}
        if type_name == "images":
            fields |= {name: own[name] for name in ("disk_format", "container_format")}
        now = datetime.now(UTC)
        url, body = f"/artifacts/{type_name}", {**self.common(), **fields}
        # The owner may not see what the links lead to: it has none then.
        answer = self.clients[owner].simulate_post(url, json=body)
        if answer.status_code == 400:
            body = {name: value for name, value in body.items() if "link" not in name}
            answer = self.clients[owner].simulate_post(url, json=body)
        if answer.status_code == 409:
            return
        assert answer.status_code == 201, answer.text
        id = answer.json["id"]
        self.made.append((type_name, id, owner))
        self.moments[id, "created_at"] = self.moments[id, "updated_at"] = now

    def move(self, type_name: str, id: str, owner: str) -> None:
        """Activate it, and perhaps publish, deactivate or delete it; or leave it a draft."""
        fate = self.random.random()
        if fate < 0.3 or type_name == "heat_environments":
            return
        self.patch(type_name, id, status="active")
        if fate < 0.65:
            self.patch(type_name, id, visibility="public")
        if 0.55 < fate < 0.75:
            self.patch(type_name, id, status="deactivated")
        if 0.7 < fate < 0.75:
            self.patch(type_name, id, status="active")
        if fate > 0.9:
            url = f"/artifacts/{type_name}/{id}"
            assert self.clients[owner].simulate_delete(url).status_code == 204

    def patch(self, type_name: str, id: str, **change: str) -> None:
        ((name, value),) = change.items()
        now = datetime.now(UTC)
        body = json.dumps([{"op": "replace", "path": f"/{name}", "value": value}])
        path = f"/artifacts/{type_name}/{id}"
        answer = self.admin.simulate_patch(path, body=body, headers=PATCH)
        if answer.status_code == 409:
            return  # the public ones have that name and version already
        assert answer.status_code == 200, answer.text
        self.moments[id, "updated_at"] = now
        if value == "active":
            self.moments[id, "activated_at"] = now

    def documents(self) -> list[tuple[str, Json]]:
        found = []
        for type_name, id, _ in self.made:
            answer = self.admin.simulate_get(f"/artifacts/{type_name}/{id}")
            if answer.status_code == 200:
                found.append((type_name, answer.json))
        return found

    def schemas(self) -> dict[str, Json]:
        told = self.admin.simulate_get("/schemas").json["schemas"]
        return {name: schema["properties"] for name, schema in told.items()}


def spelled(moment: datetime) -> list[str]:
    """Return the ways to write one moment."""
    here = moment.replace(tzinfo=None)
    return [f"{here.isoformat()}Z", f"{(here + timedelta(hours=2)).isoformat()}+02:00"]
