"""Issue 5: the verdict in made-up worlds whose rates nobody told it. `bin/bench signal` prints all of them, larger."""

import pytest

from newsletter.signal.learn import FEWEST, learned
from newsletter.signal.rates import RATES
from newsletter.signal.rules import RULES, Rules
from tests.bench.signal import figures
from tests.signal.worlds import AS_OF, WORLDS, Maker, Unit

ACCOUNTS = 220


def made(name: str) -> list[Unit]:
    return Maker(WORLDS[name], 7).units(ACCOUNTS)


@pytest.mark.parametrize(
    "name",
    [
        "usual",
        "machines end early",
        "machines last",
        "mostly silent",
        "many scanners",
        "many lies",
        "people leave",
        "many back-ups",
        "half report themselves",
    ],
)
def test_it_is_right_where_others_guess(name: str) -> None:
    units = made(name)
    rates = learned([unit.evidence for unit in units], AS_OF).rates
    found = figures(units, Rules(rates=rates))
    assert found.ours <= 0.55 * found.year
    assert found.ours < found.fading
    assert found.gone_wrongly <= 0.02
    assert found.error < 0.09  # of 400 machines; chance alone makes 0.04


def test_the_rates_are_learned_from_the_answers_in_whatever_order_they_come() -> None:
    early, lasting = (
        learned([u.evidence for u in made(name)], AS_OF) for name in ("machines end early", "machines last")
    )
    assert early.rates.ends > RATES.ends > lasting.rates.ends
    assert early.answers >= FEWEST
    turned = [unit.evidence[::-1] for unit in reversed(made("machines last"))]
    assert learned(turned, AS_OF) == lasting


def test_how_often_answers_are_wrong_is_learned_where_later_signs_prove_it() -> None:
    lies, usual = (learned([u.evidence for u in made(name)], AS_OF) for name in ("many lies", "everybody answers"))
    assert lies.rates.mistaken > usual.rates.mistaken


def test_few_answers_teach_nothing() -> None:
    units = made("nobody answers")
    found = learned([unit.evidence for unit in units], AS_OF)
    assert (found.rates, found.answers) == (RULES.rates, 0)


def test_no_answer_of_a_later_day_is_looked_at() -> None:
    units = made("usual")[:150]
    then = AS_OF.replace(year=AS_OF.year - 2)
    past = [[e for e in unit.evidence if e.observed_at <= then] for unit in units]
    assert learned([unit.evidence for unit in units], then) == learned(past, then)
