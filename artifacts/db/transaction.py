"""Transaction: the table groups of one connection, between its BEGIN and its COMMIT."""

from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import Connection

from artifacts.db.artifacts import Artifacts
from artifacts.db.blobs import Blobs
from artifacts.db.buckets import Buckets
from artifacts.db.census import Census
from artifacts.db.commits import Commits
from artifacts.db.contents import Contents
from artifacts.db.copies import Copies
from artifacts.db.derived import Derived
from artifacts.db.holdings import Holdings
from artifacts.db.inventory import Inventory
from artifacts.db.lists import Lists
from artifacts.db.members import Members
from artifacts.db.numbers import Numbers
from artifacts.db.passes import Passes
from artifacts.db.pools import Pools
from artifacts.db.quotas import Quotas
from artifacts.db.revisions import Revisions
from artifacts.db.types import Types
from artifacts.db.uploads import Uploads
from artifacts.db.usage import Usage
from artifacts.db.values import Values
from artifacts.model import Artifact


class Transaction:
    """What can be read and written, by table group."""

    def __init__(
        self,
        connection: Connection,
        types: Mapping[str, type[Artifact]],
        numbers: Numbers,
        now: Callable[[], datetime],
    ) -> None:
        self.numbers = numbers
        self.types = Types(connection, types)
        self.blobs = Blobs(connection)
        self.values = Values(connection, numbers)
        self.artifacts = Artifacts(connection, types, numbers, self.blobs, self.values)
        self.lists = Lists(connection, types, numbers, self.artifacts)
        self.members = Members(connection, numbers)
        self.uploads = Uploads(connection, now)
        self.contents = Contents(connection, now)
        self.copies = Copies(connection, now)
        self.pools = Pools(connection)
        self.usage = Usage(connection)
        self.quotas = Quotas(connection, numbers)
        self.buckets = Buckets(connection)
        self.commits = Commits(connection)
        self.revisions = Revisions(connection)
        self.census = Census(connection, self.usage)
        self.inventory = Inventory(connection)
        self.derived = Derived(connection, numbers, self.artifacts)
        self.passes = Passes(connection, now)
        self.holdings = Holdings(connection)
