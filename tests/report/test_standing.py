from datetime import UTC, datetime, timedelta

import pytest

from newsletter.ledger.progress import Progress
from newsletter.ledger.run import RunState
from newsletter.ledger.states import State
from newsletter.pace.eta import NOTHING_KNOWN, OF_LATE, Eta
from newsletter.report.standing import in_a_line, in_a_word, in_tens

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)


def seen(state: RunState, per_second: float = 0, **copies: int) -> Progress:
    return Progress(1, state, {State(name): count for name, count in copies.items()}, {}, per_second)


def over(why: str = OF_LATE, **after: float) -> Eta:
    return Eta(NOW + timedelta(**after), why)


@pytest.mark.parametrize(
    ("run", "ahead", "line"),
    [
        (seen(RunState.SCHEDULED), None, ""),
        (seen(RunState.SENDING), None, "Nobody was to get a copy when it started."),
        (seen(RunState.SENDING, accepted=61, waiting=39), Eta(None, NOTHING_KNOWN), "61 %"),
        (seen(RunState.SENDING, 310, accepted=61, waiting=39), over(minutes=4),
         "61 %, about 4 minutes left at 310 a second"),
        (seen(RunState.SENDING, 5, accepted=1, waiting=99), over("quiet hours", hours=3),
         "1 %, about 3 hours left at 5 a second, held back by quiet hours"),
        (seen(RunState.SENDING, 5, accepted=99, waiting=1), over(seconds=0.4),
         "99 %, about 1 second left at 5 a second"),
        (seen(RunState.SENDING, 0.2, accepted=1, waiting=1), over("the warm-up of the relay", days=3),
         "50 %, about 3 days left at 0.2 a second, held back by the warm-up of the relay"),
        (seen(RunState.SENDING, 9, accepted=1_999, deferred=1), over(hours=1), "99 %, 1 copy to be tried again"),
        (seen(RunState.PAUSED, accepted=1, waiting=1_200), None, "0 %, 1,200 copies still to go"),
        (seen(RunState.FINISHED, accepted=3, refused=1), None, "3 of 4 copies accepted"),
        (seen(RunState.CANCELLED, accepted=0, cancelled=1), None, "0 of 1 copy accepted"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_a_run_stands_in_one_line(run: Progress, ahead: Eta | None, line: str) -> None:
    assert in_a_line(run, ahead, NOW) == line


@pytest.mark.parametrize("state", RunState)
def test_every_state_has_a_word(state: RunState) -> None:
    assert in_a_word(state) == state.value.capitalize()


def test_only_every_tenth_per_cent_is_spoken() -> None:
    spoken = {in_tens(seen(RunState.SENDING, accepted=n, waiting=100 - n)) for n in range(60, 70)}
    assert spoken == {"Sending, 60 %"}
    assert in_tens(seen(RunState.FINISHED, accepted=9)) == "Finished"
