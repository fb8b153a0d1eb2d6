"""Members, and the visibilities `shared` and `community`, as callers meet them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from artifacts.db import tables

V12 = {"OpenStack-API-Version": "artifact 1.2"}
PATCH = {"Content-Type": "application/json-patch+json", **V12}
FRIENDS = ("pending", "accepted", "rejected")


def patch(client, url, headers=PATCH, **values):
    steps = [{"op": "replace", "path": f"/{name}", "value": each} for name, each in values.items()]
    return client.simulate_patch(url, body=json.dumps(steps), headers=headers)


def add(client, url, project, **more):
    return client.simulate_post(f"{url}/members", json={"member": project, **more}, headers={**V12})


def answer(client, url, project, status):
    return client.simulate_put(f"{url}/members/{project}", json={"status": status}, headers={**V12})


def members(client, url):
    return client.simulate_get(f"{url}/members", headers=V12)


def listed(client, query="", of="samples", headers=V12):
    counted = "with_count=true&" if headers else ""  # before 1.2 every list is counted
    found = client.simulate_get(f"/artifacts/{of}?{counted}{query}", headers=headers)
    assert found.status_code == 200, found.text
    names = [each["name"] for each in found.json["artifacts"]]
    assert found.json["total_count"] == len(names)
    return names


@pytest.fixture
def active(life):
    """Make an active artifact with ten bytes, and return its URL."""

    def make(name="name", **values):
        artifact = life.create(name, **values)
        life.upload(artifact, "blob", b"0123456789")
        life.activate(artifact)
        return f"/artifacts/samples/{artifact.id}"

    return make


@pytest.fixture
def shared(client, active):
    """Make one that is shared, with a project for each status of members."""

    def make(name="name", **values):
        url = active(name, **values)
        assert patch(client, url, visibility="shared").status_code == 200
        return url

    return make


@pytest.fixture
def friends(deployment, client, shared):
    """An artifact that is shared, and by its status a client of each member."""
    url = shared()
    found = {status: deployment.client(status) for status in FRIENDS}
    for status, friend in found.items():
        assert add(client, url, status).status_code == 201
        assert answer(friend, url, status, status).status_code == 200
    return url, found


def expire(deployment, moment=None):
    """Let every membership be over, as if time had passed."""
    over = moment or datetime.now(UTC) - timedelta(seconds=1)
    with deployment.parts.database.engine.connect() as connection:
        connection.execution_options(writing=True)
        connection.execute(update(tables.members).values(expires_at=over))
        connection.commit()


class TestMembers:
    def test_are_added_shown_and_deleted_by_the_owner(self, client, shared):
        url = shared()
        until = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
        added = add(client, url, "friend", expires_at=until)

        assert added.status_code == 201
        assert added.headers["location"] == f"{url}/members/friend"
        assert added.json == {
            "member": "friend",
            "status": "pending",
            "created_at": added.json["created_at"],
            "expires_at": until,
        }
        assert add(client, url, "another").json["expires_at"] is None
        names = [each["member"] for each in members(client, url).json["members"]]
        assert names == ["another", "friend"]
        shown = client.simulate_get(f"{url}/members/friend", headers=V12)
        assert shown.json == added.json
        for status in (204, 404):
            gone = client.simulate_delete(f"{url}/members/friend", headers=V12)
            assert gone.status_code == status

    def test_say_themselves_what_they_think_of_it(self, deployment, client, friends):
        """The owner cannot accept for them, nor can an admin."""
        url, found = friends
        for nobody in (client, deployment.admin()):
            assert answer(nobody, url, "pending", "accepted").status_code == 403

        for status in ("accepted", "rejected", "pending", "accepted"):
            told = answer(found["pending"], url, "pending", status)
            assert (told.status_code, told.json["status"]) == (200, status)
        assert answer(found["accepted"], url, "accepted", "maybe").status_code == 400

    def test_are_only_looked_at_by_who_reads_alone(self, deployment, friends):
        url, _ = friends
        owner = deployment.client(roles="reader")
        friend = deployment.client("pending", roles="reader")

        assert len(members(owner, url).json["members"]) == 3
        assert len(members(friend, url).json["members"]) == 1
        assert answer(friend, url, "pending", "accepted").status_code == 403
        assert add(owner, url, "another").status_code == 403
        gone = owner.simulate_delete(f"{url}/members/pending", headers=V12)
        assert gone.status_code == 403

    def test_know_of_no_other_member(self, friends):
        """D22, D44."""
        url, found = friends

        for status, friend in found.items():
            mine = members(friend, url).json["members"]
            assert [each["member"] for each in mine] == [status]
            for other in FRIENDS:
                seen = friend.simulate_get(f"{url}/members/{other}", headers=V12).status_code
                assert seen == (200 if other == status else 404)
                if other != status:
                    assert answer(friend, url, other, "accepted").status_code == 404

    def test_may_not_share_further_nor_delete_members(self, friends):
        url, found = friends

        for status in ("pending", "accepted"):
            assert add(found[status], url, "further").status_code == 403
            gone = found[status].simulate_delete(f"{url}/members/{status}", headers=V12)
            assert gone.status_code == 403

    @pytest.mark.parametrize("project", ["stranger", None])
    def test_are_nothing_that_a_stranger_can_know_of(self, deployment, friends, project):
        """D22, D37, D44."""
        url, _ = friends
        stranger = deployment.client(project)

        for path in ("", "/blob", "/members", "/members/accepted", "/members/stranger"):
            assert stranger.simulate_get(url + path, headers=V12).status_code == 404
            assert stranger.simulate_head(url + path, headers=V12).status_code == 404
        assert add(stranger, url, "stranger").status_code == 404
        assert answer(stranger, url, "accepted", "accepted").status_code == 404
        gone = stranger.simulate_delete(f"{url}/members/accepted", headers=V12)
        assert gone.status_code == 404
        for query in ("", "visibility=shared", "member_status=all", "version=latest"):
            assert listed(stranger, query) == []

    def test_belong_to_their_artifact_alone(self, deployment, client, shared):
        """D37: a member of one artifact, asked for below another."""
        mine, other = shared("mine"), shared("other")
        add(client, mine, "friend")
        friend = deployment.client("friend")

        for method in ("GET", "PUT", "DELETE"):
            wrong = client.simulate_request(
                method,
                f"{other}/members/friend",
                headers=V12,
                json={"status": "accepted"} if method == "PUT" else None,
            )
            assert wrong.status_code == 404
        assert answer(friend, other, "friend", "accepted").status_code == 404
        wrong_type = mine.replace("/samples/", "/strict_samples/")
        assert client.simulate_get(f"{wrong_type}/members/friend", headers=V12).status_code == 404

    def test_are_there_once(self, client, shared):
        url = shared()

        assert [add(client, url, "friend").status_code for _ in range(2)] == [201, 409]

    def test_are_no_more_than_the_operator_allows(self, deploy):
        """D21."""
        deployment = deploy({"DEFAULT": {"max_members": 2}})
        client = deployment.client()
        made = client.simulate_post("/artifacts/samples", json={"name": "n"}).json["id"]
        url = f"/artifacts/samples/{made}"
        assert patch(client, url, status="active", visibility="shared").status_code == 200
        said = [add(client, url, project).status_code for project in ("a", "b", "b", "c")]

        assert said == [201, 201, 409, 403]
        expire(deployment)
        assert add(client, url, "c").status_code == 201

    @pytest.mark.parametrize(
        ("document", "status"),
        [
            ({}, 400),
            ({"member": ""}, 400),
            ({"member": 1}, 400),
            ({"member": None}, 400),
            ({"member": "x" * 256}, 400),
            ({"member": "a\x00b"}, 400),
            ({"member": "project"}, 400),
            ({"member": "a", "status": "accepted"}, 400),
            ({"member": "a", "expires_at": "soon"}, 400),
            ({"member": "a", "expires_at": 5}, 400),
            ({"member": "a", "expires_at": "2001-01-01T00:00:00Z"}, 400),
            ([], 400),
        ],
    )
    def test_are_refused_where_they_cannot_be(self, client, shared, document, status):
        url = f"{shared()}/members"

        assert client.simulate_post(url, json=document, headers={**V12}).status_code == status
        assert client.simulate_post(url, body="x", headers=V12).status_code == 415

    def test_are_of_what_is_shared_alone(self, deployment, client, active):
        url = active()

        assert add(client, url, "friend").status_code == 403
        patch(client, url, visibility="shared")
        assert add(client, url, "friend").status_code == 201
        patch(deployment.admin(), url, status="deactivated")
        assert add(client, url, "another").status_code == 403
        assert client.simulate_delete(f"{url}/members/friend", headers=V12).status_code == 204

    @pytest.mark.parametrize("after", ["private", "community"])
    def test_are_gone_when_it_is_no_longer_shared(self, deployment, client, friends, after):
        url, found = friends
        patch(client, url, visibility=after)
        patch(client, url, visibility="shared")

        assert members(client, url).json["members"] == []
        for friend in found.values():
            assert friend.simulate_get(url, headers=V12).status_code == 404

    def test_change_nothing_by_the_view_of_all_types(self, client, shared):
        url = shared().replace("/samples/", "/all/")

        assert add(client, url, "friend").status_code == 403
        assert members(client, url).status_code == 200

    def test_leave_a_revision_each(self, deployment, client, friends):
        """Promise 10."""
        url, _ = friends
        client.simulate_delete(f"{url}/members/rejected", headers=V12)
        found = [
            (row.action, name, value and value["status"])
            for row in sorted(deployment.rows(tables.revisions), key=lambda row: row.number)
            for name, value in row.changes.items()
            if name.startswith("members/")
        ]

        assert found == [
            ("add_member", "members/pending", "pending"),
            ("add_member", "members/accepted", "pending"),
            ("set_member_status", "members/accepted", "accepted"),
            ("add_member", "members/rejected", "pending"),
            ("set_member_status", "members/rejected", "rejected"),
            ("delete_member", "members/rejected", None),
        ]

    @pytest.mark.parametrize("version", ["1.0", "1.1"])
    def test_are_a_slot_that_is_none_before_1_2(self, client, friends, version):
        url, _ = friends
        headers = {"OpenStack-API-Version": f"artifact {version}"}

        for path in ("/members", "/members/accepted"):
            for method in ("GET", "PUT", "DELETE", "HEAD"):
                said = client.simulate_request(method, url + path, headers=headers)
                assert said.status_code == 400, (method, path)
            assert client.simulate_post(url + path, headers=headers).status_code == 405


class TestReading:
    """D24: cached, partial and HEAD reads see what is so now."""

    def reads(self, client, url):
        """Return the status of everything that a client can read of an artifact."""
        blob = f"{url}/blob"
        tag = {"If-None-Match": "*"}
        return {
            client.simulate_get(url, headers=V12).status_code,
            client.simulate_get(url.replace("/samples/", "/all/"), headers=V12).status_code,
            client.simulate_get(blob).status_code,
            client.simulate_head(blob).status_code,
            client.simulate_get(blob, headers={"Range": "bytes=0-3"}).status_code,
            client.simulate_get(blob, headers=tag).status_code,
        }

    def test_is_for_who_has_not_rejected_it(self, friends):
        url, found = friends
        seen = {status: self.reads(friend, url) for status, friend in found.items()}

        assert seen == {"pending": {200, 206, 304}, "accepted": {200, 206, 304}, "rejected": {404}}

    @pytest.mark.parametrize("end", ["deleted", "rejected", "expired", "private", "erased"])
    def test_ends_at_once(self, deployment, client, friends, end):
        url, found = friends
        friend = found["accepted"]
        assert self.reads(friend, url) == {200, 206, 304}

        match end:
            case "deleted":
                client.simulate_delete(f"{url}/members/accepted", headers=V12)
            case "rejected":
                answer(friend, url, "accepted", "rejected")
            case "expired":
                expire(deployment)
                assert members(friend, url).status_code == 404
                assert members(client, url).json["members"] == []
            case "private":
                patch(client, url, visibility="private")
            case "erased":
                client.simulate_delete(url)
        assert self.reads(friend, url) == {404}
        assert listed(friend) == listed(friend, "visibility=shared") == []

    def test_of_bytes_ends_with_deactivation(self, deployment, friends):
        url, found = friends
        patch(deployment.admin(), url, status="deactivated")

        for status in ("pending", "accepted"):
            assert found[status].simulate_get(url, headers=V12).status_code == 200
            for headers in ({}, {"Range": "bytes=0-3"}, {"If-None-Match": "*"}):
                blob = found[status].simulate_get(f"{url}/blob", headers=headers)
                assert blob.status_code == 403
            assert found[status].simulate_head(f"{url}/blob").status_code == 403

    def test_gives_no_right_to_change_anything(self, friends):
        url, found = friends

        for status in ("pending", "accepted"):
            assert patch(found[status], url, description="mine").status_code == 403
            assert found[status].simulate_delete(url).status_code == 403
            assert found[status].simulate_put(f"{url}/loose", body=b"x").status_code == 403

    def test_ends_when_it_is_deleted_in_name_only(self, deploy):
        deployment = deploy({"DEFAULT": {"delayed_delete": "true"}})
        client, friend = deployment.client(), deployment.client("friend")
        made = client.simulate_post("/artifacts/samples", json={"name": "n"}).json["id"]
        url = f"/artifacts/samples/{made}"
        patch(client, url, status="active", visibility="shared")
        add(client, url, "friend")
        answer(friend, url, "friend", "accepted")
        client.simulate_delete(url)

        assert client.simulate_get(url).json["status"] == "deleted"
        assert friend.simulate_get(url).status_code == 404
        assert listed(friend, "member_status=all") == []
        assert members(friend, url).status_code == 404


class TestVisibility:
    def test_moves_between_three_for_its_owner(self, client, active):
        url = active()
        for after in ("shared", "community", "private", "community", "shared", "private"):
            changed = patch(client, url, visibility=after)

            assert (changed.status_code, changed.json["visibility"]) == (200, after)

    def test_is_public_for_ever(self, deployment, client, shared):
        url = shared()
        admin = deployment.admin()

        assert patch(client, url, visibility="public").status_code == 403
        assert patch(admin, url, visibility="public").status_code == 200
        for after in ("shared", "community", "private"):
            assert patch(admin, url, visibility=after).status_code == 403

    @pytest.mark.parametrize("visibility", ["shared", "community"])
    def test_is_of_what_is_active(self, client, life, visibility):
        draft = life.create()
        url = f"/artifacts/samples/{draft.id}"

        assert patch(client, url, visibility=visibility).status_code == 403
        created = client.simulate_post(
            "/artifacts/samples", json={"name": "x", "visibility": visibility}, headers={**V12}
        )
        assert created.status_code == 400

    def test_can_be_taken_back_from_what_is_deactivated(self, deployment, client, shared):
        url = shared()
        patch(deployment.admin(), url, status="deactivated")

        assert patch(client, url, visibility="community").status_code == 403
        assert patch(client, url, visibility="private").status_code == 200

    def test_keeps_its_name_for_its_project(self, client, shared, active):
        shared("one")
        again = client.simulate_post("/artifacts/samples", json={"name": "one"})

        assert again.status_code == 409

    @pytest.mark.parametrize("visibility", ["shared", "community"])
    def test_is_private_to_who_knows_no_other(self, client, active, visibility):
        """Before 1.2; what is seen is the same."""
        url = active()
        patch(client, url, visibility=visibility)
        old = {"Content-Type": PATCH["Content-Type"]}

        assert client.simulate_get(url).json["visibility"] == "private"
        every = client.simulate_get(url.replace("/samples/", "/all/"))
        assert every.json["visibility"] == "private"
        for query, found in (
            ("visibility=private", ["name"]),
            ("visibility=neq:public", ["name"]),
            ("visibility=in:private,public", ["name"]),
            ("visibility=neq:private", []),
            ("visibility=public", []),
        ):
            assert listed(client, query, headers={}) == found
        for query in ("visibility=shared", "visibility=in:private,community", "member_status=all"):
            assert client.simulate_get(f"/artifacts/samples?{query}").status_code == 400
        assert patch(client, url, old, visibility="private").json["visibility"] == "private"
        assert patch(client, url, old, visibility="shared").status_code == 400
        test = json.dumps([{"op": "test", "path": "/visibility", "value": "private"}])
        assert client.simulate_patch(url, body=test, headers=old).status_code == 200
        assert client.simulate_get(url, headers=V12).json["visibility"] == visibility


class TestLists:
    def test_show_what_was_accepted(self, friends, client):
        _, found = friends

        for query in ("", "visibility=shared", "version=latest", "sort=name:asc", "name=name"):
            seen = {status: listed(friend, query) for status, friend in found.items()}
            assert seen == {"pending": [], "accepted": ["name"], "rejected": []}, query
            assert listed(client, query) == ["name"]
        every = listed(found["accepted"], "type_name=samples", of="all")
        assert every == ["name"]

    @pytest.mark.parametrize("asked", [*FRIENDS, "all"])
    def test_show_what_has_the_status_that_is_asked_for(self, friends, client, asked):
        _, found = friends

        for status, friend in found.items():
            mine = ["name"] if asked in (status, "all") else []
            for more in ("", "&visibility=shared", "&version=latest", "&string=a", "&sort=string"):
                expected = [] if "string=a" in more else mine
                assert listed(friend, f"member_status={asked}{more}") == expected
        assert listed(client, f"member_status={asked}") == []

    def test_take_each_artifact_once_in_its_order(self, deployment, client, shared, live, caller):
        friend = deployment.client("friend")
        for number in range(12):
            url = shared(f"n{number:02}", string="ab"[number % 2], number=number, tags=["t"])
            add(client, url, "friend")
            answer(friend, url, "friend", "accepted")
            if number % 3 == 0:
                friend.simulate_post("/artifacts/samples", json={"name": f"own{number:02}"})
            if number % 4 == 0:
                patch(deployment.admin(), url, visibility="public")
        whole = {}
        for sort in ("created_at:desc", "name:asc", "number:desc", "string:asc,name:desc"):
            walked, marker = [], ""
            while True:
                page = friend.simulate_get(
                    f"/artifacts/samples?limit=3&with_count=true&sort={sort}{marker}", headers=V12
                ).json
                assert page["total_count"] == 16
                if not page["artifacts"]:
                    break
                walked += [each["name"] for each in page["artifacts"]]
                marker = f"&marker={page['artifacts'][-1]['id']}"
            whole[sort] = walked

        assert all(len(set(each)) == len(each) == 16 for each in whole.values())
        assert whole["name:asc"] == sorted(whole["name:asc"])
        assert [n for n in whole["number:desc"] if n[0] == "n"] == [
            f"n{number:02}" for number in reversed(range(12))
        ]
        assert len(listed(friend, "tags=t")) == 12
        assert len(listed(friend, "string=a")) == 6
        assert len(listed(friend, "string=a&number=gt:5&name=like:n%")) == 3

    def test_have_the_latest_of_all_that_is_seen(self, deployment, client, shared):
        friend = deployment.client("friend")
        url = shared("one", version="2.0.0")
        add(client, url, "friend")
        answer(friend, url, "friend", "accepted")
        hidden = shared("one", version="3.0.0")
        friend.simulate_post("/artifacts/samples", json={"name": "one", "version": "1.0.0"})

        def latest(of):
            page = friend.simulate_get(
                f"/artifacts/{of}?version=latest&with_count=true", headers=V12
            ).json
            assert page["total_count"] == len(page["artifacts"])
            return [each["version"] for each in page["artifacts"]]

        assert [latest(of) for of in ("samples", "all")] == [["2.0.0"]] * 2
        add(client, hidden, "friend")
        assert [latest(of) for of in ("samples", "all")] == [["2.0.0"]] * 2
        answer(friend, hidden, "friend", "accepted")
        assert [latest(of) for of in ("samples", "all")] == [["3.0.0"]] * 2

    def test_go_on_behind_what_was_deleted(self, deployment, client, shared):
        """A marker stands for who could see it, and for nobody else."""
        friend, stranger = deployment.client("friend"), deployment.client("stranger")
        urls = [shared(name) for name in ("one", "two")]
        for url in urls:
            add(client, url, "friend")
            answer(friend, url, "friend", "accepted")
        client.simulate_delete(urls[1])
        marker = f"marker={urls[1].rpartition('/')[2]}"
        page = friend.simulate_get(f"/artifacts/samples?{marker}", headers=V12)

        assert [each["name"] for each in page.json["artifacts"]] == ["one"]
        for query in (marker, f"marker={urls[0].rpartition('/')[2]}"):
            assert stranger.simulate_get(f"/artifacts/samples?{query}").status_code == 404

    def test_show_what_the_community_sees_where_it_is_asked_for(self, deployment, client, active):
        """Everybody reads it by its id; a walk through it is as any other."""
        urls = [active(f"n{number}", number=number) for number in range(4)]
        for url in urls:
            patch(client, url, visibility="community")
        for project in ("stranger", None):
            stranger = deployment.client(project)

            assert stranger.simulate_get(urls[0], headers=V12).status_code == 200
            assert stranger.simulate_get(f"{urls[0]}/blob").status_code == 200
            assert patch(stranger, urls[0], description="x").status_code == 403
            assert listed(stranger) == listed(stranger, "visibility=neq:public") == []
            found = ["n3", "n2", "n1", "n0"]
            assert listed(stranger, "visibility=community") == found
            assert listed(stranger, "visibility=in:community,shared") == found
            assert listed(stranger, "visibility=community", of="all") == found
            assert listed(stranger, "visibility=community&version=latest") == found
            assert listed(stranger, "visibility=community&number=lt:2&name=in:n1,n3") == ["n1"]
            assert listed(stranger, "visibility=community&sort=number:asc") == found[::-1]
            behind = stranger.simulate_get(
                f"/artifacts/samples?visibility=community&marker={urls[2].rpartition('/')[2]}",
                headers=V12,
            ).json["artifacts"]
            assert [each["name"] for each in behind] == ["n1", "n0"]
        assert listed(client) == listed(client, "visibility=community") == found
        assert len(listed(deployment.admin(), "visibility=community")) == 4

    @pytest.mark.parametrize(
        "query", ["member_status=maybe", "member_status=", "member_status=eq:all"]
    )
    def test_refuse_a_status_that_is_none(self, client, query):
        assert client.simulate_get(f"/artifacts/samples?{query}", headers=V12).status_code == 400


class TestTwoProcesses:
    """What several do at once to one member is one thing after another."""

    @pytest.fixture
    def processes(self, deploy):
        return [deploy(), deploy()]

    @pytest.fixture
    def url(self, processes):
        owner = processes[0].client()
        made = owner.simulate_post("/artifacts/samples", json={"name": "n"}).json["id"]
        patch(owner, f"/artifacts/samples/{made}", status="active", visibility="shared")
        return f"/artifacts/samples/{made}"

    def told(self, deployment):
        """Return the last status that revisions tell of each member, each number once."""
        rows = sorted(deployment.rows(tables.revisions), key=lambda row: row.number)
        assert [row.number for row in rows] == list(range(1, len(rows) + 1))
        last = {}
        for row in rows:
            last |= {name: each for name, each in row.changes.items() if name[:8] == "members/"}
        return {name[8:]: each["status"] for name, each in last.items() if each}

    def test_add_and_delete_the_same_member(self, processes, url, at_once):
        clients = [each.client() for each in processes]
        member = f"{url}/members/friend"
        for _ in range(6):
            works = [lambda client=client: add(client, url, "friend") for client in clients * 2]
            works += [
                lambda client=client: client.simulate_delete(member, headers=V12)
                for client in clients
            ]
            statuses = [each.status_code for each in at_once(works)]

            assert set(statuses[:4]) <= {201, 409}
            assert set(statuses[4:]) <= {204, 404}
            known = {
                each["member"]: each["status"] for each in members(clients[0], url).json["members"]
            }
            assert statuses.count(201) - statuses.count(204) in (-1, 0, 1)
            assert self.told(processes[1]) == known

    def test_accept_while_it_is_deleted(self, processes, url, at_once):
        owner, friend = processes[0].client(), processes[1].client("friend")
        for _ in range(6):
            assert add(owner, url, "friend").status_code == 201
            accepted, deleted = at_once(
                [
                    lambda: answer(friend, url, "friend", "accepted"),
                    lambda: owner.simulate_delete(f"{url}/members/friend", headers=V12),
                ]
            )

            assert accepted.status_code in (200, 404)
            assert deleted.status_code == 204
            assert friend.simulate_get(url, headers=V12).status_code == 404
            assert self.told(processes[0]) == {}

    def test_add_while_it_is_withdrawn(self, processes, url, at_once):
        """Nobody is left a member of what is no longer shared."""
        owner, other = (each.client() for each in processes)
        for _ in range(6):
            patch(owner, url, visibility="shared")
            added, withdrawn = at_once(
                [
                    lambda: add(other, url, "friend"),
                    lambda: patch(owner, url, visibility="private"),
                ]
            )

            assert added.status_code in (201, 403)
            assert withdrawn.status_code == 200
            assert processes[0].rows(tables.members) == []

    def test_are_never_more_members_than_may_be(self, deploy, at_once):
        """D21."""
        processes = [deploy({"DEFAULT": {"max_members": 3}}) for _ in range(2)]
        owner = processes[0].client()
        made = owner.simulate_post("/artifacts/samples", json={"name": "n"}).json["id"]
        url = f"/artifacts/samples/{made}"
        patch(owner, url, status="active", visibility="shared")
        works = [
            lambda name=name, each=each: add(each.client(), url, f"p{name}")
            for name in range(4)
            for each in processes
        ]
        statuses = [each.status_code for each in at_once(works)]

        assert statuses.count(201) == 3
        assert len(processes[0].rows(tables.members)) == 3


@pytest.fixture
def ruled(deploy, tmp_path):
    """Start a process in which a rule allows nobody what it is about; others have no such file."""

    def start(rule):
        file = tmp_path / "ruled.yaml"
        file.write_text(json.dumps({f"artifact:{rule}": "!"}))
        return deploy({"oslo_policy": {"policy_file": file}})

    return start


@pytest.mark.parametrize("after", ["share", "communitize", "withdraw"])
def test_a_rule_may_keep_a_visibility_from_everybody(ruled, client, active, shared, after):
    url = shared() if after == "withdraw" else active()
    values = {"share": "shared", "communitize": "community", "withdraw": "private"}
    closed = ruled(after).client()

    assert patch(closed, url, visibility=values[after]).status_code == 403
    assert patch(client, url, visibility=values[after]).status_code == 200


@pytest.mark.parametrize(
    ("rule", "status"),
    [("add_member", 403), ("set_member_status", 403), ("delete_member", 403), ("get_members", 200)],
)
def test_a_rule_may_keep_members_from_everybody(ruled, client, shared, rule, status):
    url = shared()
    add(client, url, "friend")
    process = ruled(rule)
    closed, friend = process.client(), process.client("friend")
    asked = {
        "add_member": lambda: add(closed, url, "another"),
        "set_member_status": lambda: answer(friend, url, "friend", "accepted"),
        "delete_member": lambda: closed.simulate_delete(f"{url}/members/friend", headers=V12),
        "get_members": lambda: members(closed, url),
    }
    told = asked[rule]()

    assert told.status_code == status
    assert told.json.get("members", []) == []
    assert len(members(client, url).json["members"]) == 1
    assert len(members(friend, url).json["members"]) == 1


def test_a_link_leads_to_what_is_shared_with_the_caller(deployment, friends):
    url, found = friends

    for status, told in (("pending", 201), ("accepted", 201), ("rejected", 400)):
        made = found[status].simulate_post("/artifacts/samples", json={"name": "x", "link": url})
        assert made.status_code == told


def test_scrub_deletes_members_whose_time_is_over(deployment, client, shared):
    url = shared()
    for project in ("gone", "stays"):
        add(client, url, project)
    expire(deployment)
    add(client, url, "stays")
    assert [row.expires_at for row in deployment.rows(tables.members)] == [None]
    add(client, url, "gone")
    expire(deployment)
    deployment.parts.scrub.run()

    assert deployment.rows(tables.members) == []
