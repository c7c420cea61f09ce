"""Automatic answers: who has left the firm in 13 languages, and who is away for a while."""

from base64 import b64encode

import pytest

from newsletter.bounce.report import read_report
from tests.bounce.mails import plain

LEFT = {
    "en": "Jo Miller is no longer working for the company. Please write to info@firm.example.",
    "en 2": "Please note that Jo has left the company.",
    "en 3": "I have retired. Thank you for the good time!",
    "de": "Frau Müller ist nicht mehr bei der Firma Brandt tätig.",
    "de 2": "Ich habe das Unternehmen zum 31.8. verlassen.",
    "fr": "Je ne travaille plus chez Dupont. Merci d\N{RIGHT SINGLE QUOTATION MARK}écrire à info@firm.example.",
    "fr 2": "M. Dupont a quitté l\N{RIGHT SINGLE QUOTATION MARK}entreprise.",
    "es": "Ya no trabajo en la empresa.",
    "it": "Non lavoro più presso questa azienda.",
    "pt": "Já não trabalho mais na empresa.",
    "pl": "Jan Nowak nie pracuje już w naszej firmie.",
    "nl": "Ik ben niet meer werkzaam bij dit bedrijf.",
    "sv": "Jag arbetar inte längre på företaget.",
    "cs": "Pan Novák u nás již nepracuje. Již u nás nepracuji.",
    "ja": "このたび、9月末をもって退職いたしました。",
    "zh": "本人已离职,请联系我的同事。",
    "ar": "لم يعد يعمل في الشركة",
}
AWAY = {
    "en": "I have left the office until Monday and am no longer available for calls.",
    "en 2": "I am on vacation and will be back on 3 August. In urgent cases write to my colleague.",
    "en 3": "The project is no longer active. I am out of the office.",
    "de": "Ich bin bis zum 3.8. nicht mehr im Haus und danach wieder erreichbar.",
    "de 2": "Ich bin derzeit nicht im Büro.",
    "fr": "Je suis absent jusqu\N{RIGHT SINGLE QUOTATION MARK}au 3 août.",
    "es": "Estoy de vacaciones hasta el 3 de agosto.",
    "ja": "8月3日まで不在にしております。",
    "zh": "我正在休假,8月3日回来。",
    "nl": "Ik ben op vakantie en terug op 3 augustus.",
    "thanks": "Thank you for your mail. We will answer soon.",
}


def left(text: str, subject: str = "Automatic reply", **fields: str) -> bool:
    return read_report(plain(subject, text, "jo@firm.example", **fields), "").says_they_left


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_who_has_left_is_known_in_every_language(text: str) -> None:
    assert left(text)
    assert left("See below.\r\n" + text, "Re: Spindle", Auto_Submitted="auto-replied")


@pytest.mark.parametrize("text", AWAY.values(), ids=AWAY)
def test_who_is_away_for_a_while_has_not_left(text: str) -> None:
    assert not left(text)


def test_only_a_program_says_so_of_its_owner() -> None:
    words = LEFT["en"]
    assert not left(words, "Re: Spindle")
    assert not left(f"Thank you.\r\n> {words}")
    assert not left(f"Thank you.\r\n-- \r\n{words}")


def test_it_is_read_through_its_coding() -> None:
    coded = b64encode(LEFT["de"].encode("latin-1")).decode()
    mail = plain(
        "=?utf-8?q?Abwesenheitsnotiz?=", coded, "jo@firm.example",
        Content_Type="text/plain; charset=iso-8859-1", Content_Transfer_Encoding="base64",
    )  # fmt: skip
    report = read_report(mail, "jo@firm.example")
    assert (report.says_they_left, report.is_automatic, report.subject) == (True, True, "Abwesenheitsnotiz")
    html = plain("Auto reply", f"<p>{LEFT['en']}</p>".replace(" no ", "<b> no </b>"), Content_Type="text/html")
    assert read_report(html, "").says_they_left
