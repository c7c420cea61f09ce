"""The letter for the wire says exactly what the letter to look at says."""

import tracemalloc
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from newsletter.bulletin.compose import List, Press, Sender
from newsletter.bulletin.source import read_source
from newsletter.bulletin.values import Machine, Reader
from newsletter.errors import BadLetter
from newsletter.links import Links
from newsletter.message.mime import to_bytes
from newsletter.tokens import Signer
from tests.message.letters import assert_lawful

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
SENDER = Sender(
    "Kessler & Söhne", "news@kessler.example", "service@kessler.example", "Kai 1\r\nHamburg", "kessler.example"
)
TEXTS = {
    "words": """\
---
number: TB-1
title: Lubrication
class: technical
language: en, de
---
Dear {{ name }}, {{ name }}{{ first_name | "colleague = friend" }} of {{ account_name | "your firm" }}: look.
---de---
Guten Tag {{ name | "allerseits" }}, Fett für Ihre {{ model | "Maschine" }}!
""",
    "links, tables and a subject": """\
---
number: TB-2
title: Grease {{ model }} {{ serial | "of yours" }}
class: safety
language: en, ja
---
| Machine | Serial | Account |
|---------|-------:|---------|
| {{ model }} | {{ serial | "?" }} | {{ account_number }} |
| {{ first_name | "" }}{{ last_name | "" }} | {{ account_name | "" }} | . |

[Order](https://parts.example/?unit={{ serial | "" }}&account={{ account_number }}#{{ model }}), then
[say so]({{ acknowledge_url }}) or copy {{ acknowledge_url }} = {{ model }}

.

From {{ model }}
.{{ serial | "." }}
---ja---
{{ model }}の{{ name | "お客様" }}様 [済]({{ acknowledge_url }})
""",
}
PRESSES = {
    (name, url): Press(
        read_source(text), SENDER, List(7, "bulletins", "Öl & Fett"), Links(url, Signer((b"k" * 32,))), "5eed"
    )
    for name, text in TEXTS.items()
    for url in ("https://news.kessler.example", f"https://{'long.' * 12}example/news?a=1&b='x'#")
}


@pytest.fixture(params=PRESSES.values(), ids=lambda press: f"{press.source.number} at {press.links.base_url[:14]}")
def press(request: pytest.FixtureRequest) -> Press:
    found: Press = request.param
    return found


def both(press: Press, reader: Reader, *, smtputf8: bool = False) -> tuple[bytes, bytes]:
    """The letter in both ways, or BadLetter from both."""
    ids = {"person_id": 5, "delivery_id": 2**40, "date": NOW}

    def looked_at() -> bytes:
        return to_bytes(press.letter(reader, **ids), smtputf8=smtputf8)

    def sent() -> bytes:
        return press.octets(reader, **ids, smtputf8=smtputf8)

    try:
        return looked_at(), sent()
    except BadLetter:
        for way in (looked_at, sent):
            with pytest.raises(BadLetter):
                way()
        raise


def told(raw: bytes) -> tuple[list[tuple[str, str]], list[tuple[list[tuple[str, str]], bytes]]]:
    """Every header as its reader sees it, and the head and text of each part."""
    message = message_from_bytes(raw, policy=policy.default)
    assert isinstance(message, EmailMessage)
    boundary = str(message.get_boundary())
    assert raw.count(boundary.encode()) == 4
    parts = [([*part.items()], part.get_payload(decode=True)) for part in message.iter_parts()]
    assert len(parts) == 2
    return [(name, value.replace(boundary, "")) for name, value in message.items()], parts


# Whatever a keyboard, an import or a mischief can put into a record.
WORD = st.text(st.sampled_from("aZ09 .-_=&<>\"'?%{}|äß漢😀\u05d0\u202e\u2028\t\r\n\x00"), max_size=90)
SEEN = st.text(st.sampled_from("aZ09 .-_=&<>\"'?%{}|äß漢😀\u05d0"), max_size=90)
LONG_WORD = st.builds(lambda word, n: word * n, SEEN, st.integers(2, 30))
VALUE = st.one_of(st.just("A1"), SEEN, LONG_WORD, st.one_of(WORD, st.text(max_size=60)))
MACHINES = st.lists(st.builds(Machine, st.integers(1, 9), VALUE, VALUE, VALUE, VALUE), max_size=4).map(tuple)
READER = st.builds(
    Reader,
    address=st.sampled_from(
        [
            "n@works.example",
            "m@works.example",
            "näh@works.example",
            "a" * 64 + "@works.example",
            "n@wörks.example",
            "n\n@x",
        ]
    ),
    first_name=VALUE,
    last_name=VALUE,
    language=st.sampled_from(["", "en", "de-AT", "ja", "xx", "not a language"]),
    machines=MACHINES,
    accounts=st.lists(st.tuples(VALUE, VALUE), max_size=3).map(tuple),
)
LONG = Machine(1, "VX-500 " * 40, "A1/ä&=" * 40, "K=1 ", "漢" * 90)
USUAL = Machine(2, "VX-500", "A100231", "K1", "Toolroom North")


@settings(max_examples=400)
@given(reader=READER, smtputf8=st.booleans(), which=st.sampled_from(list(PRESSES)))
def test_both_letters_say_the_same_or_neither_is_made(
    *, reader: Reader, smtputf8: bool, which: tuple[str, str]
) -> None:
    try:
        looked_at, sent = both(PRESSES[which], reader, smtputf8=smtputf8)
    except BadLetter:
        event("refused")
        return
    assert told(sent) == told(looked_at)
    assert_lawful(sent)
    head, _, body = sent.partition(b"\r\n\r\n")
    assert smtputf8 or head.isascii()
    assert body.isascii()
    assert b"\r\n." not in sent
    assert all(len(line) <= 76 and not line.endswith((b" ", b"\t")) for line in body.split(b"\r\n"))


READERS = {
    "usual": Reader("n@works.example", "Nora", "Frost", "en", (USUAL,), (("K1", "Toolroom North"),)),
    "machines of every kind": Reader("n@works.example", "N", "F", "en", (LONG, USUAL), (("K=1 ", "漢"), ("K1", ""))),
    "right to left": Reader("n@works.example", "\u05e0\u05d5\u05e8\u05d4", "\u05d0", "de", (USUAL,), (("K1", "T"),)),
    "faces": Reader("n@works.example", "👩‍🔧" * 40, "=" * 90, "ja", (USUAL,) * 3, (("K1", "T"),)),
    "trailing blanks": Reader(
        "n@wörks.example", "Nora ", "Frost  ", "de", (Machine(1, "V ", "A ", "K ", " "),), (("K ", " "),)
    ),
    "dots": Reader(
        "n@works.example", ".", "..", "en", (Machine(1, ".", "." * 90, ".a", "..."),), ((".a", "..."), (".", "."))
    ),
    "braces and markup": Reader("n@works.example", "{{ name }}", "<b>&amp;", "en", (USUAL,), (("K1", "%s"),)),
}


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS)
def test_these_letters_are_made_both_ways_and_agree(press: Press, reader: Reader) -> None:
    looked_at, sent = both(press, reader)
    assert told(sent) == told(looked_at)
    assert_lawful(sent)
    assert b"\r\n." not in sent


USUAL_READER = READERS["usual"]
REFUSED = {
    "no name": (USUAL_READER._replace(first_name="", last_name=""), "words"),
    "no machine": (USUAL_READER._replace(machines=(), accounts=()), "links, tables and a subject"),
    "a line break in the name": (USUAL_READER._replace(first_name="N\r\nBcc: x"), "words"),
    "an override": (USUAL_READER._replace(last_name="\u202eF"), "words"),
    "half a character in the name": (USUAL_READER._replace(last_name="\ud800"), "words"),
    "half a character in the text": (
        USUAL_READER._replace(machines=(Machine(1, "V\ud800", "A", "K", "T"),)),
        "links, tables and a subject",
    ),
    "no address": (USUAL_READER._replace(address="nora"), "words"),
    "letters before the @": (USUAL_READER._replace(address="nöra@works.example"), "words"),
}


@pytest.mark.parametrize(("reader", "text"), REFUSED.values(), ids=REFUSED)
def test_what_must_not_be_sent_is_refused_both_ways(reader: Reader, text: str) -> None:
    with pytest.raises(BadLetter):
        both(PRESSES[text, "https://news.kessler.example"], reader)


def test_rfc_6531_an_address_with_letters_before_the_at_sign_goes_to_a_server_that_takes_it(press: Press) -> None:
    reader = USUAL_READER._replace(address="nöra@works.example")
    looked_at, sent = both(press, reader, smtputf8=True)
    assert told(sent) == told(looked_at)
    assert "To: Nora Frost <nöra@works.example>\r\n".encode() in sent


def test_what_stands_between_the_values_is_the_same_in_every_letter(press: Press) -> None:
    other = USUAL_READER._replace(first_name="Omar", last_name="=" * 300, machines=(LONG,))
    one, two = (set(both(press, reader)[1].split(b"\r\n")) for reader in (USUAL_READER, other))
    assert len(one & two) > 0.9 * len(one)


def test_a_million_letters_leave_no_million_traces(press: Press) -> None:
    def send(numbers: range) -> int:
        for n in numbers:
            reader = USUAL_READER._replace(first_name=f"N{n}", address=f"n@firm{n}.example", language=f"x-{n}")
            machine = USUAL._replace(serial=f"A{n}")
            press.octets(reader._replace(machines=(machine,)), person_id=n, delivery_id=n, date=NOW)
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        assert abs(send(range(3_000, 6_000)) - send(range(3_000))) < 100_000
    finally:
        tracemalloc.stop()
