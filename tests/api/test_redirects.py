"""Downloads by a signed link of the store: Swift's S3 API, and who is sent to it."""

import json
import logging
import re
import secrets
import uuid

import boto3
import pytest
import urllib3
from botocore.config import Config

# A link says where a bucket is, which elsewhere no answer may.
pytestmark = pytest.mark.usefixtures("on_files")

V12 = {"OpenStack-API-Version": "artifact 1.2"}
PATCH = {"Content-Type": "application/json-patch+json", **V12}
TEN = b"0123456789"
MIB = 1024**2


@pytest.fixture(scope="session")
def bucket(objects):
    client = boto3.client(
        "s3",
        endpoint_url=objects.url,
        region_name=objects.region,
        aws_access_key_id=objects.access_key_id,
        aws_secret_access_key=objects.secret_access_key,
        config=Config(s3={"addressing_style": "path"}),
    )
    client.create_bucket(Bucket="links")
    return "links"


@pytest.fixture
def options(objects, bucket):
    """Bytes go to a bucket, and trusted callers are sent there."""
    return {
        "DEFAULT": {
            "custom_artifact_types_modules": "sample_types",
            "enabled_stores": "file,bucket",
            "default_store": "bucket",
            "delayed_delete": True,
        },
        "store:bucket": {
            "kind": "s3",
            "bucket": bucket,
            "prefix": uuid.uuid4().hex,
            "endpoint": objects.url,
            "access_key_id": objects.access_key_id,
            "secret_access_key": objects.secret_access_key,
            "part_size": 5,
        },
        "pool:default": {"download": "redirect"},
    }


@pytest.fixture
def deployment(deploy, options):
    return deploy(options)


@pytest.fixture
def trusted(deployment):
    """A client that may have links, of the project that owns what it reads."""
    return deployment.client(roles="service,member")


@pytest.fixture
def url(client, url):
    """An artifact with ten bytes."""
    put(client, f"{url}/blob", TEN)
    return url


def put(client, path, body):
    answer = client.simulate_put(path, body=body, headers={"Content-Type": "text/html"})
    assert answer.status_code == 200, answer.text
    return answer


def change(client, url, **values):
    steps = [{"op": "replace", "path": f"/{name}", "value": each} for name, each in values.items()]
    answer = client.simulate_patch(url, body=json.dumps(steps), headers=PATCH)
    assert answer.status_code == 200, answer.text


def follow(answer, **headers):
    assert answer.status_code == 302, answer.text
    return urllib3.request("GET", answer.headers["Location"], headers=headers, retries=False)


def test_a_trusted_caller_is_sent_to_the_store_and_others_are_sent_the_bytes(
    client, trusted, deployment, url
):
    sent, redirected = client.simulate_get(f"{url}/blob"), trusted.simulate_get(f"{url}/blob")

    assert (sent.status_code, sent.content) == (200, TEN)
    assert (redirected.status_code, redirected.content) == (302, b"")
    assert follow(redirected).data == TEN
    assert deployment.admin().simulate_get(f"{url}/blob").status_code == 200


def test_the_redirect_tells_digests_and_nobody_keeps_it(client, trusted, url):
    sent, redirected = client.simulate_get(f"{url}/blob"), trusted.simulate_get(f"{url}/blob")

    for name in sent.headers:
        if name in ("content-md5", "repr-digest") or name.startswith("x-openstack-glare"):
            assert redirected.headers[name] == sent.headers[name]
    assert "repr-digest" in redirected.headers
    assert redirected.headers["Cache-Control"] == "no-store"
    for name in ("ETag", "Content-Disposition", "Accept-Ranges"):
        assert name not in redirected.headers


def test_the_store_names_the_bytes_as_the_service_does(client, trusted, url):
    """D50."""
    sent, followed = client.simulate_get(f"{url}/blob"), follow(trusted.simulate_get(f"{url}/blob"))

    assert followed.headers["Content-Type"] == sent.headers["Content-Type"] == "text/html"
    assert followed.headers["Content-Disposition"] == sent.headers["Content-Disposition"]


def test_a_link_gives_a_range_and_nothing_but_reads(trusted, url):
    redirected = trusted.simulate_get(f"{url}/blob", headers={"Range": "bytes=2-4"})
    part = follow(redirected, Range="bytes=2-4")

    assert (part.status, part.data) == (206, TEN[2:5])
    for method in ("PUT", "POST", "DELETE"):
        written = urllib3.request(method, redirected.headers["Location"], body=b"other")
        assert written.status in (403, 405, 501)
    assert follow(redirected).data == TEN


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Range": "bytes=0-1,5-6"}, 206),
        ({"Range": "bytes=99-"}, 416),
        ({"Range": "lines=1"}, 200),
        ({"If-None-Match": "*"}, 304),
        ({"If-Match": "*"}, 200),
        ({"If-Modified-Since": "Fri, 20 Nov 2026 00:00:00 GMT"}, 200),
        ({"If-Unmodified-Since": "Fri, 20 Nov 2016 00:00:00 GMT"}, 200),
        ({"Range": "bytes=0-1", "If-Range": '"other"'}, 200),
    ],
)
def test_what_a_store_would_answer_otherwise_is_answered_here(trusted, url, headers, status):
    answer = trusted.simulate_get(f"{url}/blob", headers=headers)

    assert answer.status_code == status
    assert "Location" not in answer.headers


def test_a_resumed_download_is_the_one_that_was_begun(trusted, url):
    """The store has a tag of its own, which would make nothing of ours."""
    tag = trusted.simulate_head(f"{url}/blob").headers["ETag"]
    resumed = {"Range": "bytes=4-", "If-Range": tag}
    answer = trusted.simulate_get(f"{url}/blob", headers=resumed)

    assert (answer.status_code, answer.content) == (206, TEN[4:])


def test_head_is_answered_here(client, trusted, url):
    told, known = (each.simulate_head(f"{url}/blob") for each in (trusted, client))

    assert told.status_code == 200
    assert "Location" not in told.headers
    differs = "x-openstack-request-id"
    assert {**told.headers, differs: ""} == {**known.headers, differs: ""}


def test_what_is_longer_than_an_object_is_sent_here(deployment, client, trusted, url):
    deployment.parts.pools.store("bucket")._store._volume = 5 * MIB  # 10,000 parts are too many
    content = secrets.token_bytes(1000) * 6000
    put(client, f"{url}/huge", content)
    answer = trusted.simulate_get(f"{url}/huge")

    assert answer.status_code == 200
    assert answer.content == content


def test_what_is_in_another_store_is_sent_here(deploy, options, caller, live):
    """Bytes stay where they are when a pool gets another store, which has no links for them."""
    before = deploy({**options, "DEFAULT": {**options["DEFAULT"], "default_store": "file"}})
    life = live(before.parts, caller)
    artifact = life.create()
    life.upload(artifact, "blob", TEN)
    trusted = deploy(options).client(roles="service")
    answer = trusted.simulate_get(f"/artifacts/samples/{artifact.id}/blob")

    assert (answer.status_code, answer.content) == (200, TEN)


def test_who_is_trusted_is_for_the_policy_to_say(deploy, options, deployment, tmp_path, url):
    policy = tmp_path / "trusting.yaml"
    policy.write_text(
        '"artifact:download_by_link": "rule:context_is_admin and \'samples\':%(type_name)s"'
    )
    other = deploy({**options, "oslo_policy": {"policy_file": policy}})

    assert other.admin().simulate_get(f"{url}/blob").status_code == 302
    assert other.client(roles="service").simulate_get(f"{url}/blob").status_code == 200


def deactivated(deployment, url):
    change(deployment.admin(), url, status="deactivated")


def withdrawn(deployment, url):
    change(deployment.client(), url, visibility="private")


def deleted(deployment, url):
    assert deployment.client().simulate_delete(url).status_code == 204


ENDS = {"deactivated": deactivated, "withdrawn": withdrawn, "deleted": deleted}


@pytest.mark.parametrize(
    ("end", "status"), [("deactivated", 403), ("withdrawn", 404), ("deleted", 404)]
)
def test_no_link_is_given_when_the_right_to_read_is_over(
    deploy, options, deployment, client, url, end, status
):
    """D24: at once, and in another process too."""
    change(client, url, status="active")
    change(client, url, visibility="community")
    reader = deploy(options).client("services", roles="service")
    assert follow(reader.simulate_get(f"{url}/blob")).data == TEN
    ENDS[end](deployment, url)
    answer = reader.simulate_get(f"{url}/blob")

    assert answer.status_code == status
    assert "Location" not in answer.headers


def test_bytes_that_are_gone_are_not_found(trusted, deployment, url):
    store = deployment.parts.pools.store("bucket")
    for each in list(store.keys()):
        store.delete(each.key)
    answer = trusted.simulate_get(f"{url}/blob")

    assert answer.status_code == 404
    assert "Location" not in answer.headers


def test_a_store_that_is_away_is_unavailable_and_not_named(deploy, options, url):
    """D23."""
    wrong = {**options["store:bucket"], "endpoint": "http://127.0.0.1:9", "retry_timeout": 0.1}
    answer = (
        deploy({**options, "store:bucket": wrong})
        .client(roles="service")
        .simulate_get(f"{url}/blob")
    )

    assert answer.status_code == 503
    assert "127.0.0.1" not in f"{answer.headers}{answer.text}"


def test_the_log_tells_of_a_redirect_and_never_of_the_link(trusted, objects, options, url, caplog):
    """D19, D23: also where it tells everything."""
    with caplog.at_level(logging.DEBUG):
        link = trusted.simulate_get(f"{url}/blob").headers["Location"]
        trusted.simulate_get(f"{url}/blob", headers={"Range": "bytes=0-1,5-6"})
    lines = [each.getMessage() for each in caplog.records if each.name == "artifacts.access"]

    assert [re.findall(r"status=(\d+).* way=(\S+)", line) for line in lines] == [
        [("302", "redirect")],
        [("206", "proxy")],
    ]
    prefix = options["store:bucket"]["prefix"]
    signature = link.partition("X-Amz-Signature=")[2]
    assert len(signature) >= 64
    for secret in (objects.url, objects.secret_access_key, prefix, signature[:64]):
        assert secret not in caplog.text


def test_a_link_lasts_as_long_as_the_operator_says(deploy, options, url):
    deployed = deploy({**options, "blobs": {"link_seconds": 7}})
    answer = deployed.client(roles="service").simulate_get(f"{url}/blob")

    assert "X-Amz-Expires=7&" in answer.headers["Location"] + "&"


def test_no_document_shows_where_bytes_are(trusted, deployment, objects, url):
    """D19: a link is given to who reads the bytes, and stands nowhere else."""
    for client in (trusted, deployment.admin()):
        for path in (url, "/artifacts/samples", "/artifacts/all"):
            assert objects.url not in client.simulate_get(path).text
