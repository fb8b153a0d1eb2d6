"""Our `openstack artifact …` in one environment with Glare's."""

OURS, THEIRS = "provided by the artifacts plugin", "provided by the python-glareclient plugin"


def test_what_both_have_is_ours_and_the_rest_is_theirs(glare_python, make_openstack, server):
    (packages,) = glare_python.parents[1].glob("lib/python*/site-packages")
    known = {"OS_AUTH_TYPE": "none", "OS_ENDPOINT": server.url}
    openstack = make_openstack(PYTHONPATH=str(packages), **known)

    assert OURS in openstack("help", "artifact", "create").out
    assert THEIRS in openstack("help", "artifact", "type-list").out
    for lists_types in ("type list", "type-list"):
        assert "images" in openstack("artifact", *lists_types.split(), "-f", "value").out
