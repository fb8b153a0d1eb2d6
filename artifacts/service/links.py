"""Links: whether what an artifact links to is there for whoever links to it."""

from collections.abc import Iterable

from artifacts.caller import Caller
from artifacts.db.database import Database
from artifacts.errors import Invalid
from artifacts.model.sight import Seen
from artifacts.service.access import Access


def check(
    database: Database, access: Access, caller: Caller, artifact: Seen, names: Iterable[str]
) -> None:
    """Raise Invalid if a field of *names* that the caller sees links to what it does not see."""
    fields = [artifact.fields[name] for name in names if name in artifact.fields]
    links = {id: field.name for field in fields for id in field.links(artifact.value_of(field))}
    if not links:
        return
    viewer = access.viewer(caller, "artifact:get_any_artifact")
    with database.reading() as tx:
        visible = tx.artifacts.visible_among(links, viewer)
    if missing := sorted(links.keys() - visible):
        raise Invalid(f"{links[missing[0]]}: there is no artifact {missing[0]}")
