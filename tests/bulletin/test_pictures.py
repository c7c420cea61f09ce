"""Pictures of ours in bulletins: how a letter names them, and that they are there."""

import re
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest

from newsletter.archive.showing import show_to_anybody
from newsletter.bulletin.compose import needed_tags
from newsletter.bulletin.pictures import need_pictures
from newsletter.bulletin.preflight import Facts
from newsletter.bulletin.source import read_source
from newsletter.db import Database
from newsletter.enclosure.drawn import Drawn
from newsletter.enclosure.keep_picture import keep_picture
from newsletter.errors import BadBulletin
from newsletter.links import Links
from newsletter.message.picture import COLUMN, mentioned_pictures, read_name
from tests.bulletin.drafts import BODY, codes, draft, findings, press_of
from tests.bulletin.test_readings import NORA

WIDE, SMALL = "0123456789abcdef0123-1200x801.jpg", "0123456789abcdef0123-90x60.png"
TEXT = f"{BODY}\n![Where the nipple is](picture:{WIDE})\n\n[![Small](picture:{SMALL})](https://a.example/)\n"


def parts(links: Links, now: datetime, text: str) -> tuple[str, str]:
    octets = press_of(draft(text), links).octets(NORA, person_id=1, delivery_id=1, date=now)
    message = message_from_bytes(octets, policy=policy.default)
    assert isinstance(message, EmailMessage)
    html, plain = message.get_body(("html",)), message.get_body(("plain",))
    assert html is not None
    assert plain is not None
    return html.get_content(), plain.get_content()


def test_a_letter_names_the_whole_address_and_the_size_that_outlook_wants(links: Links, now: datetime) -> None:
    html, plain = parts(links, now, TEXT)
    images = re.findall(r"<img[^>]*>", html)
    assert f'src="{links.pictures}{WIDE}"' in images[0]
    assert f'width="{COLUMN}"' in images[0]
    assert f'height="{round(801 * COLUMN / 1200)}"' in images[0]
    assert 'alt="Where the nipple is"' in images[0]
    assert "max-width:100%" in images[0].replace(" ", "")
    assert ('width="90"' in images[1], 'height="60"' in images[1]) == (True, True)
    assert "[Where the nipple is]" in plain
    assert "picture:" not in html + plain


def test_everybody_sees_it_in_the_archive_and_nothing_of_others(links: Links) -> None:
    source = read_source(draft(f"{TEXT}\n![Far](https://elsewhere.example/x.png)\n"))
    html = show_to_anybody(9, source, "en", links.pictures).html
    assert f'<img src="{links.pictures}{WIDE}"' in html
    assert "elsewhere.example/x.png" in html
    assert '<img src="https://elsewhere' not in html


WRONG = {
    "no such name": ("![x](picture:nipple.png)", "no picture 'nipple.png'"),
    "no kind that is shown": (f"![x](picture:{WIDE.replace('jpg', 'svg')})", "no picture"),
    "a link to it": (f"[x](picture:{WIDE})", "leads nowhere"),
    "a tag in it": ("![x](picture:{{ name }})", "no picture '{{ name }}'"),
    "a way out of its place": ("![x](picture:../../etc/passwd)", "no picture"),
}


@pytest.mark.parametrize(("text", "said"), WRONG.values(), ids=WRONG)
def test_what_is_no_picture_is_refused_where_it_stands(text: str, said: str, links: Links) -> None:
    with pytest.raises(BadBulletin, match=re.escape(said)) as refused:
        press_of(draft(f"{BODY}\n{text}\n"), links).proof()
    assert refused.value.line == 12


def test_a_name_tells_its_size() -> None:
    read = read_name(WIDE)
    assert read is not None
    assert (read.width, read.height, read.shown) == (1200, 801, (COLUMN, 374))
    assert [name for name, _ in mentioned_pictures(TEXT)] == [WIDE, SMALL]
    assert list(mentioned_pictures(f"picture:{WIDE}x picture: picture:x")) == []
    for wrong in ("", WIDE.upper(), f"{WIDE}\n", WIDE.replace("1200", "0"), WIDE.replace("1200", "123456")):
        assert read_name(wrong) is None


def test_a_bulletin_needs_the_pictures_that_it_names(db: Database, now: datetime) -> None:
    def draw(octets: bytes) -> Drawn:
        return Drawn(octets, "image/png", 90, 60)

    name = keep_picture(db, b"\x89PNG\r\n\x1a\n", "Nipple", author="mara", now=now, draw=draw).name
    there = read_source(draft(f"{BODY}\n![x](picture:{name})"))
    missing = read_source(draft(f"{BODY}\n![x](picture:{name})\n\nand ![y](picture:{SMALL})"))
    with db.read() as session:
        assert need_pictures(session, there) == {name: 8}
        with pytest.raises(BadBulletin, match=f"no picture '{SMALL}'") as refused:
            need_pictures(session, missing)
    assert (refused.value.line, refused.value.column) == (14, 10)
    assert needed_tags(there) == ("name",)


def test_preflight_knows_their_weight_and_never_follows_them(links: Links) -> None:
    heavy = findings(draft(TEXT), links, Facts(targeted=1, pictures={WIDE: 400_000, SMALL: 700_000}))
    assert codes(heavy, "warn") >= {"image-heavy", "images-heavy"}
    light = findings(draft(TEXT), links, Facts(targeted=1, pictures={WIDE: 4_000, SMALL: 7_000}))
    assert "image-heavy" not in codes(light, "warn")
    assert "1 of 1" in next(one.sentence for one in light if one.code == "links-open")
    wordless = findings(draft(TEXT.replace("Where the nipple is", "")), links)
    assert "image-no-words" in codes(wordless, "warn")
