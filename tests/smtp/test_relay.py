"""What a relay's URL may say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import Misconfigured
from newsletter.smtp.relay import Encryption, Relay, read_relays

NEVER, OFFERED, REQUIRED, IMPLICIT = Encryption.NEVER, Encryption.OFFERED, Encryption.REQUIRED, Encryption.IMPLICIT


@pytest.mark.parametrize(
    ("url", "relay"),
    [
        ("smtp://mail.example.com", Relay("mail.example.com", 25, OFFERED)),
        ("smtp://mail.example.com:2525/", Relay("mail.example.com", 2525, OFFERED)),
        ("smtps://mail.example.com", Relay("mail.example.com", 465, IMPLICIT)),
        ("smtp://u:p@mail.example.com:587", Relay("mail.example.com", 587, REQUIRED, "u", "p")),
        ("smtp://u:p@mail.example.com?starttls=never", Relay("mail.example.com", 25, NEVER, "u", "p")),
        ("smtp://u%40x:p%2F%20%3A@mail.example.com", Relay("mail.example.com", 25, REQUIRED, "u@x", "p/ :")),
        ("smtp://127.0.0.1:1025", Relay("127.0.0.1", 1025, NEVER)),
        ("smtp://u:p@localhost:1025", Relay("localhost", 1025, NEVER, "u", "p")),
        ("smtp://localhost?starttls=required", Relay("localhost", 25, REQUIRED)),
        ("smtp://[::1]:1025", Relay("::1", 1025, NEVER)),
        ("smtp://post.müller.example", Relay("post.xn--mller-kva.example", 25, OFFERED)),
        ("smtps://mail.example.com?ca=/etc/plant.pem", Relay("mail.example.com", 465, IMPLICIT, ca="/etc/plant.pem")),
        ("smtp://localhost?weight=0&connections=64", Relay("localhost", 25, NEVER, weight=0, connections=64)),
        (
            "smtp://localhost?name=Second+relay&weight=100",
            Relay("localhost", 25, NEVER, name="Second relay", weight=100),
        ),
        (
            "smtp://localhost?hostname=news.m%C3%BCller.example",
            Relay("localhost", 25, NEVER, hostname="news.xn--mller-kva.example"),
        ),
        ("smtp://u:p@a.example?auth=CRAM-MD5", Relay("a.example", 25, REQUIRED, "u", "p", auth="CRAM-MD5")),
        (
            "smtp://u@a.example?token_file=/run/t",
            Relay("a.example", 25, REQUIRED, "u", auth="XOAUTH2", token_file="/run/t"),
        ),
        (
            "smtps://u@a.example?auth=xoauth2&token_file=t",
            Relay("a.example", 465, IMPLICIT, "u", auth="XOAUTH2", token_file="t"),
        ),
    ],
)
def test_a_url_says_where_and_how(url: str, relay: Relay) -> None:
    assert Relay.from_url(url) == relay


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.com",
        "http://mail.example.com",
        "smtp://",
        "smtp://:25",
        "smtp://mail.example.com:0",
        "smtp://mail.example.com:65536",
        "smtp://mail.example.com:x",
        "smtp://mail.example.com/inbox",
        "smtp://mail.example.com#x",
        "smtp://u@mail.example.com",
        "smtp://:s3cret@mail.example.com",
        "smtp://u:s3cret/x@mail.example.com",
        "smtp://u:s3cret%00@mail.example.com",
        "smtp://u:s3cret@mail.example.com?starttls=offered",
        "smtp://u:s3cret@mail.example.com?starttls=yes",
        "smtp://u:s3cret@mail.example.com?starttls=",
        "smtp://u:s3cret@mail.example.com?starttls=never&starttls=required",
        "smtp://u:s3cret@mail.example.com?tls=1",
        "smtps://u:s3cret@mail.example.com?starttls=required",
        "smtp://u:s3cret@mail_example",
        "smtp://u:s3cret@mail\t.example.com",
        "smtp://u:s3cret@mail.example.com ",
        "smtp://u:s3cret@[::1",
        "smtp://u:s3cret@a..b",
        "smtp://u:s3cret@a.example?weight=101",
        "smtp://u:s3cret@a.example?weight=-1",
        "smtp://u:s3cret@a.example?weight=1.5",
        "smtp://u:s3cret@a.example?weight=\u0662",
        "smtp://u:s3cret@a.example?weight=" + "9" * 5000,
        "smtp://u:s3cret@a.example?connections=0",
        "smtp://u:s3cret@a.example?connections=65",
        "smtp://u:s3cret@a.example?name=",
        "smtp://u:s3cret@a.example?name=a%0Ab",
        "smtp://u:s3cret@a.example?name=" + "n" * 65,
        "smtp://u:s3cret@a.example?hostname=a%0D%0AQUIT",
        "smtp://u:s3cret@a.example?hostname=a+b",
        "smtp://u:s3cret@a.example?auth=gssapi",
        "smtp://u:s3cret@a.example?auth=xoauth2",
        "smtp://u:s3cret@a.example?token_file=/run/t",
        "smtp://u@a.example?auth=plain&token_file=/run/t",
        "smtp://u@a.example?auth=plain",
        "smtp://u@a.example?token_file=/run/t&starttls=offered",
        "smtp://a.example?token_file=/run/t",
        "smtp://a.example?auth=plain",
    ],
)
def test_nonsense_is_refused_in_a_sentence_without_the_password(url: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        Relay.from_url(url)
    assert refusal.value.message.endswith(".")
    assert refusal.value.hint
    assert "s3cret" not in str(refusal.value)


def test_the_password_is_not_shown() -> None:
    assert "s3cret" not in repr(Relay.from_url("smtp://u:s3cret@mail.example.com"))


@given(st.text(), st.sampled_from(["smtp://", "smtps://", ""]))
def test_any_text_is_a_relay_or_misconfigured(text: str, scheme: str) -> None:
    try:
        relay = Relay.from_url(scheme + text)
    except Misconfigured:
        return
    assert relay.host.isascii()
    assert 0 < relay.port < 65536


def test_a_relay_is_called_by_its_place_unless_it_has_a_name() -> None:
    names = [
        relay.name for relay in read_relays("smtp://a.example\n smtp://[::1]:1025\tsmtps://u:p@a.example?name=main")
    ]
    assert names == ["a.example:25", "[::1]:1025", "main"]


@pytest.mark.parametrize(
    "urls",
    [
        "",
        "  ",
        "smtp://a.example smtp://u:s3cret@a.example",
        "smtp://a.example?name=x smtp://b.example?name=x",
        "smtp://a.example?name=b.example:25 smtp://b.example",
        "smtp://a.example, smtp://b.example",
        "smtp://a.example b.example",
    ],
)
def test_several_relays_need_names_of_their_own(urls: str) -> None:
    with pytest.raises(Misconfigured) as refusal:
        read_relays(urls)
    assert refusal.value.hint
    assert "s3cret" not in str(refusal.value)
