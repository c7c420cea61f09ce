"""What each answer opens, for whom and by when; and which of several rules decides."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.followup.built_in import BUILT_IN
from newsletter.followup.causes import IN_WORDS, Cause, cause_of
from newsletter.followup.rules import Rule, Situation, Team, decide, due_on, fits

PLAIN = Situation(Cause.BACKUP, frozenset({"VX-500"}), has_agreement=False, tier="B")
GENERAL = Rule(key="general", causes=frozenset({Cause.BACKUP}), team=Team.SERVICE, what="General.", due_in_days=5)


@pytest.mark.parametrize(
    ("cause", "has_agreement", "key", "team"),
    [
        (Cause.USED_OWN_SERVICE, False, "own_service", Team.SERVICE),
        (Cause.USED_OWN_SERVICE, True, "own_service_under_agreement", Team.SERVICE),
        (Cause.USED_OTHER_SERVICE, False, "other_service", Team.SERVICE),
        (Cause.USED_OTHER_SERVICE, True, "other_service_under_agreement", Team.SERVICE),
        (Cause.BACKUP, False, "backup", Team.SERVICE),
        (Cause.NOT_USED, False, "gone", Team.SERVICE),
        (Cause.SOLD, False, "sold", Team.SERVICE),
        (Cause.REPLACED, False, "next_machine", Team.SALES),
        (Cause.SCRAPPED, True, "next_machine", Team.SALES),
        (Cause.STORED, False, "stored", Team.SALES),
        (Cause.WRONG_PERSON, False, "wrong_person", Team.SERVICE),
        (Cause.NOT_MY_MACHINE, False, "not_my_machine", Team.SERVICE),
        (Cause.TOO_MANY, False, "only_mail", Team.NOBODY),
        (Cause.NEVER_ASKED, True, "only_mail", Team.NOBODY),
        (Cause.OTHER, False, "something_else", Team.SERVICE),
        (Cause.COMPETITOR, False, "looking_around", Team.SALES),
        (Cause.LOOKING_AROUND, False, "looking_around", Team.SALES),
        (Cause.COMPLICATED, False, "complicated", Team.SERVICE),
        (Cause.TRADE_IN, False, "wants_machine", Team.SALES),
        (Cause.WORKSHOP, False, "wants_service", Team.SERVICE),
        (Cause.AGREEMENT_ENDING, True, "agreement_ending", Team.SERVICE),
        (Cause.LAST_BOUNCE, False, "last_bounce", Team.SERVICE),
    ],
)
def test_the_built_in_rules(cause: Cause, has_agreement: bool, key: str, team: Team) -> None:  # noqa: FBT001 - a case
    rule = decide(BUILT_IN, replace(PLAIN, cause=cause, has_agreement=has_agreement))
    assert rule is not None
    assert (rule.key, rule.team) == (key, team)


def test_every_cause_has_a_rule_and_words() -> None:
    assert {cause for rule in BUILT_IN for cause in rule.causes} == set(Cause) == set(IN_WORDS)
    assert len({rule.key for rule in BUILT_IN}) == len(BUILT_IN)


@pytest.mark.parametrize(
    ("kind", "says", "detail", "cause"),
    [
        ("opt_out_answer", "in_use", "used_own_service", Cause.USED_OWN_SERVICE),
        ("opt_out_answer", None, "used_own_service", None),  # at several accounts: nobody knows at which
        ("opt_out_answer", "not_in_use", "scrapped", Cause.SCRAPPED),
        ("opt_out_answer", "not_in_use", "gone", Cause.NOT_USED),
        ("opt_out_answer", "in_use", "in_use", None),
        ("opt_out_answer", None, "too_many", Cause.TOO_MANY),
        ("check_in_answer", "backup", "backup", Cause.BACKUP),
        ("heartbeat", "not_in_use", "sold", Cause.SOLD),
        ("contact_left", None, "left_firm", Cause.WRONG_PERSON),
        ("bounce", None, "5.1.1", Cause.LAST_BOUNCE),
        ("pulse", "in_use", "looking_around", Cause.LOOKING_AROUND),
        ("pulse", "unknown", "competitor", Cause.COMPETITOR),
        ("pulse", "in_use", "content", None),
        ("reply", None, "", None),
        ("opt_out", None, "page", None),
        ("opt_out", None, "restored", None),
        ("machine_click", None, "sold", None),
        ("telemetry", "in_use", "", None),
        ("a kind of later", None, "nonsense", None),
    ],
)
def test_what_a_piece_of_evidence_may_open(kind: str, says: str | None, detail: str, cause: Cause | None) -> None:
    assert cause_of(kind, says, detail) is cause


@pytest.mark.parametrize(
    ("rule", "is_meant"),
    [
        (GENERAL, True),
        (replace(GENERAL, causes=frozenset({Cause.SOLD})), False),
        (replace(GENERAL, products=frozenset({"VX-500", "CT-7"})), True),
        (replace(GENERAL, products=frozenset({"CT-7"})), False),
        (replace(GENERAL, agreement=False), True),
        (replace(GENERAL, agreement=True), False),
        (replace(GENERAL, tiers=frozenset({"A", "B"})), True),
        (replace(GENERAL, tiers=frozenset({"A"})), False),
    ],
)
def test_a_rule_fits_where_each_of_its_conditions_does(rule: Rule, is_meant: bool) -> None:  # noqa: FBT001 - a case
    assert fits(rule, PLAIN) is is_meant


def test_the_most_exact_rule_decides_and_of_two_alike_that_of_staff() -> None:
    exact = replace(GENERAL, key="exact", tiers=frozenset({"B"}), team=Team.NOBODY)
    staffs = replace(GENERAL, key="a", version=3)
    assert decide([GENERAL, exact, staffs], PLAIN) == exact
    assert decide([GENERAL, staffs], PLAIN) == staffs
    assert decide([], PLAIN) is None


@given(st.permutations(BUILT_IN), st.sampled_from(Cause), st.booleans(), st.sampled_from(["", "A", "B"]))
def test_the_order_of_the_rules_does_not_matter(
    rules: list[Rule],
    cause: Cause,
    has_agreement: bool,  # noqa: FBT001 - drawn
    tier: str,
) -> None:
    situation = Situation(cause, frozenset(), has_agreement, tier)
    assert decide(rules, situation) == decide(BUILT_IN, situation)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 365))
def test_nothing_is_due_on_a_weekend_nor_early_nor_more_than_two_days_late(today: date, days: int) -> None:
    due = due_on(today, days)
    assert due.weekday() < 5
    assert 0 <= (due - today).days - days <= 2
