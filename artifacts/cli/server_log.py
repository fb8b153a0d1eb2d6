"""JsonLog: what gunicorn itself has to say, written as the service writes its log in JSON."""

from typing import Any

from gunicorn.glogging import Logger

from artifacts import logs


class JsonLog(Logger):  # type: ignore[misc]
    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for each in (*self.error_log.handlers, *self.access_log.handlers):
            each.setFormatter(logs.formatter(logs.JSON))
