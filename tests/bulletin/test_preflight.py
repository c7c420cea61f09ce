"""What preflight says: each line one bulletin and the finding it must give."""

from dataclasses import replace
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.bulletin.checks.size import CLIPPED
from newsletter.bulletin.finding import Severity
from newsletter.bulletin.preflight import Facts, in_a_sentence, is_blocked, refuse_blocked
from newsletter.errors import BadBulletin, NewsletterError
from newsletter.links import Links
from newsletter.probe.answer import Answer, Outcome
from newsletter.probe.sender_domain import Found
from newsletter.tokens import Signer
from tests.bulletin.drafts import BODY, SENDER, codes, draft, findings, press_of

URL = "https://acme.example/parts"
IMAGE = "https://acme.example/nipple.png"
WELL = Facts(
    answers={URL: Answer(Outcome.ANSWERS, 200), IMAGE: Answer(Outcome.ANSWERS, 200, 40_000)},
    domain=[Found("spf", is_well=True, sentence="Good."), Found("dmarc", is_well=True, sentence="Good.")],
    targeted=12,
)
WORD = """<p class=MsoNormal><span style='mso-fareast-language:DE'>Dear customer,<o:p></o:p></span></p>
<script>alert(1)</script>&nbsp;please grease the spindle with care and patience.
"""


def test_a_bulletin_in_order_is_green(links: Links) -> None:
    found = findings(draft(f"{BODY}[Order the grease]({URL})\n![Where the nipple is]({IMAGE})\n"), links, WELL)
    assert {finding.severity for finding in found} == {Severity.FINE}
    assert codes(found, "fine") == {
        "subject", "preheader", "text", "image-words", "links", "html-size", "postal-address", "opt-out", "spam-words",
        "values", "recent", "spf", "dmarc",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "line", "code"),
    [
        (f"{BODY}[shop](http://192.168.0.7/)", 11, "link-private"),
        (f"{BODY}[shop](http://127.1/)", 11, "link-private"),
        (f"{BODY}[shop](http://[::ffff:10.0.0.1]/)", 11, "link-private"),
        (f"{BODY}[shop](https://localhost:8443/a?unit={{{{ serial }}}})", 11, "link-private"),
        (f"{BODY}![shop](https://wiki/a.png)", 11, "link-private"),
        (f"{BODY}text\nand [more][x]\n\n[x]: http://169.254.169.254/", 12, "link-private"),
        (f"{BODY}[x](javascript:alert(1))", 11, "cannot-be-set"),
        (f"{BODY}[x](data:text/html;base64,AAAA)", 11, "cannot-be-set"),
        (f"{BODY}{{{{ nmae }}}}", 11, "cannot-be-set"),
        (f"{BODY}[x](https://{{{{ serial }}}}.example/)", 11, "cannot-be-set"),
    ],
)
def test_what_is_forbidden_blocks_with_its_line(body: str, line: int, code: str, links: Links) -> None:
    blocks = [finding for finding in findings(draft(body), links) if finding.severity is Severity.BLOCK]
    assert [(finding.line, finding.code) for finding in blocks] == [(line, code)]
    assert blocks[0].hint
    with pytest.raises(BadBulletin) as refused:
        refuse_blocked(press_of(draft(body), links))
    assert refused.value.line == line


@pytest.mark.parametrize("control", ["\u202e", "\u2066", "\u2028", "\x85"])
def test_a_subject_that_could_turn_round_blocks(control: str, links: Links) -> None:
    found = findings(draft(title=f"Invoice{control}fdp.exe"), links)
    assert "subject-characters" in codes(found, "block")
    assert f"U+{ord(control):04X}" in found[0].sentence


def test_the_marks_arabic_needs_block_nothing(links: Links) -> None:
    assert not is_blocked(findings(draft(title="تشحيم VX-500\u200f!"), links))


def test_no_postal_address_blocks(links: Links) -> None:
    found = findings(draft(), links, sender=replace(SENDER, postal_address=" "))
    assert codes(found, "block") == {"postal-address"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (draft(title="G" * 71), "subject-long"),
        (draft(title="GREASE THE SPINDLE NOW"), "spam-capitals"),
        (draft(title="Grease!!"), "spam-signs"),
        (draft(preheader=""), "preheader-missing"),
        (draft(preheader="grease the  SPINDLE"), "preheader-same"),
        (draft(preheader="x" * 101), "preheader-long"),
        (draft(preheader="Oil \u202eon"), "preheader-characters"),
        (draft(BODY + WORD), "text-left-over"),
        (draft(BODY + "this **is not bold**\\** [either]\\(x)"), "text-left-over"),
        (draft(f"![Everything you need to know]({IMAGE})"), "text-short"),
        (draft(f"{BODY}![]({IMAGE})"), "image-no-words"),
        (draft(f"{BODY}![IMG_2041.jpg]({IMAGE})"), "image-no-words"),
        (draft(f"{BODY}![nipple](http://acme.example/a.png)"), "image-open"),
        (draft(f"{BODY}[click here]({URL})"), "link-words"),
        (draft(f"{BODY}[order](https://bit.ly/x)"), "link-shortened"),
        (draft(f"{BODY}[order](http://acme.example/x)"), "link-open"),
        (draft(f"{BODY}[https://bank.example/](https://acme.example/x)"), "link-disguised"),
        (draft(f"{BODY}[order]({URL})"), "links-open"),
        (draft(f"{BODY}Act now, last chance."), "spam-words"),
        (draft(f"{BODY}{'x' * CLIPPED}"), "html-clipped"),
        (draft(f"{BODY}{'x' * (CLIPPED - 7_000)}"), "html-nearly-clipped"),
        (draft(), "domain-open"),
    ],
)
def test_what_can_be_better_warns_and_blocks_nothing(text: str, code: str, links: Links) -> None:
    found = findings(text, links)
    assert code in codes(found, "warn")
    assert not is_blocked(found)
    refuse_blocked(press_of(text, links))


@pytest.mark.parametrize(
    ("facts", "code", "word"),
    [
        (replace(WELL, answers={URL: Answer(Outcome.BROKEN, 404, words="The server says 404.")}), "link-broken", "404"),
        (
            replace(WELL, answers={URL: Answer(Outcome.NOT_PUBLIC, words="It is 10.0.0.1.")}),
            "link-not_public",
            "10.0.0.1",
        ),
        (replace(WELL, answers={IMAGE: Answer(Outcome.ANSWERS, 200, 400_000)}), "image-heavy", "400 kB"),
        (replace(WELL, answers={IMAGE: Answer(Outcome.ANSWERS, 200, 1_200_000)}), "images-heavy", "1,200 kB"),
        (replace(WELL, missing={"first_name": 1}), "value-missing", "1 person has no value for {{ first_name }}"),
        (replace(WELL, missing={"first_name": 1200}), "value-missing", "1,200 people"),
        (replace(WELL, recently=7), "recent", "7 of 12"),
        (replace(WELL, targeted=0), "nobody", "Nobody"),
        (replace(WELL, domain=[Found("dmarc", is_well=False, sentence="None.", hint="Publish.")]), "dmarc", "None."),
    ],
)
def test_what_was_found_outside_warns_and_never_blocks(facts: Facts, code: str, word: str, links: Links) -> None:
    found = findings(draft(f"{BODY}[Order]({URL})\n![Nipple]({IMAGE})"), links, facts)
    (warning,) = [finding for finding in found if finding.code == code]
    assert word in warning.sentence
    assert warning.severity is Severity.WARN
    assert warning.hint


def test_a_link_of_each_reader_s_own_is_not_followed(links: Links) -> None:
    assert "links" in codes(findings(draft(f"{BODY}[Order]({URL}?u={{{{ serial }}}})"), links), "fine")


def test_each_language_is_looked_over(links: Links) -> None:
    two = (
        draft().replace("language: en\n", "language: en, de\n") + "---de---\nLetzte Chance, [hier](http://10.0.0.1/)!\n"
    )
    found = findings(two, links)
    german = {(finding.code, finding.line) for finding in found if finding.language == "de"}
    assert german >= {("link-private", 12), ("spam-words", 12), ("link-words", 12)}
    assert {finding.language for finding in found if finding.code == "html-size"} == {"en", "de"}


def test_the_worst_stands_first_and_the_sum_in_a_sentence(links: Links) -> None:
    found = findings(draft(f"{BODY}[here](http://10.0.0.1/)", preheader=""), links)
    assert [finding.severity for finding in found] == sorted(
        (finding.severity for finding in found), key=list(Severity).index
    )
    assert in_a_sentence(found).startswith("1 forbids to send it, ")


@pytest.mark.parametrize(
    "body",
    [
        "[x](https://a.example/) " * 10_000,
        "- [here](http://10.0.0.1/)\n" * 10_000,
        "![](https://a.example/i.png)\n" * 5_000,
        "act now " * 100_000,
        "<b>" * 30_000,
        "http://a.example/" + "a" * 500_000,
    ],
)
def test_what_is_large_is_looked_over_in_seconds(body: str, links: Links) -> None:
    began = process_time()
    found = findings(draft(body), links)
    assert process_time() - began < 8
    assert len(found) < 11_000
    assert codes(found, "block") | codes(found, "warn")


def test_five_megabytes_are_refused_at_once(links: Links) -> None:
    with pytest.raises(BadBulletin, match="longer than"):
        findings(draft("x" * 5_000_000), links)


@given(
    st.text(max_size=200),
    st.text(st.characters(exclude_characters="\n\r", exclude_categories=("Cs", "Cc")), max_size=80),
)
def test_whatever_is_written_preflight_answers(body: str, title: str) -> None:
    links = Links("https://news.vendor.example", Signer((b"the key of the tests, 32 octets+",)))
    try:
        found = findings(draft(body, title=title), links)
    except NewsletterError:
        return  # it is no bulletin, and says so where it is read
    assert found
