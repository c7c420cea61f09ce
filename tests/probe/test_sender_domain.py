"""SPF, DKIM and DMARC as a table of records and verdicts, asked of a real name server."""

from functools import partial

import pytest

from newsletter.probe.names import Unanswered, texts_of
from newsletter.probe.sender_domain import Found, look_up
from tests.probe.name_server import Zone, name_server

KEY = "s1._domainkey.acme.example"
GOOD = {
    "bounce.acme.example": "v=spf1 ip4:192.0.2.1 -all",
    KEY: "v=DKIM1; k=rsa; p=MIIB",
    "_dmarc.acme.example": "v=DMARC1; p=quarantine; rua=mailto:d@acme.example",
}


def found(
    records: dict[str, str | list[str]], domain: str = "acme.example", keys: tuple[str, ...] = (KEY,)
) -> list[Found]:
    zone: Zone = {(name, "TXT"): [said] if isinstance(said, str) else said for name, said in records.items()}
    with name_server(zone) as resolver:
        return look_up(domain, "bounce.acme.example", keys, partial(texts_of, resolver=resolver))


def test_a_domain_in_order_is_well() -> None:
    assert [(one.what, one.is_well) for one in found({**GOOD})] == [("spf", True), ("dkim", True), ("dmarc", True)]


@pytest.mark.parametrize(
    ("name", "record", "what", "word"),
    [
        ("bounce.acme.example", "hello", "spf", "no SPF"),
        ("bounce.acme.example", ["v=spf1 -all", "v=spf1 ~all"], "spf", "2 SPF records"),
        ("bounce.acme.example", "v=spf1 +all", "spf", "anybody"),
        (KEY, "v=DKIM1; p=", "dkim", "taken back"),
        (KEY, "hello", "dkim", "no DKIM key"),
        ("_dmarc.acme.example", "v=spf1", "dmarc", "no DMARC"),
        ("_dmarc.acme.example", "v=DMARC1; p=maybe", "dmarc", "no policy"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(name: str, record: str | list[str], what: str, word: str) -> None:
    (wrong,) = [one for one in found({**GOOD, name: record}) if not one.is_well]
    assert wrong.what == what
    assert word in wrong.sentence
    assert wrong.hint


def test_the_policy_of_a_domain_holds_for_those_below_it() -> None:
    (_, _, dmarc) = found({**GOOD}, domain="news.acme.example")
    assert dmarc.is_well


def test_without_a_key_nothing_is_signed() -> None:
    assert [one.sentence for one in found({**GOOD}, keys=()) if not one.is_well] == [
        "Nothing here signs mail of acme.example with DKIM."
    ]


def test_silent_dns_is_said_and_nothing_is_raised() -> None:
    def silence(name: str) -> list[str]:
        raise Unanswered(f"DNS did not answer for {name}.")

    assert {one.sentence.split(" for")[0] for one in look_up("a.example", "a.example", [KEY], silence)} == {
        "DNS did not answer"
    }
