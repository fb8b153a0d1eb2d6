"""Types with fields that are kept to some callers, for the tests of protection."""

from artifacts.model import Artifact, Blob, Invalid, Link, field


class Guarded(Artifact):
    """Has a field of each sort that its type keeps to keepers, beside those that it does not."""

    type_name = "guarded"

    secret: str | None = field("Kept.", read=("keeper",), mutable=True, sortable=True)
    stamp: str | None = field("Sealed.", write=("keeper",), mutable=True, sortable=True)
    weight: int | None = field("Kept.", read=("keeper", "auditor"), mutable=True, sortable=True)
    own: str | None = field("The owner's.", read=("rule:admin_or_owner",), sortable=True)
    noted: str | None = field("The owner's.", write=("rule:admin_or_owner",), mutable=True)
    source: Link | None = field("Kept.", read=("keeper",), mutable=True)
    kept: dict[str, str] | None = field("Kept.", read=("keeper",), mutable=True)
    words: list[str] | None = field("Kept.", read=("keeper",), mutable=True)
    vault: Blob | None = field("Kept.", read=("keeper",), mutable=True)
    seal: Blob | None = field("Sealed.", write=("keeper",), mutable=True)
    open: str | None = field("Anybody's.", mutable=True, sortable=True)
    labels: dict[str, str] | None = field("Anybody's.", mutable=True)
    sources: dict[str, Link] | None = field("Anybody's.", mutable=True)
    halves: dict[str, str] | None = field("Anybody's.", keys=("seen", "unseen"), mutable=True)
    pieces: dict[str, Blob] | None = field("Anybody's.", mutable=True)

    def before_change(self, patch):
        if self.open == "count":
            self.secret = f"{self.secret}+"

    def format_all(self, document):
        return {**document, "said": f"{self.secret} {self.labels}"}


class Wanting(Artifact):
    """Needs a field that is kept to keepers."""

    type_name = "wanting"

    needed: str = field("Kept.", read=("keeper",))
    also: str = field("Anybody's.")


class Sealing(Artifact):
    """Puts a blob into a slot that its callers may not fill."""

    type_name = "sealing"

    body: Blob | None = field("Anybody's.")
    copy: Blob | None = field("The type's.", write=("!",))
    mark: str | None = field("The type's.", write=("!",))

    def before_create(self):
        if self.description == "no":
            raise Invalid("description: must not be no")
        self.mark = "made"

    def after_upload(self, slot):
        if slot.field == "body":
            self.handle.put(self.slot("copy"), self.handle.open_blob(slot))
