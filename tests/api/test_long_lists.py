"""D39: one request cannot make a statement that no database reads, or reads for a minute."""

import pytest
from sqlalchemy import event

from artifacts.db import lists

VALUES = ",".join(f"{number}" for number in range(1000))
CONDITIONS = {
    "names": [f"name=in:{VALUES}"],
    "versions": [f"version=in:{VALUES[:1890]}"],
    "owners": [f"owner=in:{VALUES}"],
    "keys": [f"metadata.k{number}=neq:x" for number in range(60)],
    "tags": [f"tags=common,t{number}" for number in range(60)],
    "alternatives": [f"metadata.k{number}=or:neq:x" for number in range(60)],
}
MORE = ["", "sort=name", "version=latest", "version=latest&sort=name"]


@pytest.fixture
def client(deployment):
    return deployment.client()


@pytest.fixture
def longest(deployment):
    """How many parameters the longest statement had."""
    found = [0]

    def count(connection, cursor, statement, parameters, context, executemany):
        found[0] = max(found[0], len(parameters))

    event.listen(deployment.parts.database.engine, "before_cursor_execute", count)
    return lambda: found[0]


@pytest.mark.parametrize("what", CONDITIONS)
def test_a_list_of_all_types_is_read_or_refused(client, longest, what):
    for more in MORE:
        answer = client.simulate_get(f"/artifacts/all?{'&'.join([*CONDITIONS[what], more])}")

        assert answer.status_code in (200, 400), answer.text
        assert longest() <= lists.LONGEST


@pytest.mark.parametrize("what", CONDITIONS)
def test_a_list_of_one_type_is_read_however_many_conditions_it_has(client, longest, what):
    for more in [*MORE, "version=latest&sort=level"]:
        answer = client.simulate_get(f"/artifacts/samples?{'&'.join([*CONDITIONS[what], more])}")

        assert answer.status_code == 200, answer.text
        assert longest() <= lists.LONGEST


def test_what_is_too_long_is_refused_in_a_sentence(client):
    conditions = "&".join(CONDITIONS["keys"])
    answer = client.simulate_get(f"/artifacts/all?version=latest&{conditions}")

    assert answer.status_code == 400
    assert "too many conditions and values" in answer.json["error"]["message"]


def test_some_conditions_are_taken_for_all_types(client):
    conditions = "&".join(CONDITIONS["keys"][:8])
    answer = client.simulate_get(f"/artifacts/all?version=latest&sort=name&{conditions}")

    assert answer.status_code == 200
