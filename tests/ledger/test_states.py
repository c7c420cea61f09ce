from itertools import product

import pytest

from newsletter.ledger.states import OPEN, TABLE, Event, State, after, move

FINAL_WORDS = {Event.ACCEPT, Event.BOUNCE}


def test_every_event_in_every_state_is_decided() -> None:
    assert set(TABLE) == set(product(State, Event))


@pytest.mark.parametrize("event", Event)
def test_an_event_leads_to_one_state_from_wherever_it_counts(event: Event) -> None:
    target, origins = move(event)
    assert origins
    assert {state for state in State if after(state, event) != state} == origins
    assert {after(state, event) for state in origins} == {target}


@pytest.mark.parametrize("state", State)
def test_the_same_event_again_changes_nothing(state: State) -> None:
    assert all(after(after(state, event), event) == after(state, event) for event in Event)


@pytest.mark.parametrize("event", Event)
def test_an_acceptance_is_never_lost_but_to_a_bounce(event: Event) -> None:
    assert after(State.ACCEPTED, event) == (State.BOUNCED if event is Event.BOUNCE else State.ACCEPTED)


@pytest.mark.parametrize("state", State)
def test_an_acceptance_counts_whenever_it_comes(state: State) -> None:
    assert after(state, Event.ACCEPT) == (State.BOUNCED if state is State.BOUNCED else State.ACCEPTED)


def test_only_a_copy_that_waits_can_be_claimed() -> None:
    assert move(Event.CLAIM) == (State.CLAIMED, {State.WAITING, State.DEFERRED})


def test_only_a_claimed_copy_can_be_put_back() -> None:
    assert move(Event.RETURN) == (State.WAITING, {State.CLAIMED})


@pytest.mark.parametrize("state", [State.WITHHELD, State.CANCELLED])
def test_nothing_but_the_truth_about_the_wire_leads_out_of_withheld_and_cancelled(state: State) -> None:
    leading_out = {event for event in Event if after(state, event) != state}
    assert leading_out <= {Event.ACCEPT, Event.REFUSE, Event.LOSE, Event.BOUNCE}
    assert not {after(state, event) for event in leading_out} & OPEN


def test_a_copy_in_an_engines_hand_is_not_cancelled_under_it() -> None:
    assert after(State.CLAIMED, Event.CANCEL) is State.CLAIMED


def test_only_a_decision_opens_what_is_over() -> None:
    over = set(State) - OPEN
    opening = {event for state, event in product(over, Event) if after(state, event) in OPEN}
    assert opening == {Event.RESEND, Event.DEFER}
    assert {state for state in over if after(state, Event.DEFER) in OPEN} == {State.IN_DOUBT, State.HELD}
