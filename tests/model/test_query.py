"""Queries: alternatives that are one condition are asked for as one."""

from artifacts.model.query import Condition, Query


def either(*conditions):
    return Query(tuple(Condition(*each, alternative=True) for each in conditions))


def test_one_alternative_is_a_condition():
    query = either(("name", "like", ("a%",)))

    assert query.required == [Condition("name", "like", ("a%",))]
    assert query.alternatives == []


def test_alternatives_about_one_value_are_a_list_of_values():
    query = either(("name", "eq", ("a",)), ("name", "in", ("b", "a")))

    assert query.required == [Condition("name", "in", ("a", "b"))]
    assert query.alternatives == []


def test_other_alternatives_stay_what_they_are():
    for query in (
        either(("name", "eq", ("a",)), ("owner", "eq", ("a",))),
        either(("name", "eq", ("a",)), ("name", "neq", ("b",))),
        either(("labels", "eq", ("a",), "k"), ("labels", "eq", ("a",), "l")),
        either(("tags", "all", ("a",)), ("tags", "all", ("b",))),
    ):
        assert query.required == []
        assert query.alternatives == list(query.conditions)
