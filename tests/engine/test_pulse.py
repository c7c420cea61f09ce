"""The pulse of timed work, with jobs that are slow, fail, or wait."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from newsletter.engine.pulse import Job, Pulse
from tests.engine.stage import wait_until


@contextmanager
def beating(*jobs: tuple[int, Job]) -> Iterator[None]:
    pulse = Pulse()
    pulse.start(jobs)
    try:
        yield
    finally:
        pulse.stop()


def test_a_job_runs_again_and_again_and_first_when_its_time_has_come() -> None:
    began, runs = time.monotonic(), []
    with beating((1, lambda: runs.append(time.monotonic() - began))):
        wait_until(lambda: len(runs) == 3, "it runs three times")
    assert [round(moment) for moment in runs] == [1, 2, 3]


def test_jobs_that_take_long_keep_no_other_from_its_time_and_never_run_twice_at_once() -> None:
    at_once, most, quick = [], [], []

    def slow() -> None:
        at_once.append(1)
        most.append(len(at_once))
        time.sleep(1.5)
        at_once.pop()

    def slow_too() -> None:
        time.sleep(3)

    with beating((1, slow), (1, slow_too), (1, lambda: quick.append(1))):
        wait_until(lambda: len(most) == 2, "the slow one runs twice")
        assert len(quick) >= 2
    assert set(most) == {1}


def test_a_job_that_fails_is_told_to_the_log_and_run_again(caplog: pytest.LogCaptureFixture) -> None:
    runs = []

    def failing() -> None:
        runs.append(1)
        raise ZeroDivisionError

    with beating((1, failing)):
        wait_until(lambda: len(runs) == 2, "it runs twice")
    assert "failing: a mistake of ours; the other jobs go on" in caplog.text


def test_who_stops_the_pulse_waits_for_the_job_that_runs_and_for_no_other() -> None:
    has_begun, done = threading.Event(), []

    def slow() -> None:
        has_begun.set()
        time.sleep(0.5)
        done.append(1)

    with beating((1, slow), (3600, lambda: done.append(2))):
        assert has_begun.wait(60)
    assert done == [1]
