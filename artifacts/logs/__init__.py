"""The log: one line an event, with the id of the request that it belongs to."""

import logging
from contextvars import ContextVar

FORMAT = "%(asctime)s %(process)d %(levelname)s %(name)s %(request_id)s %(message)s"

TEXT, JSON = "text", "json"

# Of the request that is being served here: whoever logs something does not know of it.
request_id: ContextVar[str] = ContextVar("request_id", default="-")


def begin(level: str, style: str = TEXT) -> None:
    """Log to standard error whatever weighs at least *level*, and who got which bytes."""
    handler = logging.StreamHandler()
    handler.setFormatter(formatter(style))
    logging.basicConfig(level=level.upper(), handlers=[handler])
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("artifacts.access").setLevel(logging.INFO)


def formatter(style: str) -> logging.Formatter:
    """Return what writes an event in this style."""
    if style == TEXT:
        return Lines(FORMAT)
    # Imported here, since it takes longer than all else that commands do with a log.
    from artifacts.logs.documents import Documents

    return Documents()


class Lines(logging.Formatter):
    """Writes a line for each event, and a traceback below it, set in.

    Nothing that a stranger sent, such as a path with a line break, begins a line of its own.
    """

    def format(self, record: logging.LogRecord) -> str:
        record.request_id = request_id.get()
        return "\n    ".join(printable(line) for line in super().format(record).split("\n"))

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's name
        record.message = printable(record.message)
        return super().formatMessage(record)


def printable(text: str) -> str:
    """Show control characters instead of letting other people's text steer what it is shown on."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
