from datetime import UTC, datetime, timedelta

import pytest

from newsletter.signal.calibration import FEWEST, OLD, Share, answers, bands, calibrated, wilson
from newsletter.signal.kinds import Kind
from newsletter.signal.rules import Observed, State
from tests.signal.worlds import AS_OF, WORLDS, Maker

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def seen(id_: int, kind: Kind, days: float, says: State | None = None) -> Observed:
    return Observed(id_, kind, says, "", NOW - timedelta(days=days))


def test_an_answer_is_counted_by_age_and_silence_as_it_stood_before_it() -> None:
    told = [
        seen(1, Kind.INSTALLATION, 3000),
        seen(2, Kind.PARTS_ORDER, 1500),
        seen(3, Kind.HUMAN_CLICK, 1000),
        seen(4, Kind.CHECK_IN_ANSWER, 400, State.BACKUP),
        seen(5, Kind.CHECK_IN_ANSWER, 200, State.UNKNOWN),
        seen(6, Kind.CHECK_IN_ANSWER, 100, State.NOT_IN_USE),
        seen(7, Kind.CHECK_IN_ANSWER, -100, State.IN_USE),
    ]
    first, second = answers(told, NOW, model="Falcon 3")
    assert (first.used, first.age, first.silent) == (True, pytest.approx(7.12, abs=0.01), pytest.approx(3.01, abs=0.01))
    assert (second.used, second.silent) == (False, pytest.approx(0.82, abs=0.01))
    assert 0.5 < first.predicted < second.predicted < 1
    shares = calibrated([first, second]).silent
    assert shares["Falcon 3", "5 to 10", "2 to 4"] == shares["", "5 to 10", "2 to 4"] == Share(1, 1)
    assert shares["", "5 to 10", "under 1"] == Share(0, 1)


def test_below_a_minimum_there_is_a_number_of_answers_and_no_share() -> None:
    assert not Share(5, FEWEST - 1).is_enough
    assert Share(5, FEWEST).is_enough


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_of_nothing_anything_may_be() -> None:
    assert wilson(0, 0) == (0.0, 1.0)


def test_predicted_stands_beside_observed() -> None:
    units = Maker(WORLDS["everybody answers"], 3).units(120)
    found = [answer for unit in units for answer in answers(unit.evidence, AS_OF)]
    calibration = calibrated(iter(found))
    tenths = list(calibration.tenths.values())
    assert calibration.answers == len(found)
    assert all(tenth == int(one.predicted * 10) for tenth, one in calibration.tenths.items())
    assert sum(tenth.observed.answers for tenth in tenths) == len(found)
    assert [tenth.predicted for tenth in tenths] == sorted(tenth.predicted for tenth in tenths)
    surest = tenths[-1]
    assert surest.observed.is_enough
    assert surest.observed.used / surest.observed.answers > 0.8


def test_bands_are_told_in_their_order() -> None:
    assert bands(OLD) == ("under 5", "5 to 10", "10 to 20", "20 and more", "not known")
