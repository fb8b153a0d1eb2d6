"""All that can go wrong, as a tree. Each is named for what is wrong with the world.

ArtifactsError
├── Invalid                     the request says something that cannot be
│   ├── InvalidParameter        a query parameter does
│   ├── Mismatch                bytes are not what the caller expects
│   └── Unfetchable             a URL that may not or could not be fetched
├── Unauthenticated             nobody is known to be asking
├── Forbidden                   the caller may see it, but not do that
│   ├── PolicyForbids           ... because a policy rule says so
│   ├── TooManyArtifacts        ... because the project's quota says so
│   └── TooManyMembers          ... because it is shared with as many as may be
├── TooManyRequests             the caller has to wait before it may send another
├── NotFound                    there is no such thing, or not for this caller
│   ├── TypeNotFound
│   ├── ArtifactNotFound
│   ├── BlobNotFound
│   └── MemberNotFound
├── UnsupportedVersion          no such microversion
├── Conflict                    somebody else was first
│   ├── NameTaken               the name and version exist in that scope
│   ├── MemberKnown             the artifact is shared with that project already
│   ├── SlotTaken               the slot holds, or is about to hold, a blob
│   ├── UploadLost              the reservation ran out, or somebody took it over
│   └── Busy                    the artifact kept changing under the change
├── TooLarge                    more bytes than a limit allows
├── UnsupportedMediaType
├── RangeNotSatisfiable
├── StoreFull                   no space is left where the bytes would go
├── Unlistable                  a store cannot say what it keeps; never an answer
├── Unavailable                 it cannot be done now; trying later may help
│   ├── Crowded                 as much of it is under way as is allowed
│   ├── KeystoneUnavailable
│   ├── StoreUnavailable
│   └── DatabaseUnavailable
│       └── CommitUnknown       ... and may have done it, or not
└── Misconfigured               the service cannot start; never an answer
"""


class ArtifactsError(Exception):
    """Base of all; its text is a sentence that may be shown to the caller."""


class Invalid(ArtifactsError):
    """The request says something that cannot be; the text names the field and the rule."""


class InvalidParameter(Invalid):
    """A query parameter cannot be read, or asks for what is not there to ask."""


class Mismatch(Invalid):
    """Bytes are not what the caller expects; the text gives both values."""


class Unfetchable(Invalid):
    """A URL may not be fetched, or could not be."""


class Unauthenticated(ArtifactsError):
    """Nobody is known to be asking."""


class TokenExpired(Unauthenticated):
    """The token that began something expired, and that was not finished for too long."""


class Forbidden(ArtifactsError):
    """The caller may know of it, but not do that."""


class PolicyForbids(Forbidden):
    """A policy rule forbids it."""


class TooManyArtifacts(Forbidden):
    """The project's quota of artifacts is used up."""


class TooManyMembers(Forbidden):
    """The artifact is shared with as many projects as one may be."""


class TooManyRequests(ArtifactsError):
    """The caller has sent as many requests as it may; `wait` is the seconds until the next."""

    def __init__(self, message: str, wait: float = 1.0) -> None:
        super().__init__(message)
        self.wait = wait


class NotFound(ArtifactsError):
    """There is no such thing, or none that this caller may know of."""


class TypeNotFound(NotFound):
    """No enabled type has this name."""


class ArtifactNotFound(NotFound):
    """No artifact has this id, or none that this caller may know of."""


class BlobNotFound(NotFound):
    """The slot is empty, or its bytes are gone."""


class MemberNotFound(NotFound):
    """The artifact is not shared with that project, or the caller may not know."""


class UnsupportedVersion(ArtifactsError):
    """The microversion asked for is well formed, but none of ours."""


class Conflict(ArtifactsError):
    """The request was right, but somebody else was first."""


class NameTaken(Conflict):
    """Another artifact has this name and version in the same scope."""


class MemberKnown(Conflict):
    """The artifact is shared with that project already."""


class SlotTaken(Conflict):
    """The slot already holds, or is about to hold, a blob."""


class UploadLost(Conflict):
    """The upload's reservation ran out, or another upload took the slot over."""


class Busy(Conflict):
    """The artifact kept changing while the change was made; try again."""


class TooLarge(ArtifactsError):
    """More bytes than a field, a folder or a quota allows."""


class QuotaUsedUp(TooLarge):
    """The project's quota of bytes is used up."""


class UnsupportedMediaType(ArtifactsError):
    """The body's media type is none that this request takes."""


class RangeNotSatisfiable(ArtifactsError):
    """None of the ranges asked for overlaps the bytes; `size` says how many there are."""

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size


class StoreFull(ArtifactsError):
    """No space is left where the bytes would go."""


class Unlistable(ArtifactsError):
    """The store cannot say what it keeps, so that nothing can be found that no row knows of."""


class Unavailable(ArtifactsError):
    """It cannot be done now; trying later may help."""


class Crowded(Unavailable):
    """As much of this is under way as is allowed at once."""


class KeystoneUnavailable(Unavailable):
    """Keystone does not answer, or not in a way that can be understood."""


class StoreUnavailable(Unavailable):
    """A store does not answer."""


class DatabaseUnavailable(Unavailable):
    """The database does not answer, or is too busy."""


class CommitUnknown(DatabaseUnavailable):
    """The database may have done what was asked, or not: its answer to a commit was lost."""


class Misconfigured(ArtifactsError):
    """The service cannot start; the text says what to mend, and where."""
