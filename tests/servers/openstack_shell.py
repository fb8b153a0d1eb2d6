"""OpenStackClient in one process: each line of input is a command, each of output what it did."""

import io
import json
import logging
import sys
from contextlib import redirect_stderr, redirect_stdout

from openstackclient.shell import main
from osc_lib.clientmanager import ClientCache, ClientManager

for line in sys.stdin:
    out, errors = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(errors):
        try:
            code = main(json.loads(line))
        except SystemExit as end:  # as argparse ends it
            code = end.code
    # What a process keeps, since it is there for one command alone.
    logging.getLogger().handlers.clear()
    for kept in vars(ClientManager).values():
        if isinstance(kept, ClientCache):
            kept._handle = None
    print(json.dumps([code, out.getvalue(), errors.getvalue()]), flush=True)
