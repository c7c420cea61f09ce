from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import BadToken
from newsletter.links import Links, OptOutLink
from newsletter.tokens import Purpose, Signer

LINKS = Links("https://news.vendor.example", Signer((b"k" * 32,)))
ids = st.integers(0, 2**63)


@given(link=st.builds(OptOutLink, ids, ids, ids, further=st.lists(ids, max_size=4).map(tuple)))
def test_an_opt_out_link_says_who_left_what_and_by_which_copy(link: OptOutLink) -> None:
    assert LINKS.read_opt_out(LINKS.opt_out_token(link)) == link
    assert LINKS.opt_out(link).rpartition("/")[2] == LINKS.opt_out_token(link)


@given(link=st.builds(OptOutLink, ids, ids, ids, further=st.lists(ids, max_size=4).map(tuple)))
def test_an_opt_out_link_stays_on_the_configured_host_and_tells_nothing_in_a_query(link: OptOutLink) -> None:
    url = urlsplit(LINKS.opt_out(link))
    assert (url.scheme, url.netloc, url.query, url.fragment) == ("https", "news.vendor.example", "", "")


def test_a_usual_opt_out_link_fits_a_header_line() -> None:
    # RFC 5322 section 2.1.1 recommends 78 characters; <> and the field's name on a line of its own included.
    link = OptOutLink(person_id=120_000, topic_id=9, delivery_id=3_000_000)
    assert len(f" <{LINKS.opt_out(link)}>") <= 78


@given(delivery_id=ids)
def test_a_return_path_names_its_copy_within_64_octets(delivery_id: int) -> None:
    local_part, _, domain = LINKS.return_path(delivery_id, "vendor.example").partition("@")
    assert domain == "vendor.example"
    assert len(local_part) <= 64  # RFC 5321 section 4.5.3.1.1
    for spelled in (local_part, local_part.upper()):
        assert LINKS.read_return_path(spelled) == delivery_id


def test_a_return_path_is_no_opt_out_and_an_opt_out_no_return_path() -> None:
    signer = LINKS.signer
    with pytest.raises(BadToken):
        LINKS.read_opt_out(signer.sign(Purpose.RETURN_PATH, 1, 2, 3))
    with pytest.raises(BadToken):
        LINKS.read_return_path(f"bounce+{signer.sign_caseless(Purpose.OPT_OUT, 1)}")


TOKEN = LINKS.return_path(7, "x").partition("+")[2].partition("@")[0]
FOREIGN = {
    "no token": "bounce",
    "an empty token": "bounce+",
    "nothing": "",
    "the token alone": TOKEN,
    "another mailbox of ours": f"service+{TOKEN}",
    "the token twice": f"bounce+{TOKEN}+{TOKEN}",
    "a whole address": f"bounce+{TOKEN}@vendor.example",
    "somebody else's VERP": "bounce+nora=toolroom-north.example",
}


@pytest.mark.parametrize("local_part", FOREIGN.values(), ids=FOREIGN.keys())
def test_a_local_part_that_is_no_return_path_is_refused(local_part: str) -> None:
    with pytest.raises(BadToken):
        LINKS.read_return_path(local_part)
