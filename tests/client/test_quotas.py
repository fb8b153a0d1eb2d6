"""Quotas from the other side: what is asked for, and answers that are none."""

import json

import pytest

from artifacts.client import Client, NotUnderstood

ITEM = {"quota_name": "max_uploaded_data", "quota_value": 5, "usage": 3}


@pytest.fixture
def client(origin):
    with Client(origin.url, timeout=10) as client:
        yield client


@pytest.mark.parametrize(
    ("project", "path"), [((), "/project-quotas"), (("a/b",), "/project-quotas/a%2Fb")]
)
def test_a_projects_quotas_come_with_their_usage(origin, client, say, project, path):
    say([{"project_id": "p", "project_quotas": [ITEM]}])

    assert client.quotas(*project) == [ITEM]
    assert origin.requests[0].path == path


def test_what_was_set_is_told_by_project(client, say):
    say({"quotas": [{"project_id": "p", "project_quotas": [ITEM]}], "global_quotas": {}})

    assert client.all_quotas() == {"p": {"max_uploaded_data": 5}}


def test_setting_sends_every_project_and_takes_null_for_an_answer(origin, client, say):
    say(None)

    client.set_quotas({"p": {"max_uploaded_data": 5}, "q": {}})

    assert (origin.requests[0].method, origin.requests[0].path) == ("PUT", "/quotas")
    assert json.loads(origin.requests[0].body) == [
        {
            "project_id": "p",
            "project_quotas": [{"quota_name": "max_uploaded_data", "quota_value": 5}],
        },
        {"project_id": "q", "project_quotas": []},
    ]


@pytest.mark.parametrize("document", [{}, None, 5, [], [1], [{}], [{}, {}], [{"project_id": "p"}]])
def test_what_is_no_list_of_one_project_is_not_understood(client, say, document):
    say(document)

    with pytest.raises(NotUnderstood):
        client.quotas()


@pytest.mark.parametrize("item", [{}, {"quota_name": "x"}, {"quota_name": 5, "quota_value": 5}])
def test_quotas_without_name_or_value_are_not_understood(client, say, item):
    say({"quotas": [{"project_id": "p", "project_quotas": [item]}]})

    with pytest.raises(NotUnderstood):
        client.all_quotas()
