"""Text that no database keeps, anywhere in a document."""

import pytest

from artifacts.errors import Invalid
from artifacts.model.text import below, check_text


@pytest.mark.parametrize(
    ("document", "where"),
    [
        ("a\0", "body"),
        ({"name": "\0"}, "name"),
        ({"name": ["a", {"k": "\ud800"}]}, "name/1/k"),
        ([{"op": "add", "value": "\udfff"}], "0/value"),
        ({"metadata": {"\0": "v"}}, "metadata"),
        ({"\ud800": 1}, "body"),
        ({"a": {"k" * 100: "\0"}}, "a/…"),
    ],
)
def test_nul_and_half_a_surrogate_pair_are_refused_by_their_place(document, where):
    with pytest.raises(Invalid, match=f"^{where}: must not contain NUL"):
        check_text(document)


@pytest.mark.parametrize(
    "document", [None, 5, 1.5, True, "𝄞 and \x01", {"k": ["v", None]}, [], {}, "\ue000"]
)
def test_all_other_documents_pass(document):
    check_text(document)


def test_depth_is_no_matter():
    document: object = "deep"
    for _ in range(100_000):
        document = [document]

    with pytest.raises(Invalid):
        check_text([document, "\0"])


def test_a_place_is_named_only_where_it_can_be_read():
    assert below("labels", "key") == "labels/key"
    assert below("", 0) == "0"
    assert below("labels", "\n") == "labels/…"
