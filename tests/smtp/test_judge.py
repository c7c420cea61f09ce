"""The table from stage and answer to outcome, walked whole."""

from itertools import product

import pytest

from newsletter.smtp.outcome import Cause, Kind, Outcome, Silence, Stage, judge
from newsletter.smtp.reply import Reply

GARBAGE = Reply(0, None, "no reply code: ?")
ANSWERS = {
    "2": Reply(250, None, ""),
    "3": Reply(354, None, ""),
    "4": Reply(450, None, ""),
    "5": Reply(550, None, ""),
    "lost": Silence.LOST,
    "late": Silence.TIMEOUT,
    "garbage": GARBAGE,
}
# One word a cell: passed, or kind/cause/usable(+) or closed(-), for 2 3 4 5 lost late garbage.
NOWHERE = "unsent/connection- unsent/timeout- unsent/protocol-"
OUT_OF_PLACE = "unsent/protocol-"
TABLE = {
    Stage.CONNECT: f"passed {OUT_OF_PLACE} unsent/greeting- unsent/greeting- {NOWHERE}",
    Stage.EHLO: f"passed {OUT_OF_PLACE} unsent/greeting- unsent/greeting- {NOWHERE}",
    Stage.STARTTLS: f"passed {OUT_OF_PLACE} unsent/tls- unsent/tls- {NOWHERE}",
    Stage.AUTH: f"passed passed unsent/auth- unsent/auth- {NOWHERE}",
    Stage.RSET: f"passed {OUT_OF_PLACE} unsent/protocol- unsent/protocol- {NOWHERE}",
    Stage.MAIL: f"passed {OUT_OF_PLACE} deferred/sender+ refused/sender+ {NOWHERE}",
    Stage.RCPT: f"passed {OUT_OF_PLACE} deferred/recipient+ refused/recipient+ {NOWHERE}",
    Stage.DATA: f"{OUT_OF_PLACE} passed deferred/content+ refused/content+ {NOWHERE}",
    Stage.CHUNK: f"passed {OUT_OF_PLACE} deferred/content+ refused/content+ {NOWHERE}",
    Stage.BODY: "accepted/none+ in doubt/protocol- deferred/content+ refused/content+ "
    "in doubt/connection- in doubt/timeout- in doubt/protocol-",
}


def shown(outcome: Outcome | None) -> str:
    return f"{outcome.kind}/{outcome.cause}{'+' if outcome.usable else '-'}" if outcome else "passed"


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_judges_every_answer(stage: Stage) -> None:
    row = " ".join(shown(judge(stage, heard)).replace("in doubt", "in_doubt") for heard in ANSWERS.values())
    assert row == TABLE[stage].replace("in doubt", "in_doubt")


def reply(code: int, status: str | None = None) -> Reply:
    return Reply(code, status, "the text decides nothing: 550 5.7.1 blocked, 250 ok")


@pytest.mark.parametrize(
    ("stage", "heard", "expected"),
    [
        pytest.param(Stage.RCPT, reply(452), "deferred/limit+", id="row 7: 452 at RCPT is temporary"),
        pytest.param(Stage.RCPT, reply(552), "deferred/limit+", id="row 7: 552 at RCPT is temporary"),
        pytest.param(Stage.RCPT, reply(552, "5.5.3"), "deferred/limit+", id="row 7: 552 5.5.3 at RCPT too"),
        pytest.param(Stage.MAIL, reply(552), "refused/size+", id="row 7: 552 at MAIL is the size"),
        pytest.param(Stage.BODY, reply(552, "5.3.4"), "refused/size+", id="row 7: 552 at the end is the size"),
        pytest.param(Stage.BODY, reply(552, "5.2.2"), "refused/recipient+", id="a full mailbox is no size"),
        pytest.param(Stage.MAIL, reply(452, "4.3.1"), "deferred/limit+", id="no room for more now"),
        pytest.param(Stage.MAIL, reply(530, "5.7.0"), "unsent/auth-", id="row 7: login wanted"),
        pytest.param(Stage.RCPT, reply(535, "5.7.8"), "unsent/auth-", id="row 7: login wrong burns nobody"),
        pytest.param(Stage.AUTH, reply(454), "unsent/auth-", id="row 7: login away"),
        pytest.param(Stage.RCPT, reply(421), "deferred/connection-", id="row 4: 421 at RCPT"),
        pytest.param(Stage.BODY, reply(421, "4.7.28"), "deferred/policy-", id="row 4: 421 as policy still closes"),
        pytest.param(Stage.RCPT, reply(550, "5.7.1"), "refused/policy+", id="row 53: policy is not the person"),
        pytest.param(Stage.RCPT, reply(452, "4.7.1"), "deferred/policy+", id="row 53: a rate of theirs"),
        pytest.param(Stage.BODY, reply(550, "5.1.1"), "refused/recipient+", id="unknown user said late"),
        pytest.param(Stage.MAIL, reply(550, "5.1.0"), "refused/sender+", id="at MAIL an address is the sender's"),
        pytest.param(Stage.RCPT, reply(550, "5.1.8"), "refused/sender+", id="the sender's domain, said at RCPT"),
        pytest.param(Stage.RCPT, reply(553, "5.6.7"), "refused/smtputf8+", id="SMTPUTF8 needed further on"),
        pytest.param(Stage.BODY, reply(554, "5.6.0"), "refused/content+", id="the content"),
        pytest.param(Stage.RCPT, reply(503), "deferred/protocol+", id="a command out of order is not the person"),
        pytest.param(Stage.RCPT, reply(550, "4.1.1"), "refused/recipient+", id="the code's digit outranks the status"),
        pytest.param(Stage.RCPT, reply(251), "passed", id="will forward"),
    ],
)
def test_code_and_status_refine_the_cause(stage: Stage, heard: Reply, expected: str) -> None:
    assert shown(judge(stage, heard)) == expected


@pytest.mark.parametrize("stage", Stage)
def test_row_4_a_421_closes_the_connection_and_is_never_final(stage: Stage) -> None:
    outcome = judge(stage, reply(421))
    assert outcome is not None
    assert not outcome.usable
    assert outcome.kind in {Kind.DEFERRED, Kind.UNSENT}


def test_nobody_is_blamed_before_an_envelope_is_spoken_of() -> None:
    session = [Stage.CONNECT, Stage.EHLO, Stage.STARTTLS, Stage.AUTH, Stage.RSET]
    for stage, code in product(session, range(200, 600)):
        outcome = judge(stage, reply(code))
        assert outcome is None or outcome.kind is Kind.UNSENT


def test_only_the_end_of_a_message_accepts_or_leaves_in_doubt() -> None:
    for stage, heard in product(set(Stage) - {Stage.BODY}, [*ANSWERS.values(), *map(reply, range(200, 600))]):
        outcome = judge(stage, heard)
        assert outcome is None or outcome.kind not in {Kind.ACCEPTED, Kind.IN_DOUBT}


def test_the_server_s_words_are_kept() -> None:
    heard = Reply(550, "5.1.1", "No such user")
    assert judge(Stage.RCPT, heard) == Outcome(Kind.REFUSED, Cause.RECIPIENT, heard, usable=True)
