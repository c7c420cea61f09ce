"""A definition is read strictly, and said in words."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import Refused
from newsletter.segment.definition import About, Condition, Definition, Group, How, Join, Node, Not
from newsletter.segment.reading import DEEPEST, LONGEST, MOST_CONDITIONS, MOST_VALUES, as_json, checked, read_definition
from newsletter.segment.wording import Names, in_words
from tests.segment.told import agreement, all_, any_, bulletin, country, language, model

WHOLE = Definition(
    all_(model("VX-500"), Not(any_(agreement(How.ENDS, 3), language("de"))), bulletin(How.CLICKED, "TB-1")),
    (country("JP"), Condition(About.SERIALS, ("A1-A9",))),
)


def test_what_was_written_is_read_again() -> None:
    assert read_definition(as_json(WHOLE)) == WHOLE


def deep(levels: int) -> Node:
    return Not(deep(levels - 1)) if levels > 1 else model("VX-500")


def who(**condition: object) -> str:
    return json.dumps({"who": condition})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "no JSON", id="nothing"),
        pytest.param("[" * 100_000, "no JSON", id="a tower of brackets"),
        pytest.param(" " * (LONGEST + 1), "too long", id="too long"),
        pytest.param("x" * 5_000_000, "too long", id="five megabytes"),
        pytest.param("[]", "whom it holds", id="a list"),
        pytest.param('{"without": []}', "whom it holds", id="nobody"),
        pytest.param('{"who": {"about": "model", "values": ["A"]}, "sql": "1"}', "whom it holds", id="something else"),
        pytest.param('{"who": {"about": "model", "about": "country"}}', "no JSON", id="twice"),
        pytest.param('{"who": {"about": "model", "values": ["A"]}, "without": {}}', "a list", id="without no list"),
        pytest.param('{"who": {}}', "cannot be read", id="empty"),
        pytest.param('{"who": 7}', "cannot be read", id="a number"),
        pytest.param('{"who": {"all": [], "any": []}}', "cannot be read", id="two groups in one"),
        pytest.param('{"who": {"all": {}}}', "must be a list", id="no list"),
        pytest.param('{"who": {"all": []}}', "no condition", id="an empty group is not everybody"),
        pytest.param(who(about="shoe size", values=["44"]), "no condition 'shoe size'", id="unknown condition"),
        pytest.param(who(about="model", values="VX"), "no list of words", id="values no list"),
        pytest.param(who(about="model", values=[1]), "no list of words", id="a number as value"),
        pytest.param(who(about="model"), "names nothing", id="no value"),
        pytest.param(who(about="model", values=["A"], how="older"), "how it is meant", id="a way that is another's"),
        pytest.param(who(about="model", values=["A"], how="x"), "cannot be read", id="unknown way"),
        pytest.param(who(about="model", values=["A"], sql="1=1"), "cannot be read", id="SQL"),
        pytest.param(who(about="model", values=["A"], months=3), "months", id="months of a model"),
        pytest.param(who(about="sign", how="older"), "months", id="no months"),
        pytest.param(who(about="sign", how="older", months=-1), "months", id="months below zero"),
        pytest.param(who(about="sign", how="older", months=10**9), "months", id="too many months"),
        pytest.param(who(about="sign", how="older", months=True), "cannot be read", id="yes is no number"),
        pytest.param(who(about="agreement", how="running", values=["x"]), "does not ask for", id="values of none"),
        pytest.param(who(about="agreement", values=[]), "how it is meant", id="agreement without a way"),
        pytest.param(who(about="verdict", values=["broken"]), "no verdict that we know", id="verdict"),
        pytest.param(who(about="reason", values=["because"]), "no reason that we know", id="reason"),
        pytest.param(who(about="country", values=["Japan"]), "no country that we know", id="country"),
        pytest.param(who(about="language", values=["German"]), "no language that we know", id="language"),
        pytest.param(who(about="model", values=["A\0B"]), "nothing the condition", id="NUL"),
        pytest.param(who(about="model", values=["A\u202eB"]), "nothing the condition", id="it turns the line"),
        pytest.param(who(about="model", values=["x" * 201]), "nothing the condition", id="a long value"),
        pytest.param(who(about="model", values=["A"] * (MOST_VALUES + 1)), "upload a list", id="too many values"),
        pytest.param(who(about="firmware", values=["4.2", "5"], how="below"), "several versions", id="two limits"),
        pytest.param(who(about="firmware", values=["--"], how="below"), "no firmware version", id="no version"),
        pytest.param(who(about="firmware", how="from"), "names nothing", id="no limit"),
        pytest.param(who(about="serials", values=["A9-A1"]), "from low to high", id="range backwards"),
        pytest.param(who(about="serials", values=["A1, A2"]), "no serial range", id="two ranges in one"),
        pytest.param(as_json(Definition(deep(DEEPEST + 1))), "too deep", id="too deep"),
        pytest.param(
            as_json(Definition(Group(Join.ANY, (model("A"),) * (MOST_CONDITIONS + 1)))), "At most 40", id="too many"
        ),
    ],
)
def test_nonsense_is_refused_with_a_sentence(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        read_definition(text)


def test_the_limits_themselves_are_allowed() -> None:
    assert read_definition(as_json(Definition(deep(DEEPEST))))
    assert checked(Definition(Group(Join.ANY, (model("A"),) * MOST_CONDITIONS)))


def test_firmware_that_cannot_be_compared_can_still_be_named() -> None:
    assert read_definition(who(about="firmware", values=["-"])).who == Condition(About.FIRMWARE, ("-",))


@given(st.text() | st.binary().map(lambda octets: octets.decode("latin-1")))
def test_whatever_is_read_is_a_definition_or_refused(text: str) -> None:
    try:
        definition = read_definition(text)
    except Refused as error:
        assert error.message.endswith((".", "?"))  # noqa: PT017 - any of them
    else:
        assert read_definition(as_json(definition)) == definition


NAMES = Names(
    topics={"safety": "Safety notices"},
    lists={"recall": "Recall 2026"},
    reasons={"backup": "It is only a back-up now"},
    country={"JP": "Japan", "DE": "Germany"}.__getitem__,
    language={"de": "German"}.__getitem__,
)


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (
            Definition(all_(model("VX-500"), agreement(How.NONE)), (country("JP"),)),
            "machines of model VX-500 and without a running agreement, but nobody in Japan",
        ),
        (
            Definition(all_(model("VX-500", "CT-7", "A"), Not(country("JP")))),
            "machines of model VX-500, CT-7 or A and not in Japan",
        ),
        (
            Definition(all_(language("de"), Not(country("DE", "JP")))),
            "people who read German and not in Germany or Japan",
        ),
        (
            Definition(all_(any_(model("A"), model("B")), Condition(About.VERDICT, ("in_use", "backup")))),
            "machines (of model A or of model B) and that are in use or back-up, as far as we know",
        ),
        (
            Definition(Not(all_(Condition(About.TOPIC, ("safety",)), Condition(About.REASON, ("backup",))))),
            "people not (who agreed to “Safety notices” and who gave the reason “It is only a back-up now”)",
        ),
        (
            Definition(
                bulletin(How.RECEIVED, "TB-1"), (Condition(About.SIGN, how=How.OLDER, months=1), agreement(How.RUNNING))
            ),
            (
                "people who received TB-1, but nobody with a machine with no sign of life for 1 month,"
                " but nobody with a machine with a running agreement"
            ),
        ),
        (
            Definition(
                all_(Condition(About.LIST, ("recall",)), agreement(How.ENDS, 6), Not(bulletin(How.CLICKED, "B")))
            ),
            (
                "machines on the list “Recall 2026” and whose agreement ends within 6 months and whose readers opened"
                " no link of B"
            ),
        ),
    ],
)
def test_a_definition_is_said_in_words(definition: Definition, words: str) -> None:
    assert in_words(definition, NAMES) == words
