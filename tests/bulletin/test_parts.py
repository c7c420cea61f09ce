"""Parts of a text that only some readers see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bulletin.condition import Condition, Kind
from newsletter.bulletin.for_whom import for_whom, for_whom_in_markdown
from newsletter.bulletin.parts import EVERYBODY, MOST, NONE, read_parts
from newsletter.bulletin.readings import MOST_SET, readings
from newsletter.bulletin.source import Section, Source, read_source
from newsletter.bulletin.values import Machine
from newsletter.errors import BadBulletin
from newsletter.language import SUPPORTED

HEAD = "---\nnumber: TB-1\ntitle: T\nclass: technical\nmodels: VX-500, VX-500i\nlanguage: en\n---\n"
MACHINES = {
    "VX in Germany": Machine(1, "VX-500", "A100", "K1", "", "DE"),
    "VX in the US": Machine(2, "VX-500", "A900", "K2", "", "US"),
    "VXi in Austria": Machine(3, "VX-500i", "B7", "K3", "", "AT"),
    "unknown": Machine(0, "", "", "", ""),
}


def read(body: str) -> tuple[Source, Section]:
    source = read_source(HEAD + body)
    return source, source.sections[0]


def seen(body: str, *machines: str, language: str = "en") -> list[str]:
    """The words that a reader sees with these machines."""
    _, section = read(body)
    shown = section.parts.shown_to(tuple(MACHINES[name] for name in machines), language)
    reduced = section.reduced(shown).markdown
    assert reduced.count("\n") == body.count("\n")
    return reduced.split()


ONE_MODEL = "all\n:::if model VX-500i\nonly\n:::\nend"
NESTED = ":::if model VX-500\nvx\n:::if country US\nus\n:::\n:::if not country US\nelsewhere\n:::\n:::\nend"
CASES = {
    "the model matches": (ONE_MODEL, ["VXi in Austria"], "en", ["all", "only", "end"]),
    "it does not": (ONE_MODEL, ["VX in Germany"], "en", ["all", "end"]),
    "one of several machines": (ONE_MODEL, ["VX in Germany", "VXi in Austria"], "en", ["all", "only", "end"]),
    "one of several values": (":::if country DE, at\nx\n:::", ["VXi in Austria"], "en", ["x"]),
    "not one of them": (":::if not country DE, AT\nx\n:::", ["VXi in Austria"], "en", []),
    "not, and one machine of two is": (":::if not country US\nx\n:::", ["VX in the US", "VX in Germany"], "en", []),
    "a country nobody knows": (":::if not country US\nx\n:::", ["unknown"], "en", ["x"]),
    "both conditions": (NESTED, ["VX in the US"], "en", ["vx", "us", "end"]),
    "the other": (NESTED, ["VX in Germany"], "en", ["vx", "elsewhere", "end"]),
    "neither": (NESTED, ["VXi in Austria"], "en", ["end"]),
    "each by another machine": (
        ":::if model VX-500i\n:::if country DE\nx\n:::\n:::",
        ["VX in Germany", "VXi in Austria"],
        "en",
        [],
    ),
    "a serial in the range": (":::if serial A50-A200, B7\nx\n:::", ["VX in Germany"], "en", ["x"]),
    "one serial": (":::if serial A50-A200, B7\nx\n:::", ["VXi in Austria"], "en", ["x"]),
    "another": (":::if serial A50-A200, B7\nx\n:::", ["VX in the US"], "en", []),
    "the language": (":::if language pt-BR\nx\n:::", ["unknown"], "pt-br", ["x"]),
    "a variety of it": (":::if language pt\nx\n:::", ["unknown"], "pt-br", ["x"]),
    "another variety": (":::if language pt-BR\nx\n:::", ["unknown"], "pt", []),
    "not the language": (":::if not language pt\nx\n:::", ["unknown"], "en", ["x"]),
    "however it is typed": ("::: IF  Not  Model   VX-500i \nx\n:::  ", ["VX in Germany"], "en", ["x"]),
    "as text": (" :::if model VX-500i\n :::", ["VX in Germany"], "en", [":::if", "model", "VX-500i", ":::"]),
}


@pytest.mark.parametrize(("body", "machines", "language", "words"), CASES.values(), ids=CASES)
def test_a_reader_sees_what_is_for_them(body: str, machines: list[str], language: str, words: list[str]) -> None:
    assert seen(body, *machines, language=language) == words


def test_a_text_without_conditions_has_no_parts() -> None:
    _, section = read("x\n\n:: y")
    assert section.parts is NONE
    assert section.reduced(section.parts.all) is section


WRONG = {
    "unknown kind": (":::if colour red\nx\n:::", 8, 7, "nothing that a part can depend on"),
    "no kind": ("a\n:::if\nx\n:::", 9, 6, "does not say for whom"),
    "not, and no kind": (":::if not\nx\n:::", 8, 10, "does not say for whom"),
    "an empty list": (":::if model\nx\n:::", 8, 12, "names no model"),
    "nothing but commas": (":::if model , ,\nx\n:::", 8, 13, "names no model"),
    "never closed": ("a\n:::if model VX-500\nx", 9, 1, "never closed"),
    "the outer one is never closed": (":::if model A\n:::if model B\n:::\nx", 8, 1, "never closed"),
    "closes nothing": ("a\n:::\nx", 9, 1, "closes nothing"),
    "unknown name": (":::when model VX-500\nx\n:::", 8, 1, "opens nothing"),
    "four colons": ("::::\n", 8, 1, "opens nothing"),
    "a country in words": (":::if country DE, Austria\nx\n:::", 8, 19, "no country code"),
    "a usual mistake": (":::if country UK\nx\n:::", 8, 15, "no country code"),
    "no language": (":::if language de, D\nx\n:::", 8, 20, "no language"),
    "no serial": (":::if serial A1, A\nx\n:::", 8, 18, "no serial range"),
    "backwards": (":::if serial A9-A1\nx\n:::", 8, 14, "low to high"),
    "too many of them": (f":::if model {', '.join(f'M{n}' for n in range(101))}\nx\n:::", 8, 503, "more than 100"),
    "too many": (
        "".join(f":::if model M{n}\nx\n:::\n" for n in range(MOST + 1)),
        8 + 3 * MOST,
        1,
        f"more than {MOST} different",
    ),
}


@pytest.mark.parametrize(("body", "line", "column", "said"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_its_place(body: str, line: int, column: int, said: str) -> None:
    with pytest.raises(BadBulletin, match=said) as refused:
        read(body)
    assert (refused.value.line, refused.value.column) == (line, column)
    assert refused.value.hint


def test_the_same_condition_in_many_places_is_one() -> None:
    _, section = read(":::if model VX-500\nx\n:::\n" * 40)
    assert len(section.parts.parts) == 1


def test_directives_of_others_stay_in_the_text_and_close_each_other() -> None:
    lines = [":::text", "a", ":::if model A", "b", ":::image x", ":::", ":::", ":::", "c"]
    parts = read_parts(lines, 1, others=("text", "image"))
    assert parts.reduced("\n".join(lines), ()).split("\n") == [":::text", "a", *[""] * 5, ":::", "c"]
    assert parts.reduced("\n".join(lines), parts.all).split("\n") == [
        ":::text", "a", "", "b", ":::image x", ":::", "", ":::", "c"
    ]  # fmt: skip


# A text as a tree: a line, or a condition around some.
MODEL, COUNTRY = st.sampled_from(["A", "B"]), st.sampled_from(["DE", "US"])
CONDITION = st.builds(
    lambda kind_and_value, is_not: (*kind_and_value, is_not),
    st.one_of(st.tuples(st.just("model"), MODEL), st.tuples(st.just("country"), COUNTRY)),
    st.booleans(),
)
TREE = st.recursive(st.just("line"), lambda inner: st.tuples(CONDITION, st.lists(inner, max_size=3)), max_leaves=10)
MACHINE = st.builds(lambda model, country: Machine(1, model, "", "", "", country), MODEL, COUNTRY)
Tree = str | tuple[tuple[str, str, bool], list["Tree"]]


class Written:
    """A tree as lines, and for each reader the lines that a plain reading of the rules gives them."""

    def __init__(self, trees: list[Tree], machines: tuple[Machine, ...]) -> None:
        self.lines: list[str] = []
        self.theirs: list[str] = []
        for tree in trees:
            self.write(tree, machines)

    def write(self, tree: Tree, machines: tuple[Machine, ...]) -> None:
        if isinstance(tree, str):
            self.lines.append(f"line {len(self.lines)}")
            self.theirs += [self.lines[-1]] if machines else []
            return
        (kind, value, is_not), inside = tree
        self.lines.append(f":::if {'not ' if is_not else ''}{kind} {value}")
        those = tuple(one for one in machines if (one.model if kind == "model" else one.country) == value)
        for each in inside:
            self.write(each, those if not is_not else () if those else machines)
        self.lines.append(":::")


@given(trees=st.lists(TREE, max_size=4), machines=st.lists(MACHINE, min_size=1, max_size=3).map(tuple))
def test_whatever_is_nested_nobody_loses_a_line_that_is_theirs(
    trees: list[Tree], machines: tuple[Machine, ...]
) -> None:
    written = Written(trees, machines)
    try:
        parts = read_parts(written.lines, 1)
    except BadBulletin as error:
        assert "different conditions" in error.message  # noqa: PT017 - most texts are fine
        return
    text = "\n".join(written.lines)
    reduced = parts.reduced(text, parts.shown_to(machines, "en")).split("\n")
    assert [line for line in reduced if line] == written.theirs
    if parts.parts:
        assert all(line in ("", before) for line, before in zip(reduced, written.lines, strict=True))
        whole = parts.reduced(text, parts.all).split("\n")
        assert [line for line in whole if line] == [line for line in written.lines if line.startswith("line")]


@given(st.lists(st.sampled_from([":::if model A", ":::if not country US", ":::", "x", "::: if", ":::ifmodel"])))
def test_any_lines_are_read_or_refused_with_a_place(lines: list[str]) -> None:
    try:
        parts = read_parts(lines, 1)
    except BadBulletin as error:
        assert 1 <= error.line <= len(lines)  # noqa: PT017 - either is right
    else:
        assert parts is NONE or len(parts.owners) == len(lines)


def test_every_letter_that_occurs_is_known_before() -> None:
    source, section = read(":::if model VX-500\na\n:::\n:::if not model VX-500\nb\n:::\n:::if language pt\nc\n:::")
    everything, *others = readings(source, section)
    assert everything == {0, 1, 2}
    assert {frozenset(one) for one in others} == {frozenset(one) for one in ({0}, {1}, {0, 2}, {1, 2})}


def test_of_too_many_letters_some_show_and_hide_each_part() -> None:
    source, section = read(
        "x\n" + "".join(f":::if country {code}\nx\n:::\n" for code in ["DE", "AT", "US", "FR", "IT", "ES", "PL"])
    )
    found = readings(source, section)
    assert len(found) <= MOST_SET + 1
    for part in section.parts.all:
        assert {part in shown for shown in found} == {True, False}


EMPTY = {
    "one model of two": ":::if model VX-500\nx\n:::",
    "not for who has both": ":::if not model VX-500\nx\n:::\n:::if not model VX-500i\nx\n:::",
    "blanks for everybody": "  \n:::if country DE\nx\n:::\n\t",
}
NOT_EMPTY = {
    "every model of the bulletin": ":::if model VX-500\nx\n:::\n:::if model VX-500i\nx\n:::",
    "or not": ":::if country DE\nx\n:::\n:::if not country DE\nx\n:::",
    "something for everybody": "x\n:::if country DE\nx\n:::",
}


@pytest.mark.parametrize("body", EMPTY.values(), ids=EMPTY)
def test_a_text_of_which_nothing_is_left_for_somebody_is_refused(body: str) -> None:
    with pytest.raises(BadBulletin, match="nothing of the text in 'en' is left"):
        readings(*read(body))


@pytest.mark.parametrize("body", NOT_EMPTY.values(), ids=NOT_EMPTY)
def test_a_text_that_always_leaves_something_is_not(body: str) -> None:
    assert readings(*read(body))


def test_serials_of_the_bulletin_are_all_there_is() -> None:
    text = HEAD.replace("language:", "serials: A1-A9\nlanguage:") + ":::if serial A1-A9\nx\n:::"
    source = read_source(text)
    assert readings(source, source.sections[0]) == (frozenset({0}),)


@pytest.mark.parametrize("language", SUPPORTED)
def test_who_reads_everything_is_told_for_whom_each_part_is(language: str) -> None:
    said = [for_whom(Condition(Kind.COUNTRY, ("DE", "AT"), is_not=is_not), language) for is_not in (False, True)]
    assert said[0] != said[1]
    assert all("DE" not in one and "{" not in one for one in said)
    if language == "en":
        assert said == ["Only for Germany and Austria:", "Not for Germany and Austria:"]


def test_what_is_said_of_a_part_is_no_markup() -> None:
    said = for_whom_in_markdown(Condition(Kind.MODEL, ("*[x](http://a.example)*{{ name }}",)), "en")
    assert said == r"**Only for \*\[x\]\(http\:\/\/a\.example\)\*\{\{ name \}\}\:**"


def test_lines_with_something_to_read_are_told_by_part() -> None:
    text = "x\n:::if model A\n \n:::\n:::if model B\ny\n:::"
    assert read_parts(text.split("\n"), 1).told_of(text) == {EVERYBODY, 1}
