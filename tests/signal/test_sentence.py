from datetime import UTC, date, datetime

import pytest

from newsletter.question.reasons import Fate, Reason
from newsletter.signal.kinds import KINDS, Kind
from newsletter.signal.rules import NOTHING_KNOWN, State, Weighed
from newsletter.signal.sentence import NOTHING_TOLD, Voice, observation, sentence

DAY = date(2026, 11, 21)
SINCE = datetime(2026, 11, 21, tzinfo=UTC)


def voice(says: State | None, detail: str = "", kind: Kind = Kind.OPT_OUT_ANSWER, **more: object) -> Voice:
    known = {"id": 1, "who": "Nora Frost", "on": DAY, "bulletin": "TB-2026-014", **more}
    return Voice(kind=kind, says=says, detail=detail, **known)  # type: ignore[arg-type] # a table of cases


def told(state: State, detail: str = "") -> str:
    return sentence(Weighed(state, 0.9, SINCE, (1,), ()), [voice(state, detail)])


@pytest.mark.parametrize(
    ("state", "detail", "expected"),
    [
        pytest.param(State.BACKUP, "backup", "In use as back-up: ", id="back-up"),
        pytest.param(State.IN_USE, "in_use", "In use: ", id="in use"),
        pytest.param(State.IN_USE, Reason.USED_OWN_SERVICE, "In use, looked after by their own people: ", id="own"),
        pytest.param(State.IN_USE, Reason.USED_OTHER_SERVICE, "In use, serviced by another company: ", id="other"),
        pytest.param(State.NOT_IN_USE, Reason.NOT_USED, "No longer in use: ", id="gone"),
        pytest.param(State.NOT_IN_USE, Fate.SCRAPPED, "No longer in use, scrapped: ", id="scrapped"),
        pytest.param(State.NOT_IN_USE, Fate.STORED, "No longer in use, in storage: ", id="stored"),
    ],
)
def test_a_verdict_says_who_told_us_when_and_how(state: State, detail: str, expected: str) -> None:
    assert told(state, detail) == expected + "said by Nora Frost on 21 November 2026, when leaving TB-2026-014."


@pytest.mark.parametrize("fate", Fate)
def test_every_fate_has_words(fate: Fate) -> None:
    assert told(State.NOT_IN_USE, fate) != told(State.NOT_IN_USE)


def test_a_job_that_was_done_is_no_leaving() -> None:
    done = voice(State.IN_USE, "done", Kind.ACKNOWLEDGEMENT)
    assert sentence(Weighed(State.IN_USE, 0.9, SINCE, (1,), ()), [done]) == (
        "In use: said by Nora Frost on 21 November 2026, after doing what TB-2026-014 advises."
    )


def test_without_evidence_nobody_has_told_us() -> None:
    assert sentence(NOTHING_KNOWN, []) == NOTHING_TOLD


SILENT = [
    pytest.param(voice(None, "page", Kind.OPT_OUT), "and said nothing about the machine", id="left without a word"),
    pytest.param(voice(None, "too_many"), "because of too many mails", id="too many mails"),
    pytest.param(voice(None, "too_busy"), "because of too little time at the moment", id="busy"),
    pytest.param(voice(None, "not_my_machine"), "mails about machines that are not theirs", id="other machines"),
    pytest.param(voice(None, "not_useful"), "because of mails that are not useful", id="not useful"),
    pytest.param(voice(None, "never_asked"), "because of mails never asked for", id="never asked"),
    pytest.param(voice(None, "other"), "because of another reason", id="something else"),
    pytest.param(voice(None, "not_used"), "did not say of which machine", id="a fitter of several accounts"),
    pytest.param(voice(None, "wrong_person", Kind.CONTACT_LEFT), "not the right person", id="wrong person"),
    pytest.param(voice(State.UNKNOWN), "did not say of which machine", id="does not know"),
]


@pytest.mark.parametrize(("heard", "expected"), SILENT)
def test_who_says_nothing_of_the_machine_never_reads_as_lost(heard: Voice, expected: str) -> None:
    said = sentence(NOTHING_KNOWN, [heard])
    assert said.startswith("We do not know: ")
    assert expected in said
    assert "no longer in use" not in said.lower()


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_of_observation_can_be_read(kind: Kind) -> None:
    silent, spoken = observation(voice(State.UNKNOWN, kind=kind)), observation(voice(State.IN_USE, kind=kind))
    assert silent.startswith("Nora Frost ")
    assert "21 November 2026" in silent
    assert spoken.startswith("In use: ")
    assert "21 November 2026" in spoken
    assert ("said by Nora Frost" in spoken) >= KINDS[kind].is_word


def test_what_was_seen_was_said_by_nobody() -> None:
    ordered = voice(State.IN_USE, kind=Kind.PARTS_ORDER, who="")
    weighed = Weighed(State.IN_USE, 0.9, SINCE, (1,), ())
    assert sentence(weighed, [ordered]) == "In use: parts were ordered on 21 November 2026."


def test_what_nobody_says_of_a_machine_reads_as_not_knowing() -> None:
    bounced = voice(None, kind=Kind.BOUNCE)
    assert sentence(NOTHING_KNOWN, [bounced]) == (
        "We do not know: Nora Frost could not be reached on 21 November 2026, which says nothing about the machine."
    )


def test_what_faded_is_no_verdict_but_is_told() -> None:
    weighed = Weighed(State.UNKNOWN, 0.7, None, (1,), ())
    assert sentence(weighed, [voice(State.IN_USE)]) == (
        "We do not know any more: “in use”, said by Nora Frost on 21 November 2026, when leaving TB-2026-014, "
        "but that is too long ago or too little to count on."
    )


def test_who_contradict_each_other_are_both_quoted() -> None:
    weighed = Weighed(State.UNKNOWN, 0.5, None, (2, 1), ())
    heard = [
        voice(State.IN_USE, on=date(2026, 1, 2)),
        voice(State.NOT_IN_USE, "scrapped", id=2, who="Omar Haddad"),
    ]
    said = sentence(weighed, heard)
    assert said.index("“no longer in use, scrapped”, said by Omar Haddad") < said.index("“in use”, said by Nora Frost")
    assert said.startswith("We do not know, because we were told both: ")


def test_an_account_of_which_one_machine_is_gone_is_not_gone() -> None:
    gone = Weighed(State.NOT_IN_USE, 0.03, SINCE, (1,), ())
    unknown = Weighed(State.UNKNOWN, 0.5, None, (1,), ())
    heard = [voice(State.NOT_IN_USE, "scrapped", serial="A1")]
    assert sentence(unknown, heard, [gone, NOTHING_KNOWN, NOTHING_KNOWN]) == (
        "We do not know of all 3 machines: 1 is no longer in use, "
        "said by Nora Frost on 21 November 2026, when leaving TB-2026-014."
    )


def test_words_about_two_machines_do_not_contradict_each_other() -> None:
    weighed = Weighed(State.UNKNOWN, 0.5, None, (2, 1), ())
    heard = [voice(State.IN_USE, serial="A1"), voice(State.NOT_IN_USE, id=2, serial="A2")]
    assert "told both" not in sentence(weighed, heard)


def test_who_was_forgotten_since_is_somebody() -> None:
    assert "said by somebody on" in sentence(Weighed(State.IN_USE, 0.9, SINCE, (1,), ()), [voice(State.IN_USE, who="")])
    assert "when leaving our bulletins" in observation(voice(State.IN_USE, bulletin=""))
