"""A service of the version before, as a process: it is asked on standard input, in JSON.

    python old_service.py CONFIG

It prints `ready`, or with which sentence it refuses; then each line that it reads is a request,
`[method, path, body, headers]`, and each that it prints the answer, `[status, body]`.
"""

import json
import sys

from falcon.testing import TestClient

from artifacts import config
from artifacts.app import create_app
from artifacts.errors import Misconfigured
from artifacts.parts import build


def main() -> None:
    try:
        app = create_app(build(config.load([sys.argv[1]])))
    except Misconfigured as refused:
        print(f"refused: {refused}", flush=True)
        return
    client = TestClient(app)
    print("ready", flush=True)
    for line in sys.stdin:
        method, path, body, headers = json.loads(line)
        answer = client.simulate_request(method, path, body=body, headers=headers)
        print(json.dumps([answer.status_code, answer.text]), flush=True)


main()
