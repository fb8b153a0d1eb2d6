"""python-glareclient 0.5.3 as its users run it, but for two spots that Python 3.7 broke.

Run by the Python of the environment that holds it, never by that of the tests:
`repaired.py glare ...` is the stand-alone tool; `repaired.py calls URL` makes a library call for
each line of JSON that it reads, and answers each with a line of JSON.
"""

import json
import sys

from glareclient import client, shell
from glareclient.common import utils
from glareclient.v1 import artifacts

unrepaired_list = artifacts.Controller.list
unrepaired_wrapping = utils.ResponseBlobWrapper.__init__


def listing(*arguments, **options):
    """Its generator ends by raising StopIteration, which is an error since PEP 479."""
    try:
        yield from unrepaired_list(*arguments, **options)
    except RuntimeError as error:
        if not isinstance(error.__cause__, StopIteration):
            raise


class Iterator:
    """What has the `next` that iterators had in Python 2."""

    def __init__(self, iterator):
        self.next = iterator.__next__


def wrapping(wrapper, *arguments, **options):
    """It calls the `next` of an iterator that has a `__next__`."""
    unrepaired_wrapping(wrapper, *arguments, **options)
    wrapper.iter = Iterator(wrapper.iter)


def answer(glare, call, arguments):
    controller, _, name = call.rpartition(".")
    result = getattr(getattr(glare, controller), name)(**arguments)
    if name == "list":
        return list(result)
    return b"".join(result).decode() if name == "download_blob" else result


def calls(url):
    glare = client.Client(endpoint=url)
    for line in sys.stdin:
        call, arguments, source = json.loads(line)
        if source is not None:
            arguments["data"] = open(source, "rb")  # noqa: SIM115 - the library reads its name
        try:
            said = {"result": answer(glare, call, arguments)}
        except Exception as error:  # noqa: BLE001 - the tests judge it
            said = {"error": type(error).__name__, "text": str(error)}
        print(json.dumps(said), flush=True)


artifacts.Controller.list = listing
utils.ResponseBlobWrapper.__init__ = wrapping

if __name__ == "__main__":
    what, *rest = sys.argv[1:]
    sys.exit(shell.main(rest) if what == "glare" else calls(*rest))
