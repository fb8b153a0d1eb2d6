"""What a process has of a bucket: a few requests ahead, and the knowledge that it is empty."""

import logging
from dataclasses import replace

import pytest

from artifacts.caller import Caller
from artifacts.db.buckets import Rate, Taken
from artifacts.db.tables import buckets as table
from artifacts.errors import DatabaseUnavailable, TooManyRequests
from artifacts.policy import Policy
from artifacts.service import buckets
from artifacts.service.buckets import LIFE, Buckets, Share


class Hand:
    """A clock that tests move, and a bucket that notes how many it is asked for."""

    def __init__(self, *answers):
        self.now = 100.0
        self.asked = []
        self.answers = list(answers)

    def clock(self):
        return self.now

    def refill(self, most):
        self.asked.append(most)
        answer = self.answers.pop(0) if self.answers else Taken(most)
        if isinstance(answer, Exception):
            raise answer
        return answer


def share_of(hand, burst=100):
    return Share(Rate(10, burst), hand.clock)


def test_a_busy_caller_costs_fewer_statements_than_requests():
    hand = Hand()
    share = share_of(hand)

    assert [share.take(hand.refill) for _ in range(55)] == [0.0] * 55
    assert hand.asked == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]


def test_no_more_than_a_share_of_a_full_bucket_is_taken_ahead():
    hand = Hand()
    share = share_of(hand, burst=30)
    for _ in range(12):
        share.take(hand.refill)

    assert hand.asked == [1, 2, 3, 3, 3]


def test_what_was_taken_ahead_is_soon_void():
    hand = Hand()
    share = share_of(hand)
    for _ in range(2):
        share.take(hand.refill)
    hand.now += LIFE
    share.take(hand.refill)

    assert hand.asked == [1, 2, 1]


def test_a_caller_that_is_in_no_hurry_takes_no_more_ahead():
    hand = Hand()
    share = share_of(hand)
    for _ in range(4):
        share.take(hand.refill)
        hand.now += 0.6 * LIFE

    assert hand.asked == [1, 1, 1, 1]


def test_an_empty_bucket_is_not_asked_again_before_there_can_be_one():
    hand = Hand(Taken(0, wait=3.0))
    share = share_of(hand)

    assert share.take(hand.refill) == 3.0
    hand.now += 2.5
    assert [share.take(hand.refill) for _ in range(1000)] == [0.5] * 1000
    assert len(hand.asked) == 1
    hand.now += 0.5
    assert share.take(hand.refill) == 0.0


def test_a_bucket_that_gives_less_is_asked_for_less():
    hand = Hand(Taken(1), Taken(2), Taken(3), Taken(1))
    share = share_of(hand)
    for _ in range(8):
        share.take(hand.refill)

    assert hand.asked == [1, 2, 3, 4, 2]


def test_who_waited_for_a_thread_that_failed_does_not_wait_as_long_again():
    hand = Hand(DatabaseUnavailable("first"))
    share = share_of(hand)
    calls = []

    def refill(most):
        hand.now += 30  # while others wait for the lock
        calls.append(most)
        return hand.refill(most)

    times = iter([0.0, 0.0, 30.0, 1.0, 30.0])  # of one that fails, and of one that waited
    share._clock = lambda: next(times)
    with pytest.raises(DatabaseUnavailable, match="first"):
        share.take(refill)
    with pytest.raises(DatabaseUnavailable, match="does not answer"):
        share.take(refill)
    share._clock = lambda: 31.0

    assert share.take(refill) == 0.0
    assert len(calls) == 2


@pytest.fixture
def limited(deployment):
    """Buckets of two requests that do not fill while a test runs."""
    return Buckets(deployment.parts.database, Policy(), Rate(0.001, burst=2))


def admitted(limited, caller, of=4):
    count = 0
    for _ in range(of):
        try:
            limited.take(caller)
            count += 1
        except TooManyRequests:
            pass
    return count


def test_each_project_has_a_bucket_and_so_has_who_acts_for_none(limited, deployment, caller):
    nobody = Caller(None, None, read_only=True)
    reader = Caller("auditor", None, frozenset({"reader"}), system_scope="all")
    callers = [caller, replace(caller, project="elsewhere"), nobody, reader]

    assert [admitted(limited, each) for each in callers] == [2, 2, 2, 2]
    assert admitted(limited, replace(caller, user="another of the project")) == 0
    assert sorted(row.whose for row in deployment.rows(table)) == [
        "anonymous",
        "project:elsewhere",
        "project:project",
        "user:auditor",
    ]


def test_whom_the_rule_names_is_not_limited(limited, deployment, admin, caller):
    nova = replace(caller, roles=frozenset({"service"}))

    assert [admitted(limited, each) for each in (admin, nova)] == [4, 4]
    assert deployment.rows(table) == []


def test_the_refusal_names_the_limit_and_the_wait(limited, caller, caplog):
    caplog.set_level(logging.INFO)
    admitted(limited, caller, of=2)
    for _ in range(3):
        with pytest.raises(TooManyRequests) as refused:
            limited.take(caller)

    assert 900 < refused.value.wait <= 1000
    assert str(refused.value).startswith(
        "requests: there may be 0.001 a second and 2 at once; the next may be sent in "
    )
    told = [record for record in caplog.records if "rate limit" in record.message]
    assert [record.message for record in told] == [
        "rate limit: project:project sends more requests than 0.001 a second"
    ]


def test_what_a_process_remembers_is_bounded(limited, caller, monkeypatch):
    monkeypatch.setattr(buckets, "MOST_KEPT", 3)
    for number in range(5):
        assert admitted(limited, replace(caller, project=f"p{number}")) == 2

    assert len(limited._kept) == 3
    assert admitted(limited, replace(caller, project="p0")) == 0  # what was forgotten is in the row


def test_two_processes_let_in_what_one_would(deploy, caller, at_once):
    """Promise 11, D21: however many ask at once in however many processes."""
    rate = Rate(0.001, burst=30)
    both = [Buckets(deploy().parts.database, Policy(), rate) for _ in range(2)]
    answers = at_once([lambda each=each: admitted(each, caller, of=10) for each in both * 8])

    assert 15 <= sum(answers) <= 30  # where a thread stands still, what was taken ahead is void


def test_scrub_forgets_full_buckets(deployment, limited, caller):
    admitted(limited, caller)
    old = table.update().values(full_at=0)
    deployment.parts.database.write(lambda tx: tx.buckets._connection.execute(old))
    deployment.parts.scrub.run()

    assert deployment.rows(table) == []
