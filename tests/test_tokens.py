import base64
import hmac
import string
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from newsletter.errors import BadToken
from newsletter.tokens import MAC_OCTETS, Purpose, Signer

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
SIGNER = Signer((KEY,))
URL_SAFE = string.ascii_letters + string.digits + "-_"

numbers = st.lists(st.integers(0, 2**63), max_size=3).map(tuple)

type_of_token = pytest.mark.parametrize(
    ("sign", "read"),
    [(Signer.sign, Signer.numbers), (Signer.sign_caseless, Signer.numbers_caseless)],
    ids=["url", "caseless"],
)
Sign = Callable[..., str]
Read = Callable[[Signer, Purpose, str, int], tuple[int, ...]]


@pytest.mark.parametrize(
    ("sign", "purpose", "said", "token"),
    [
        (Signer.sign, Purpose.OPT_OUT, (120_000, 9, 3_000_000), "AcCpBwnAjbcBcxznrEUd9ovp2smObIn5jg"),
        (Signer.sign, Purpose.ACKNOWLEDGE, (5, 2**40), "AwWAgICAgCDsONCADLkjK4Cs-BSoxwod"),
        (Signer.sign_caseless, Purpose.RETURN_PATH, (2**31,), "akaibaeabbquzglrckwxj76rwseslublhpla"),
    ],
)
def test_a_token_of_years_ago_is_made_and_read_today(
    sign: Sign, purpose: Purpose, said: tuple[int, ...], token: str
) -> None:
    assert sign(SIGNER, purpose, *said) == token
    read = Signer.numbers if sign is Signer.sign else Signer.numbers_caseless
    assert read(SIGNER, purpose, token, len(said)) == said


@given(key=st.binary(min_size=1, max_size=150), said=numbers)
def test_a_token_is_signed_as_rfc_2104_says_and_spelled_as_rfc_4648_says(key: bytes, said: tuple[int, ...]) -> None:
    signer = Signer((key,))
    signed = base64.urlsafe_b64decode(signer.sign(Purpose.OPT_OUT, *said) + "==")
    payload, mac = signed[:-MAC_OCTETS], signed[-MAC_OCTETS:]
    assert mac == hmac.digest(key, b"newsletter token\0" + payload, "sha256")[:MAC_OCTETS]
    caseless = base64.b32encode(signed).decode().rstrip("=").lower()
    assert signer.sign_caseless(Purpose.OPT_OUT, *said) == caseless


@type_of_token
@given(said=numbers)
def test_a_token_says_what_it_was_made_with(sign: Sign, read: Read, said: tuple[int, ...]) -> None:
    assert read(SIGNER, Purpose.OPT_OUT, sign(SIGNER, Purpose.OPT_OUT, *said), len(said)) == said


@given(said=numbers)
def test_a_token_needs_no_escaping_in_a_url(said: tuple[int, ...]) -> None:
    assert set(SIGNER.sign(Purpose.OPT_OUT, *said)) <= set(URL_SAFE)


@given(said=numbers)
def test_a_caseless_token_survives_any_change_of_case(said: tuple[int, ...]) -> None:
    token = SIGNER.sign_caseless(Purpose.RETURN_PATH, *said)
    assert set(token) <= set(string.ascii_lowercase + "234567")
    for spelled in (token.upper(), token.title(), token.swapcase()):
        assert SIGNER.numbers_caseless(Purpose.RETURN_PATH, spelled, len(said)) == said


@type_of_token
@given(said=numbers, where=st.integers(0), character=st.characters())
def test_one_changed_character_makes_a_token_worthless(
    sign: Sign, read: Read, said: tuple[int, ...], where: int, character: str
) -> None:
    token = sign(SIGNER, Purpose.OPT_OUT, *said)
    place = where % len(token)
    changed = token[:place] + character + token[place + 1 :]
    assume(changed != token and not (read is Signer.numbers_caseless and changed.lower() == token))
    with pytest.raises(BadToken):
        read(SIGNER, Purpose.OPT_OUT, changed, len(said))


@type_of_token
def test_no_other_last_character_is_taken_either(sign: Sign, read: Read) -> None:
    # The last character has bits that no octet uses, so several spellings decode alike; only ours may pass.
    for said in ((1,), (200,), (200, 1), (200, 200), (70000, 200), (1, 2, 3), (200, 2, 3)):
        token = sign(SIGNER, Purpose.OPT_OUT, *said)
        for last in set(URL_SAFE) - {token[-1], token[-1].upper() if read is Signer.numbers_caseless else token[-1]}:
            with pytest.raises(BadToken):
                read(SIGNER, Purpose.OPT_OUT, token[:-1] + last, len(said))


@type_of_token
@given(said=numbers)
def test_a_cut_token_is_worthless_wherever_it_is_cut(sign: Sign, read: Read, said: tuple[int, ...]) -> None:
    token = sign(SIGNER, Purpose.OPT_OUT, *said)
    cuts = [token[:end] for end in range(len(token))] + [token[start:] for start in range(1, len(token))]
    for cut in cuts:
        for count in range(4):
            with pytest.raises(BadToken):
                read(SIGNER, Purpose.OPT_OUT, cut, count)


@type_of_token
@given(said=numbers, more=st.text(min_size=1))
def test_a_token_with_something_after_it_is_worthless(sign: Sign, read: Read, said: tuple[int, ...], more: str) -> None:
    with pytest.raises(BadToken):
        read(SIGNER, Purpose.OPT_OUT, sign(SIGNER, Purpose.OPT_OUT, *said) + more, len(said))


@type_of_token
@given(said=numbers)
def test_a_token_of_another_purpose_count_or_key_is_worthless(sign: Sign, read: Read, said: tuple[int, ...]) -> None:
    token = sign(SIGNER, Purpose.OPT_OUT, *said)
    for reader, purpose, count in (
        (SIGNER, Purpose.RETURN_PATH, len(said)),
        (SIGNER, Purpose.OPT_OUT, len(said) + 1),
        (Signer((OTHER_KEY,)), Purpose.OPT_OUT, len(said)),
    ):
        with pytest.raises(BadToken):
            read(reader, purpose, token, count)


@type_of_token
def test_a_rotated_key_still_reads_and_no_longer_signs(sign: Sign, read: Read) -> None:
    old, rotated = Signer((OTHER_KEY,)), Signer((KEY, OTHER_KEY))
    assert read(rotated, Purpose.OPT_OUT, sign(old, Purpose.OPT_OUT, 7), 1) == (7,)
    assert sign(rotated, Purpose.OPT_OUT, 7) == sign(SIGNER, Purpose.OPT_OUT, 7)


RUBBISH = {
    "empty": "",
    "huge": "A" * 1_000_000,
    "padding": "====",
    "a space": " ",
    "NUL": "\0" * 30,
    "not ASCII": "\N{KELVIN SIGN}\N{LATIN SMALL LETTER LONG S}" * 15,
    "digits of another script": "\N{FULLWIDTH DIGIT TWO}" * 32,
    "a lone surrogate": "\ud800" * 32,
    "shorter than a signature": "AAAA",
    "all zero": "A" * 40,
}


@type_of_token
@pytest.mark.parametrize("rubbish", RUBBISH.values(), ids=RUBBISH.keys())
@pytest.mark.parametrize("count", [0, 1, 3])
def test_rubbish_is_a_bad_token(sign: Sign, read: Read, rubbish: str, count: int) -> None:
    assert sign(SIGNER, Purpose.OPT_OUT) != rubbish
    with pytest.raises(BadToken):
        read(SIGNER, Purpose.OPT_OUT, rubbish, count)


@type_of_token
@given(rubbish=st.text(), count=st.integers(0, 3))
def test_no_text_at_all_is_more_than_a_bad_token(sign: Sign, read: Read, rubbish: str, count: int) -> None:
    assume(rubbish != sign(SIGNER, Purpose.OPT_OUT))
    with pytest.raises(BadToken):
        read(SIGNER, Purpose.OPT_OUT, rubbish, count)


def test_a_signature_is_as_hard_to_guess_as_rfc_8058_section_6_asks() -> None:
    assert MAC_OCTETS * 8 >= 128


def test_a_number_below_zero_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="whole numbers from 0"):
        SIGNER.sign(Purpose.OPT_OUT, -1)
