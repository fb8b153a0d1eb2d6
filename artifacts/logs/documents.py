"""Documents: an event of the log as oslo.log writes it in JSON, on one line."""

import copy
import json
import logging
from typing import Any

from oslo_log.formatters import JSONFormatter

from artifacts import logs


class Documents(JSONFormatter):
    """Says what a line of text says, and no more: of an error that is not logged itself, nothing.

    `context` has the id of the request, as with the services of OpenStack, and `extra` what the
    access log tells, each under its name.
    """

    def format(self, record: logging.LogRecord) -> str:
        plain: Any = copy.copy(record)
        plain.msg, plain.args = record.getMessage(), None  # not the parts, nor what they are of
        fields = getattr(record, "fields", {})
        plain.extra = {"context": {"request_id": logs.request_id.get()}, **fields}
        document = json.loads(super().format(plain))
        del document["msg"], document["args"]
        if not record.exc_info:
            # It would be that of whatever is being handled here, in words that nobody chose.
            document["error_summary"] = ""
        return json.dumps(document)
