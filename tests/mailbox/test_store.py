"""What the mailbox keeps, and how it is found again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from newsletter.mailbox import parts
from newsletter.mailbox.store import Kept, Store

NOON = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
LETTER = (
    b"From: us@example.com\r\nTo: anna@example.com\r\n"
    b"Subject: =?utf-8?q?Spindel_f=C3=BCr?=\r\n =?utf-8?q?_Sie?= VX-500\r\n"
    b"List-Unsubscribe: <https://example.com/u/1>,\r\n\t<mailto:u@example.com>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
    b"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Gr=C3=BC=C3=9Fe\r\n"
    b"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    b"PHA+R3LDvMOfZTwvcD4=\r\n--b--\r\n"
)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "mail")


def kept(raw: bytes) -> Kept:
    return Kept("0" * 32, NOON, "", (), parts.subject(raw), raw)


def test_a_message_is_found_as_it_came(store: Store) -> None:
    ident = store.keep(LETTER, "bounce@example.com", ["anna@example.com", "bert@example.com"], NOON)
    found = store.message(ident)
    assert found == Kept(
        ident, NOON, "bounce@example.com", ("anna@example.com", "bert@example.com"), "Spindel für Sie VX-500", LETTER
    )


@pytest.mark.parametrize("raw", [b"", b"\n", b"{}\n{}", b"\xff\x00\r\n.\r\n..\r\n", b"x" * 100_000])
def test_any_octets_are_kept_to_the_last(store: Store, raw: bytes) -> None:
    found = store.message(store.keep(raw, "", [], NOON))
    assert found is not None
    assert found.raw == raw


def test_the_newest_come_first_and_the_rest_page_by_page(store: Store) -> None:
    at = [NOON, NOON, NOON + timedelta(seconds=1), NOON + timedelta(days=400)]
    idents = [store.keep(b"", "", [str(number)], moment) for number, moment in enumerate(at)]
    assert [message.to for message in store.messages(3)] == [("3",), ("2",), ("1",)]
    assert [message.to for message in store.messages(3, before=idents[1])] == [("0",)]
    assert store.messages(3, before=idents[0]) == []


def test_another_store_of_the_same_folder_sees_the_same(store: Store, tmp_path: Path) -> None:
    ident = store.keep(LETTER, "", [], NOON)
    other = Store(tmp_path / "mail")
    second = other.keep(LETTER, "", [], NOON)
    assert [message.id for message in store.messages(9)] == sorted([ident, second], reverse=True)


@pytest.mark.parametrize(
    "ident",
    ["", ".", "..", "../secret", "/etc/passwd", "0" * 31, "0" * 32, "0" * 32 + "\n", "\u0660" * 32, "A" * 32, "\0"],
)
def test_what_is_no_id_finds_nothing(store: Store, tmp_path: Path, ident: str) -> None:
    (tmp_path / "secret.mail").write_bytes(b'{"received_at": "2026-07-01", "sender": "", "to": [], "subject": ""}\n')
    store.keep(LETTER, "", [], NOON)
    assert store.message(ident) is None
    assert store.messages(9, before=ident) == []


def test_an_id_is_safe_in_a_url(store: Store) -> None:
    ident = store.keep(b"", "", [], NOON)
    assert ident.isascii()
    assert ident.isalnum()


def test_files_of_others_do_no_harm(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    ident = store.keep(LETTER, "", [], NOON)
    for name, octets in [
        ("f" * 32 + ".mail", b"not ours"),
        ("e" * 32 + ".mail", b"[]\n"),
        (".part", b""),
        ("x.mail", b""),
    ]:
        (folder / name).write_bytes(octets)
    assert [message.id for message in store.messages(9)] == [ident]
    assert store.message("f" * 32) is None


def test_beyond_the_cap_the_oldest_go(tmp_path: Path) -> None:
    before = Store(tmp_path, cap=3)
    for number in range(2):
        before.keep(b"", "", [str(number)], NOON)
    store = Store(tmp_path, cap=3)
    for number in range(2, 5):
        store.keep(b"", "", [str(number)], NOON + timedelta(seconds=number))
    assert [message.to for message in store.messages(9)] == [("4",), ("3",), ("2",)]
    assert len(list(tmp_path.iterdir())) == 3


def test_a_name_no_file_can_hold_is_kept_without_it(store: Store) -> None:
    found = store.message(store.keep(b"", "a\udcff@x", ["b\ud800@x"], NOON))
    assert found is not None
    assert (found.sender, found.to) == ("a?@x", ("b?@x",))


def test_ten_thousand_messages_are_listed_fast(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    first = folder / f"{store.keep(LETTER, '', [], NOON)}.mail"
    for number in range(9_999):
        (folder / f"{number:032x}.mail").hardlink_to(first)
    begun = process_time()
    assert len(store.messages(10_000)) == 10_000
    whole = process_time() - begun
    begun = process_time()
    assert len(store.messages(50)) == 50
    # Generous tenfold, for other work on the same machine; parsing the bodies would take ten seconds.
    assert whole < 3
    assert process_time() - begun < 0.5


def test_both_parts_can_be_read() -> None:
    assert kept(LETTER).text() == "Grüße"
    assert kept(LETTER).html() == "<p>Grüße</p>"


def test_headers_are_unfolded_but_not_decoded() -> None:
    assert kept(LETTER).headers()[2:4] == [
        ("Subject", "=?utf-8?q?Spindel_f=C3=BCr?= =?utf-8?q?_Sie?= VX-500"),
        ("List-Unsubscribe", "<https://example.com/u/1>,\t<mailto:u@example.com>"),
    ]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        pytest.param(b"", "", id="nothing"),
        pytest.param(b"\r\nbody\r\n", "body\r\n", id="no header"),
        pytest.param(b"Content-Type: text/plain; charset=nonsense\r\n\r\n\xc3\xbc", "ü", id="unknown charset"),
        pytest.param(b"Content-Type: text/plain; charset=hex\r\n\r\nzz", "zz", id="charset that is no charset"),
        pytest.param(b"Content-Type: text/plain; charset=punycode\r\n\r\n\xff", "\ufffd", id="charset that fails"),
        pytest.param(b"Content-Transfer-Encoding: base64\r\n\r\n!!!", "", id="no base64"),
        pytest.param(b"Content-Type: multipart/mixed\r\n\r\n--x\r\n", None, id="no boundary"),
        pytest.param(b"Content-Type: text/html\r\n\r\n<p>", None, id="HTML only"),
        pytest.param(b"Content-Disposition: attachment\r\n\r\nx", None, id="attachment only"),
        pytest.param(b"Content-Type: message/rfc822\r\n\r\n" * 3000, None, id="a message in a message in a …"),
    ],
)
def test_a_broken_message_still_shows_what_it_can(raw: bytes, text: str | None) -> None:
    assert kept(raw).text() == text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (b"plain", "plain"),
        (b"=?utf-8?b?w7w=?= and =?iso-8859-1?q?=FC?=", "ü and ü"),
        (b"\xc3\xbc raw =?utf-8?q?x?=", "ü raw x"),
        (b"=?utf-8?b?x?=", "=?utf-8?b?x?="),
        (b"=?nonsense?q?x?=", "=?nonsense?q?x?="),
        (b"=?utf-8?q?a=0D=0ABcc:_x?=", "a Bcc: x"),
        (b"=?utf-8?q?=ff?=", "\ufffd"),
        (b"a\r\n b", "a b"),
    ],
)
def test_a_subject_is_shown_on_one_line(written: bytes, shown: str) -> None:
    assert kept(b"X: y\r\nsubject: " + written + b"\r\n\r\nbody").subject == shown


@given(
    st.lists(st.sampled_from([*LETTER.split(b" "), b"\r\n", b"\n", b"\r", b"--b", b"=?", b"?=", b"\xff", b"\0", b": "]))
)
@example([b"Subject: =?utf-8\0?q?x?="])
def test_no_message_crashes_the_mailbox(pieces: list[bytes]) -> None:
    message = kept(b" ".join(pieces))
    for shown in [message.subject, message.text() or "", message.html() or "", *map(str, message.headers())]:
        shown.encode()
