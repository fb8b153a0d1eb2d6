"""Every call to the database and the stores, in every operation, goes wrong once in every way.

It fails before it took effect; it takes effect and its answer is lost; the process is killed at
it. Behind each point the repaired audit finds nothing, usage is what the rows add up to, every
blob that was answered reads back byte for byte, nothing took effect by half, and trying again
succeeds. The points are found by running the operations, and are in no list.
"""

import os
import random
from collections import Counter

import pytest
from injection.calls import Mode
from injection.operations import OPERATIONS

from artifacts.db.revisions import Revisions

SHARES = 4  # of the sample, for the processes that run tests at once
SAMPLE = 100
SEED = int(os.environ.get("ARTIFACTS_TEST_SEED", "5"))
FEWEST = 500


@pytest.mark.parametrize("share", range(SHARES))
def test_a_sample_of_all_points_loses_and_leaks_nothing(runs, note, share):
    """D14, D31, promise 3."""
    runs.missed = 0
    recordings = [runs.record(name) for name in sorted(OPERATIONS)[share::SHARES]]
    points = [(point, each) for each in recordings for point in each.points]
    sample = random.Random(SEED + share).sample(points, SAMPLE // SHARES)
    problems = [problem for each in sample for problem in runs.problems(*each)]
    note(f"faults, {share + 1} of {SHARES}: {len(sample)} of {len(points)} points, seed {SEED}")

    assert problems == []
    assert len(points) > FEWEST / SHARES
    assert runs.missed <= len(sample) / 10


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_point_of_an_operation_loses_and_leaks_nothing(runs, note, name):
    """D14, D31, promise 3."""
    runs.missed = 0
    recording = runs.record(name)
    problems = [each for point in recording.points for each in runs.problems(point, recording)]
    modes = Counter(str(point.mode) for point in recording.points)
    told = ", ".join(f"{modes[mode]} {mode}" for mode in Mode)
    note(f"faults: {len(recording.points):4} points of {name}: {told}; {runs.missed} missed")

    assert problems == []
    assert runs.missed <= len(recording.points) / 10


def test_a_fault_that_is_planted_is_found(runs, monkeypatch):
    """One that only a crash shows: what belongs into one transaction is written in two."""
    add = Revisions.add

    def add_later(self, *told, **named):
        self._connection.commit()
        self._connection.execution_options(writing=True)
        add(self, *told, **named)

    monkeypatch.setattr(Revisions, "add", add_later)
    recording = runs.record("change")
    points = [each for each in recording.points if each.mode is Mode.BEFORE]
    problems = [each for point in points for each in runs.problems(point, recording)]

    assert [each for each in problems if "took effect by half" in each]
