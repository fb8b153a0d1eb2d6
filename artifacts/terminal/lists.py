"""Lists of artifacts as people are shown them: which fields of each."""

COLUMNS = ("id", "name", "version", "status", "visibility", "owner")


def columns(type_name: str) -> tuple[str, ...]:
    """Return those of a type; where every type is listed, which one each artifact is of too."""
    return ("type_name", *COLUMNS) if type_name == "all" else COLUMNS
