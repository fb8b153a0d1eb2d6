"""Artifacts and blobs -> JSON, as each microversion shows them."""

from typing import Any
from urllib.parse import quote

from artifacts.api.versions import MORE_OF_BLOBS, SHARING, Version
from artifacts.model import Artifact, Blob, Slot
from artifacts.model.every_type import EveryType
from artifacts.model.lifecycle import as_glare_knows
from artifacts.model.sight import Seen
from artifacts.service import hooks

Json = dict[str, Any]

LOCATION = "/artifacts/{type}/{id}/{path}"


def shown(of: Seen, type_name: str, version: Version) -> Json:
    """Return an artifact as it is answered below the URL of that type."""
    whole = type_name != EveryType.type_name
    document = artifact(of, version) if whole else of_all(of)
    if version < SHARING:
        document["visibility"] = as_glare_knows(document["visibility"])
    return document


def artifact(of: Seen, version: Version) -> Json:
    """Return every field of the type that is seen, and nothing else."""
    document: Json = {}
    for name, field in of.fields.items():
        if field.is_blob:
            held = of.blobs.get(Slot(name))
            document[name] = held and blob(of, Slot(name), held, version)
        elif field.is_folder:
            document[name] = {
                slot.key: blob(of, slot, of.blobs[slot], version) for slot in of.slots_of(name)
            }
        else:
            document[name] = field.show(of.value_of(field))
    return document


def of_all(of: Seen) -> Json:
    """Return what every type has in common, and which type it is."""
    common = {
        name: field.show(of.value_of(field))
        for name, field in of.fields.items()
        if name in EveryType.fields and not field.holds_blobs
    }
    return dict(hooks.format_all(of, {**common, "type_name": of.type_name}))


def blob(of: Artifact, slot: Slot, held: Blob, version: Version) -> Json:
    document: Json = {
        "url": held.url if held.external else location(of, slot),
        "status": held.status,
        "external": held.external,
        "size": held.size,
        "md5": held.md5,
        "sha1": held.sha1,
        "sha256": held.sha256,
        "content_type": held.content_type,
    }
    if version >= MORE_OF_BLOBS:
        document["sha512"] = held.sha512
        if held.external and held.fetched_at is not None:
            document["final_url"] = held.final_url
            document["fetched_at"] = held.fetched_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return document


def location(of: Artifact, slot: Slot) -> str:
    return LOCATION.format(type=of.type_name, id=of.id, path=quote(str(slot)))
