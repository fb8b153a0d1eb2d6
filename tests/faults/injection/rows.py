"""Rows: what can be seen of them, and whether they agree, counted otherwise than the audit does."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Rows = Mapping[str, Sequence[Any]]  # by table
View = dict[tuple[str, ...], Any]  # under names that each run gives alike

HISTORY = "history"
USED = ("artifacts", "bytes", "reserved")


def view(rows: Rows) -> View:
    """Return what there is of each artifact, blob, member, tombstone and quota."""
    projects = {row.number: row.name for row in rows["projects"]}
    names = {row.order_key: row.name for row in (*rows["artifacts"], *rows["tombstones"])}
    tags, history = defaultdict(list), defaultdict(list)
    for row in rows["tags"]:
        tags[row.artifact].append(row.tag)
    for row in sorted(rows["revisions"], key=lambda row: row.number):
        history[row.artifact].append(row.action)
    found: View = {}
    for row in rows["artifacts"]:
        seen = (row.version, row.status, row.visibility, row.pool, row.document)
        found["artifact", row.name] = (projects[row.owner], *seen, sorted(tags[row.order_key]))
    for row in rows["blobs"]:
        seen = (row.external, row.url, row.size, row.digests, row.content_type)
        found["blob", names[row.artifact], row.field, row.key] = seen
    for row in rows["members"]:
        found["member", names[row.artifact], projects[row.member]] = row.status
    for row in rows["tombstones"]:
        found["tombstone", row.name] = row.digests
    for row in rows["quotas"]:
        found["quota", projects[row.project], row.name] = row.value
    for key, actions in history.items():
        found[HISTORY, names[key]] = actions
    return found


def without_history(seen: View) -> View:
    """Leave out how it came to be so: what is tried again has more of a history."""
    return {key: value for key, value in seen.items() if key[0] != HISTORY}


def at_odds(rows: Rows) -> Iterator[str]:
    yield from _usage(rows)
    yield from _contents(rows)
    yield from _histories(rows)
    yield from (f"an upload that does not end: {row}" for row in rows["uploads"])


def _usage(rows: Rows) -> Iterator[str]:
    """Each project's usage is what its artifacts, blobs and uploads add up to."""
    summed: Counter[tuple[int, int, str]] = Counter()
    for project, type, name, amount in _amounts(rows):
        for each in (type, 0):  # of one type, and in all
            summed[project, each, name] += amount
    counted = {
        (row.project, row.type, name): getattr(row, name) for row in rows["usage"] for name in USED
    }
    for key in sorted({*summed, *counted}):
        if summed[key] != counted.get(key, 0):
            yield f"usage {key}: {counted.get(key, 0)} is counted, and {summed[key]} is there"


def _amounts(rows: Rows) -> Iterator[tuple[int, int, str, int]]:
    """Tell for each row of which project and type it is, and what it uses how much of."""
    of = {row.order_key: (row.owner, row.type) for row in rows["artifacts"]}
    yield from ((*owned, "artifacts", 1) for owned in of.values())
    for row in rows["blobs"]:
        yield (*of[row.artifact], "bytes", 0 if row.external else row.size)
    yield from ((row.project, row.type, "reserved", row.reserved) for row in rows["uploads"])


def _contents(rows: Rows) -> Iterator[str]:
    """Each content has as many references as are counted, and a placement that lives."""
    referring = Counter(row.content for row in rows["blobs"] if not row.external)
    counted = Counter({row.number: row.reference_count for row in rows["contents"]})
    if referring != counted:
        yield f"contents: {counted} are counted, and {referring} is there"
    for row in rows["placements"]:
        # What waits is a copy that was moved away, for those who read it still.
        if row.state != "waiting" and (row.content not in counted or row.state != "live"):
            yield f"a placement that is of no use: {row}"
    if missing := counted.keys() - {row.content for row in rows["placements"]}:
        yield f"contents without a placement: {missing}"


def _histories(rows: Rows) -> Iterator[str]:
    """Each artifact's last revision is the one that it has, and none is left out."""
    numbers = defaultdict(list)
    for row in rows["revisions"]:
        numbers[row.artifact].append(row.number)
    for row in rows["artifacts"]:
        if sorted(numbers[row.order_key]) != list(range(1, row.revision + 1)):
            yield f"{row.name}: is of revision {row.revision}, and has {numbers[row.order_key]}"
