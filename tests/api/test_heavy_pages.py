"""Pages whose documents are large: memory, and not the number of artifacts, bounds them."""

import pytest

from artifacts.db import lists


@pytest.fixture
def heavy(life, monkeypatch):
    """Seventy artifacts, of which about seven fit into one page."""
    monkeypatch.setattr(lists, "HEAVIEST", 7_000)
    return [life.create(f"heavy-{place}", description="x" * 900).id for place in range(70)]


@pytest.mark.parametrize("limit", [10, 60])
def test_a_page_that_grows_too_large_is_cut_and_the_next_one_goes_on(deployment, heavy, limit):
    client = deployment.client()
    found, url, pages = [], f"/artifacts/samples?limit={limit}", 0
    while url:
        page = client.simulate_get(url).json
        found += [artifact["id"] for artifact in page["artifacts"]]
        url, pages = page.get("next"), pages + 1

    assert found == heavy[::-1]
    assert pages > 7
    assert page["total_count"] == 70
