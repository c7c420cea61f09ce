from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from newsletter.bulletin.compose import List, Press, Sender, needed_tags
from newsletter.bulletin.source import read_source
from newsletter.bulletin.values import Machine, Reader
from newsletter.errors import BadBulletin, BadLetter
from newsletter.links import DoneLink, Links, OptOutLink

SENDER = Sender("Vendor {{ GmbH }}", "news@vendor.example", "service@vendor.example", "1 Mill Lane", "vendor.example")
TEXT = """\
---
number: TB-1
title: Lubrication of {{ serial }}
class: technical
models: VX-500
language: en, de
title.de: Schmierung von {{ serial }}
---
Hello {{ first_name }}, look at your {{ model }}. [Done]({{ acknowledge_url }})
---de---
Guten Tag {{ first_name | "allerseits" }}, sehen Sie nach Ihrer {{ model }}.
"""
A, B, C = (Machine(n, "VX-500", f"A{n}", f"K{n}", f"Works {n}") for n in (1, 2, 3))
NORA = Reader("nora@works.example", "Nora", "Frost", "", (A,), (("K1", "Works 1"),))
PIA = Reader("pia@fitters.example", "Pia", "Marsh", "de-AT", (A, B, C), (("K1", "1"), ("K2", "2"), ("K3", "3")))

MakePress = Callable[..., Press]


@pytest.fixture
def press(links: Links) -> MakePress:
    def make(text: str = TEXT, sender: Sender = SENDER, key: str = "bulletins", name: str = "Bulletins") -> Press:
        return Press(read_source(text), sender, List(7, key, name), links, "0123456789abcdef")

    return make


def final(press: Press, reader: Reader, now: datetime, delivery_id: int = 9) -> EmailMessage:
    octets = press.octets(reader, person_id=5, delivery_id=delivery_id, date=now)
    assert octets.count(b"\n") == octets.count(b"\r") == octets.count(b"\r\n")
    assert max(map(len, octets.split(b"\r\n"))) <= 998
    message = message_from_bytes(octets, policy=policy.default)
    assert isinstance(message, EmailMessage)
    assert [part.defects for part in message.walk()] == [[], [], []]
    return message


def plain(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_standards_1_1_to_1_3_every_header_stands_once_and_no_other(press: MakePress, now: datetime) -> None:
    message = final(press(), NORA, now)
    assert sorted(message.keys()) == sorted(
        [
            "From",
            "To",
            "Reply-To",
            "Subject",
            "Date",
            "Message-ID",
            "MIME-Version",
            "Content-Type",
            "Content-Transfer-Encoding",
            "Content-Language",
            "List-Id",
            "List-Help",
            "List-Owner",
            "List-Post",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "Feedback-ID",
            "Precedence",
            "X-Auto-Response-Suppress",
        ]
    )
    assert message["From"].addresses[0].display_name == "Vendor {{ GmbH }}"
    assert (message["To"], message["Reply-To"].addresses[0].addr_spec) == (
        "Nora Frost <nora@works.example>",
        "service@vendor.example",
    )
    assert message["Subject"] == "Lubrication of A1"
    assert message["List-Id"] == "Bulletins <bulletins.vendor.example>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Feedback-ID"] == "TB-1:technical:0123456789abcdef:vendor.example"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_rfc_8058_3_1_the_link_names_the_person_the_topic_and_the_copy(
    press: MakePress, links: Links, now: datetime
) -> None:
    message = final(press(), NORA, now)
    url = message["List-Unsubscribe"].removeprefix("<").removesuffix(">")
    assert url.startswith("https://news.vendor.example/leave/")
    assert links.read_opt_out(url.rpartition("/")[2]) == OptOutLink(5, 7, 9)
    assert url in plain(message)


@pytest.mark.parametrize("delivery_id", [1, 2**31, 2**63 - 1])
def test_rfc_5321_4_5_3_1_1_a_return_path_fits_however_many_copies_there_were(links: Links, delivery_id: int) -> None:
    local, _, domain = links.return_path(delivery_id, "vendor.example").rpartition("@")
    assert (len(local) <= 64, domain) == (True, "vendor.example")
    assert links.read_return_path(local.upper()) == delivery_id


def test_a_copy_keeps_its_message_id_and_no_other_has_it(press: MakePress, now: datetime) -> None:
    first = press().letter(NORA, person_id=5, delivery_id=9, date=now)
    again = press().letter(NORA._replace(first_name="N."), person_id=5, delivery_id=9, date=now.replace(year=2027))
    other = press().letter(NORA, person_id=5, delivery_id=10, date=now)
    other_run = replace(press(), seed="fedcba9876543210").letter(NORA, person_id=5, delivery_id=9, date=now)
    assert first.message_id == again.message_id == "<0123456789abcdef.9@vendor.example>"
    assert len({first.message_id, other.message_id, other_run.message_id}) == 3


def test_each_reader_gets_the_text_and_the_machines_in_their_language(press: MakePress, now: datetime) -> None:
    english, german = final(press(), NORA, now), final(press(), PIA, now)
    assert (english["Content-Language"], german["Content-Language"]) == ("en", "de")
    assert german["Subject"] == "Schmierung von A1, A2 und A3"
    assert "Hello Nora, look at your VX-500." in plain(english)
    assert "Guten Tag Pia, sehen Sie nach Ihrer VX-500." in plain(german)
    assert [line for line in plain(german).splitlines() if line.endswith(("A1", "A2", "A3"))] == [
        "VX-500 A1",
        "VX-500 A2",
        "VX-500 A3",
    ]


def test_a_missing_value_is_never_sent_as_nothing(press: MakePress, now: datetime) -> None:
    nameless = NORA._replace(first_name=" ")
    with pytest.raises(BadLetter, match=r"no value for \{\{ first_name \}\}"):
        press().letter(nameless, person_id=5, delivery_id=9, date=now)
    german = press().letter(nameless._replace(language="de"), person_id=5, delivery_id=9, date=now)
    assert "Guten Tag allerseits" in german.text
    with pytest.raises(BadLetter, match="serial"):
        press().letter(NORA._replace(machines=()), person_id=5, delivery_id=9, date=now)


def test_the_tags_every_reader_needs_are_those_of_titles_and_texts_in_all_languages() -> None:
    assert needed_tags(read_source(TEXT)) == ("serial", "first_name", "model", "acknowledge_url")


@pytest.mark.parametrize(
    ("old", "new", "line", "column", "said"),
    [
        ("first_name }}", "firstname }}", 9, 7, "no tag 'firstname'"),
        ("von {{ serial }}", "von {{ seriel }}", 7, 26, "no tag 'seriel'"),
        ("of {{ serial }}", "of {{ serial", 3, 23, "not closed"),
        ("[Done](", "[Done](javascript:", 9, 58, "leads nowhere"),
        ("Guten Tag", "{{", 11, 1, "tag"),
    ],
)
def test_a_mistake_is_refused_where_it_stands(
    press: MakePress, old: str, new: str, line: int, column: int, said: str
) -> None:
    with pytest.raises(BadBulletin, match=said) as refusal:
        press(TEXT.replace(old, new)).proof()
    assert (refusal.value.line, refusal.value.column) == (line, column)


def test_a_value_cannot_break_out_of_the_subject(press: MakePress, now: datetime) -> None:
    odd = NORA._replace(machines=(A._replace(serial="A1\r\nBcc: all@x.example"),))
    message = final(press(), odd, now)
    assert message["Subject"] == "Lubrication of A1 Bcc: all@x.example"
    assert "Bcc" not in message


@pytest.mark.parametrize("language", ["xx", "zh-Hans-CN", "es-419", "ar", "de-1996"])
def test_any_language_can_be_written_in(press: MakePress, now: datetime, language: str) -> None:
    text = TEXT.replace("en, de", f"{language}, de")
    press(text).proof()
    assert final(press(text), PIA._replace(language=language), now)["Content-Language"] == language


@pytest.mark.parametrize("key", ["bulletins", "a.b", ".", "ä", "two words", "=?x?="])
def test_rfc_2919_2_any_topic_has_a_list_id_of_its_own(press: MakePress, now: datetime, key: str) -> None:
    list_id = final(press(key=key, name="{{ x }}"), NORA, now)["List-Id"]
    label, _, namespace = list_id.rpartition("<")[2].removesuffix(">").partition(".")
    assert (bool(label), namespace) == (True, "vendor.example")


@pytest.mark.parametrize(
    ("text", "sender", "said"),
    [
        (TEXT.replace("Lubrication", "Lubri\u202ecation"), SENDER, r"control character U\+202E"),
        (TEXT, replace(SENDER, address="news@"), "domain"),
        (TEXT, replace(SENDER, vendor="Vendor\nBcc: x"), "control character"),
    ],
)
def test_what_would_stop_every_copy_is_found_before_the_first(
    press: MakePress, text: str, sender: Sender, said: str
) -> None:
    with pytest.raises((BadLetter, BadBulletin), match=said):
        press(text, sender).proof()


def test_a_link_to_say_done_is_made_only_where_the_text_has_one(press: MakePress, links: Links, now: datetime) -> None:
    english, german = plain(final(press(), NORA, now)), plain(final(press(), PIA, now))
    assert links.done(DoneLink(5, 9)) in english
    assert "/done/" not in german


def test_a_base_url_without_https_stops_a_bulletin_before_it_is_ordered(press: MakePress, links: Links) -> None:
    with pytest.raises(BadLetter, match="not https"):
        replace(press(), links=Links("http://news.vendor.example", links.signer)).proof()


def test_several_machines_are_a_list_to_read_and_to_follow(press: MakePress, now: datetime) -> None:
    text = TEXT.replace(
        "your {{ model }}.", "your {{ serial }}: [parts](https://www.vendor.example/p?unit={{ serial }})."
    )
    letter = press(text).letter(PIA._replace(language="en"), person_id=1, delivery_id=1, date=now)
    assert "A1, A2, and A3: parts (https://www.vendor.example/p?unit=A1,A2,A3)" in " ".join(letter.text.split())
    assert 'href="https://www.vendor.example/p?unit=A1,A2,A3"' in letter.html


def test_rfc_8058_3_1_the_way_out_by_mail_stands_second_where_mail_reaches_us(
    press: MakePress, links: Links, now: datetime
) -> None:
    ours = press()
    message = final(replace(ours, sender=replace(ours.sender, takes_mail=True)), NORA, now)
    click, mail = (way.strip("<>") for way in message["List-Unsubscribe"].split(", "))
    assert click == links.opt_out(OptOutLink(5, 7, 9))
    local_part, _, rest = mail.removeprefix("mailto:").partition("@")
    assert links.read_mail_leave(local_part.upper()) == OptOutLink(5, 7, 9)
    assert rest == "vendor.example?subject=stop"


@pytest.mark.parametrize("delivery_id", [1, 2**31, 2**49 - 1])
def test_rfc_5321_4_5_3_1_1_the_address_to_leave_by_fits_however_many_copies_there_were(
    links: Links, delivery_id: int
) -> None:
    local, _, domain = links.mail_leave(OptOutLink(2**35, 2**14, delivery_id), "vendor.example").rpartition("@")
    assert (len(local) <= 64, domain) == (True, "vendor.example")
