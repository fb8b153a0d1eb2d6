"""Markers of artifacts that the list itself does not show."""

import pytest


@pytest.mark.parametrize(("direction", "behind"), [("asc", 1), ("desc", 0)])
def test_a_marker_of_another_type_stands_where_its_name_would(deployment, direction, behind):
    client = deployment.client()
    image = client.simulate_post("/artifacts/images", json={"name": "a"}).json["id"]
    sample = client.simulate_post("/artifacts/samples", json={"name": "a"}).json["id"]

    path = f"/artifacts/samples?sort=display_type_name:{direction}&marker={image}"
    found = client.simulate_get(path).json["artifacts"]
    assert [each["id"] for each in found] == [sample][:behind]
