"""Signed letters, before verifiers that are not ours."""

import re
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import BadLetter
from newsletter.message.dkim import DkimSigner
from newsletter.message.dkim_key import DkimKey, Kind, zone_record
from newsletter.message.dkim_relaxed import RelaxedFields, relaxed_body
from newsletter.message.letter import Letter
from newsletter.message.mime import to_bytes
from tests.message.dkim_judges import ED25519, EVERYBODY, RSA, Judges, algorithms
from tests.message.letters import LETTER

NOW = datetime(2024, 3, 1, 8, 30, tzinfo=UTC)  # verifiers compare it with their own clock
DOMAIN = "news.example.com"
RAW = to_bytes(LETTER)


@pytest.fixture(scope="module")
def keys() -> dict[str, DkimKey]:
    return {"r1": DkimKey.new(Kind.RSA), "e1": DkimKey.new(Kind.ED25519)}


@pytest.fixture(scope="module")
def signer(keys: dict[str, DkimKey]) -> DkimSigner:
    return DkimSigner([key.seal(DOMAIN, selector) for selector, key in keys.items()])


@pytest.fixture(scope="module")
def judges(keys: dict[str, DkimKey], tmp_path_factory: pytest.TempPathFactory) -> Judges:
    printed = [zone_record(f"{selector}._domainkey.{DOMAIN}", key.record) for selector, key in keys.items()]
    return Judges("\n".join(printed) + "\n", tmp_path_factory.mktemp("judges"))


LETTERS: dict[str, Letter] = {
    "bulletin": LETTER,
    "no list, no reply address": replace(LETTER, headers=(), reply_to=None),
    "long folded fields": replace(LETTER, subject="Schmierung der Spindellager " * 12),
    "blanks and dots": replace(LETTER, text=".\n..\n a  b \n\t\tc\t\n\n\n", html="<pre>\n.\n   x   \n\n\n\n</pre>"),
    "no text at all": replace(LETTER, text="", html=""),
    "a long letter": replace(LETTER, html="<p>Grüße  aus der Werkstatt</p>\n" * 3000),
}


def test_every_verifier_accepts_every_signature(signer: DkimSigner, judges: Judges) -> None:
    letters = {case: to_bytes(letter) for case, letter in LETTERS.items()}
    signed = {case: signer.sign(letter, NOW) for case, letter in letters.items()}
    assert all(signed[case].endswith(letter) for case, letter in letters.items())
    assert all(algorithms(letter) == [RSA, ED25519] for letter in signed.values())
    assert judges.accept_each(signed) == dict.fromkeys(LETTERS, EVERYBODY)


def test_the_signature_says_what_it_covers(signer: DkimSigner) -> None:
    head = signer.sign(RAW, NOW)[: -len(RAW)].decode()
    assert max(map(len, head.split("\r\n"))) <= 78
    first, second = ("".join(field.split()) for field in head.removesuffix("\r\n").split("\r\nDKIM-Signature:"))
    for field, selector in (first, "r1"), (second, "e1"):
        tags = dict(tag.split("=", 1) for tag in field.removeprefix("DKIM-Signature:").split(";"))
        assert (tags["d"], tags["s"], tags["t"]) == (DOMAIN, selector, str(int(NOW.timestamp())))
        assert (tags["v"], tags["c"]) == ("1", "relaxed/relaxed")
        assert tags.keys() == {"v", "a", "c", "d", "s", "t", "h", "bh", "b"}  # so no l=
        names = tags["h"].split(":")
        for name in ("from", "subject", "date", "to", "list-unsubscribe", "list-unsubscribe-post"):
            assert names.count(name) == 2, name
        assert {"message-id", "mime-version", "content-type", "reply-to", "list-id", "feedback-id"} <= {*names}


FIELDS = re.findall(rb"^([\w-]+): ", RAW.partition(b"\r\n\r\n")[0], re.MULTILINE)
UNSIGNED = {b"Precedence", b"X-Auto-Response-Suppress"}
SIGNED = [name.decode() for name in FIELDS if name not in UNSIGNED]
OVERSIGNED = ["From", "To", "Cc", "Subject", "Date", "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post"]


def changed(signed: bytes, name: str) -> bytes:
    return re.sub(rb"(?m)^(%b: .)" % name.encode(), rb"\1x", signed, count=1)


def removed(signed: bytes, name: str) -> bytes:
    return re.sub(rb"(?m)^%b: [^\r]*\r\n(?: [^\r]*\r\n)*" % name.encode(), b"", signed, count=1)


def added_above(signed: bytes, name: str) -> bytes:
    return f"{name}: <https://evil.example/>\r\n".encode() + signed


def added_below(signed: bytes, name: str) -> bytes:
    return signed.replace(b"\r\n\r\n", f"\r\n{name}: <https://evil.example/>\r\n\r\n".encode(), 1)


FORGERIES = {
    **{f"{change.__name__} {name}": (change, name) for change in (changed, removed) for name in SIGNED},
    **{f"{change.__name__} {name}": (change, name) for change in (added_above, added_below) for name in OVERSIGNED},
}


def test_nobody_accepts_a_letter_whose_header_was_touched(signer: DkimSigner, judges: Judges) -> None:
    signed = signer.sign(RAW, NOW)
    forged = {case: change(signed, name) for case, (change, name) in FORGERIES.items()}
    assert [case for case, letter in forged.items() if letter == signed] == []
    assert judges.accept_each(forged) == {case: set() for case in FORGERIES}


def test_nobody_accepts_a_field_that_the_letter_did_not_have(signer: DkimSigner, judges: Judges) -> None:
    signed = signer.sign(to_bytes(LETTERS["no list, no reply address"]), NOW)
    names = ["List-Unsubscribe", "List-Unsubscribe-Post", "Reply-To", "Cc"]
    forged = {name: added_above(signed, name) for name in names}
    assert judges.accept_each(forged) == {name: set() for name in names}


BODIES = {
    "one octet": lambda body: body.replace(b"grease", b"grEase", 1),
    "a line more": lambda body: body + b"<script>\r\n",
    "a line less": lambda body: body[: body.rindex(b"--=_")],
    "a word cut": lambda body: body.replace(b"grease it", b"grease", 1),
    "two words joined": lambda body: body.replace(b"grease it", b"greaseit", 1),
    "a line broken": lambda body: body.replace(b"grease it", b"grease\r\nit", 1),
}


def test_nobody_accepts_a_letter_whose_body_was_touched(signer: DkimSigner, judges: Judges) -> None:
    head, _, body = signer.sign(RAW, NOW).partition(b"\r\n\r\n")
    assert [case for case, change in BODIES.items() if change(body) == body] == []
    forged = {case: head + b"\r\n\r\n" + change(body) for case, change in BODIES.items()}
    assert judges.accept_each(forged) == {case: set() for case in BODIES}


def test_what_relays_do_on_the_way_breaks_nothing(signer: DkimSigner, judges: Judges) -> None:
    signed = b"Received: from a.example by b.example;\r\n\tFri, 1 Mar 2024 08:30:00 +0000\r\n" + signer.sign(RAW, NOW)
    refolded = signed.replace(
        b"Content-Type: multipart/alternative;\r\n boundary", b"Content-Type:\tmultipart/alternative; boundary"
    )
    assert refolded != signed
    assert judges.accept(refolded + b"\r\n\r\n") == EVERYBODY


def test_many_letters_are_signed_as_one_is(signer: DkimSigner) -> None:
    letters = [
        to_bytes(replace(letter, message_id=f"<{n}@x.example>")) for n in range(40) for letter in LETTERS.values()
    ]
    assert signer.sign_many(letters, NOW) == [signer.sign(letter, NOW) for letter in letters]
    assert signer.sign_many([], NOW) == []


def test_threads_do_not_disturb_each_other(signer: DkimSigner) -> None:
    letters = [to_bytes(letter) for letter in LETTERS.values()]
    with ThreadPoolExecutor(4) as threads:
        signed = [*threads.map(lambda _: signer.sign_many(letters * 4, NOW), range(8))]
    assert signed == [[signer.sign(letter, NOW) for letter in letters] * 4] * 8


UNSIGNABLE = {
    "nothing": b"",
    "no end of the header": RAW.partition(b"\r\n\r\n")[0] + b"\r\n",
    "no header": b"\r\n\r\nHello\r\n",
    "no From": RAW.partition(b"\r\n")[2],
    "bare line feeds": RAW.replace(b"\r\n", b"\n"),
}


@pytest.mark.parametrize("letter", UNSIGNABLE.values(), ids=UNSIGNABLE.keys())
def test_what_is_no_letter_is_not_signed(signer: DkimSigner, letter: bytes) -> None:
    with pytest.raises(BadLetter):
        signer.sign(letter, NOW)
    with pytest.raises(BadLetter):
        signer.sign_many([RAW, letter, RAW], NOW)


NAMES = st.sampled_from(
    ["To", "Subject", "sUBJECT", "Date", "List-Id", "List-Unsubscribe", "Sender", "X-Odd", "Comments"]
)
TEXT = st.text(st.sampled_from("ab: ;%=\tü"), max_size=20).map(str.encode)
VALUES = (
    st.lists(TEXT, min_size=1, max_size=3).map(b"\r\n ".join).filter(lambda value: b"\r\n \r\n" not in value + b"\r\n")
)
LINES = st.lists(st.text(st.sampled_from("ab. \t-ü"), max_size=20).map(str.encode), max_size=8)


@given(fields=st.lists(st.tuples(NAMES, VALUES), max_size=8), lines=LINES)
def test_wild_letters_verify(
    signer: DkimSigner, judges: Judges, fields: list[tuple[str, bytes]], lines: list[bytes]
) -> None:
    head = [f"{name}:".encode() + value for name, value in [*fields, ("From", b"a@news.example.com")]]
    letter = b"\r\n".join([*head, b"", *lines, b""])
    signed = signer.sign(letter, NOW)
    assert [judges.dkimpy(signed, at) for at in (0, 1)] == [True, True]


RFC_HEAD = """From: Joe SixPack <joe@football.example.com>
To: Suzie Q <suzie@shopping.example.net>
Subject: Is dinner ready?
Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)
Message-ID: <20030712040037.46341.5F8J@football.example.com>
""".replace("\n", "\r\n").encode()
RFC_BODY = b"Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n"
RFC_SIGNATURE = """DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;
 d=football.example.com; i=@football.example.com;
 q=dns/txt; s=brisbane; t=1528637909; h=from : to :
 subject : date : message-id : from : subject : date;
 bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;
 b=/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11Bus
 Fa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==
""".replace("\n", "\r\n").encode()
RFC_SECRET = b64decode("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")
RFC_RECORD = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


def test_rfc_8463_appendix_a_is_reproduced_bit_for_bit(tmp_path: Path) -> None:
    secret = Ed25519PrivateKey.from_private_bytes(RFC_SECRET)
    key = DkimKey.from_pem(secret.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    assert key.record == RFC_RECORD
    body_hash = b64encode(sha256(relaxed_body(RFC_BODY)).digest())
    assert b"bh=" + body_hash in RFC_SIGNATURE
    opening, _, signature = RFC_SIGNATURE.partition(b" b=")
    h = b"from to subject date message-id from subject date".split()
    seen: set[bytes] = set()
    lines = [line_of(RFC_HEAD, name) for name in h if name not in seen and not seen.add(name)]
    hashed = b"".join(lines) + line_of(opening + b" b=\r\n", b"dkim-signature").removesuffix(b"\r\n")
    made = key.seal("football.example.com", "brisbane").cut()(sha256(hashed).digest())
    assert b64encode(made) == b"".join(signature.split())
    letter = RFC_SIGNATURE + RFC_HEAD + b"\r\n" + RFC_BODY
    judges = Judges(zone_record("brisbane._domainkey.football.example.com", key.record) + "\n", tmp_path)
    assert judges.accept(letter) == {("dkimpy", ED25519), ("opendkim", ED25519)}
    ours = DkimSigner([key.seal("football.example.com", "brisbane")]).sign(RFC_HEAD + b"\r\n" + RFC_BODY, NOW)
    assert judges.accept(ours) == {("dkimpy", ED25519), ("opendkim", ED25519)}


def line_of(head: bytes, name: bytes) -> bytes:
    return RelaxedFields(frozenset({name + b":"})).of(head)[1]
