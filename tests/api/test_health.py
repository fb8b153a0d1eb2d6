"""`/healthcheck/ready`: what the service depends on, for everybody, and nothing of where it is."""

import pytest

from artifacts import errors

READY = "/healthcheck/ready"


def test_all_that_answers_is_ready(deployment):
    answer = deployment.client().simulate_get(READY)

    assert answer.status_code == 200
    assert answer.json["ready"] is True
    told = [(each["name"], each["state"]) for each in answer.json["dependencies"]]
    assert told == [("database", "ready"), ("store-1", "ready")]
    assert all(each["seconds"] >= 0 for each in answer.json["dependencies"])


def test_stores_have_the_numbers_of_their_places_and_not_their_names(on_files, deploy, tmp_path):
    """A name of a store is an operator's word, and may tell where it is."""
    options = {
        "DEFAULT": {"enabled_stores": "file,canary"},
        "store:canary": {"kind": "file", "path": tmp_path / "canary"},
    }
    answer = deploy(options).plain_client().simulate_get(READY)

    told = [each["name"] for each in answer.json["dependencies"]]
    assert told == ["database", "store-1", "store-2"]
    assert "canary" not in answer.text


def test_what_fails_is_named_and_the_answer_is_503(deployment, monkeypatch):
    """D23: the words of what failed are for nobody."""

    def fail():
        raise errors.StoreUnavailable("https://user:canary@inside.example: no answer")

    store = deployment.parts.pools.store("file")
    monkeypatch.setattr(store, "check", fail)
    client = deployment_again(deployment)
    answer = client.simulate_get(READY)

    assert answer.status_code == 503
    assert answer.json["ready"] is False
    assert [each["state"] for each in answer.json["dependencies"]] == ["ready", "unavailable"]
    assert "canary" not in answer.text + str(answer.headers)
    assert client.simulate_get("/healthcheck").status_code == 200
    assert client.simulate_head(READY).status_code == 503


def deployment_again(deployment):
    deployment.__post_init__()
    return deployment.client()


def test_a_store_that_is_gone_is_not_ready(on_files, deployment):
    (deployment.store_folder / "unfinished").rename(deployment.store_folder / "away")

    assert deployment.client().simulate_get(READY).status_code == 503


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_it_is_only_read(deployment, method):
    assert deployment.client().simulate_request(method, READY).status_code == 405


def test_it_takes_no_body(deployment):
    assert deployment.client().simulate_get(READY, body=b"x").status_code == 400
