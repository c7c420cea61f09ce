"""A picture drawn anew, and what is refused in words."""

import subprocess
import sys
from io import BytesIO

import pytest
from PIL import Image

from newsletter.enclosure.apart import redraw_apart
from newsletter.enclosure.drawn import Drawn
from newsletter.enclosure.redraw import MOST_PIXELS, TALLEST, WIDEST, redraw
from newsletter.enclosure.what_it_is import LARGEST
from newsletter.errors import BadFile
from tests.enclosure.drawings import COLOUR, bomb, jpeg, moving, octets, phone_photo, png
from tests.test_house import HOUSE


def opened(drawn: Drawn) -> Image.Image:
    picture = Image.open(BytesIO(drawn.octets))
    picture.load()
    assert picture.size == (drawn.width, drawn.height)
    assert drawn.kind == Image.MIME[str(picture.format)]
    return picture


GOOD = {
    "png": (png(), "image/png", (40, 30)),
    "a large jpeg": (jpeg(2600, 1300), "image/jpeg", (WIDEST, 600)),
    "a tall one": (png(100, 2 * TALLEST), "image/png", (50, TALLEST)),
    "webp": (octets(Image.new("RGB", (40, 30), COLOUR), "WEBP", lossless=True), "image/png", (40, 30)),
    "webp with gaps": (octets(Image.new("RGBA", (40, 30), (1, 2, 3, 99)), "WEBP"), "image/png", (40, 30)),
    "a still gif": (octets(Image.new("P", (40, 30), 3), "GIF"), "image/png", (40, 30)),
    "a moving gif": (moving(), "image/gif", (40, 30)),
    "a gif that moves for long": (moving(frames=70, width=8, height=8), "image/png", (8, 8)),
    "for print": (octets(Image.new("CMYK", (40, 30)), "JPEG"), "image/jpeg", (40, 30)),
    "grey": (octets(Image.new("L", (40, 30), 9), "PNG"), "image/png", (40, 30)),
    "black and white": (octets(Image.new("1", (40, 30), 1), "PNG"), "image/png", (40, 30)),
    "of one pixel": (png(1, 1), "image/png", (1, 1)),
}


@pytest.mark.parametrize(("file", "kind", "size"), GOOD.values(), ids=GOOD)
def test_it_becomes_what_mail_programs_show(file: bytes, kind: str, size: tuple[int, int]) -> None:
    drawn = redraw(file)
    assert (drawn.kind, (drawn.width, drawn.height)) == (kind, size)
    opened(drawn)


def test_the_same_file_gives_the_same_octets() -> None:
    file = jpeg(1300, 20)
    assert redraw(file) == redraw(file) == redraw_apart(file)


def test_nothing_travels_with_it_and_it_stands_upright() -> None:
    photo = phone_photo()
    assert b"Secret" in photo
    drawn = redraw(photo)
    picture = opened(drawn)
    assert b"Secret" not in drawn.octets
    assert b"Exif" not in drawn.octets
    assert (dict(picture.getexif()), picture.size) == ({}, (48, 64))
    red, _, blue = picture.convert("RGB").getpixel((24, 8))
    assert red > 200 > blue  # what was left is above


def test_a_moving_picture_keeps_its_frames_and_loses_its_remarks() -> None:
    drawn = redraw(moving())
    assert getattr(opened(drawn), "n_frames", 1) == 3
    assert b"Nora" not in drawn.octets


def test_what_is_seen_through_stays_so() -> None:
    half = Image.new("RGBA", (40, 30), (*COLOUR, 0))
    half.paste((*COLOUR, 255), (0, 0, 20, 30))
    picture = opened(redraw(octets(half, "PNG"))).convert("RGBA")
    assert [picture.getpixel((x, 5)) for x in (5, 35)] == [(*COLOUR, 255), (*COLOUR, 0)]


def test_sixteen_bits_become_eight_and_not_black() -> None:
    picture = opened(redraw(octets(Image.new("I;16", (40, 30), 32768), "PNG"))).convert("L")
    assert picture.getpixel((5, 5)) == 128


SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
BAD = {
    "nothing": (b"", "empty"),
    "a drawing with a script": (SVG, "SVG"),
    "a drawing without a head": (b"\xef\xbb\xbf  <svg onload=alert(1)>", "SVG"),
    "a page": (b"<!doctype html><script>alert(1)</script>", "no picture"),
    "a pdf": (b"%PDF-1.7\n", "a PDF"),
    "a program": (b"MZ\x90\0", "a program"),
    "a heic": (b"\0\0\0\x18ftypheic\0\0", "HEIC"),
    "an avif": (b"\0\0\0\x18ftypavif\0\0", "AVIF"),
    "a tiff": (octets(Image.new("RGB", (4, 4)), "TIFF"), "a TIFF"),
    "a bmp": (octets(Image.new("RGB", (4, 4)), "BMP"), "a BMP"),
    "noise": (b"\x01\x02\x03" * 99, "no picture"),
    "a jpeg cut off": (jpeg(200, 200)[:900], "cut off or damaged"),
    "a png cut off": (octets(Image.effect_noise((90, 90), 60), "PNG")[:900], "cut off or damaged"),
    "only a beginning": (b"\x89PNG\r\n\x1a\n", "cut off or damaged"),
    "a gif of nothing": (b"GIF89a" + bytes(7), "cut off or damaged"),
    "html behind the mark of a jpeg": (b"\xff\xd8\xff<script>alert(1)</script>", "cut off or damaged"),
    "200 megapixels": (bomb(20_000, 10_000), "megapixels"),
    "16 gigapixels": (bomb(16, 16).replace(b"\0\0\0\x10\0\0\0\x10", b"\0\1\0\0\0\1\0\0"), "damaged|megapixels"),
    "too many octets": (png() + bytes(LARGEST), "more than 10 MB"),
}


@pytest.mark.parametrize(("file", "said"), BAD.values(), ids=BAD)
def test_what_is_no_picture_for_a_letter_is_refused_in_words(file: bytes, said: str) -> None:
    with pytest.raises(BadFile, match=said) as refused:
        redraw(file)
    assert refused.value.hint


@pytest.mark.parametrize("name", ["nothing", "html behind the mark of a jpeg", "200 megapixels"])
def test_what_is_refused_apart_is_refused_in_the_same_words(name: str) -> None:
    file, said = BAD[name]
    with pytest.raises(BadFile, match=said):
        redraw_apart(file)


def test_the_bomb_is_small_and_is_not_unpacked() -> None:
    assert len(bomb(20_000, 10_000)) < 40_000
    assert MOST_PIXELS < 20_000 * 10_000


def test_the_process_that_decodes_has_little_memory_and_time() -> None:
    program = (
        "import resource, runpy, sys, io, contextlib\n"
        "with contextlib.suppress(SystemExit): runpy.run_module('newsletter.enclosure.redrawer', run_name='x')\n"
        "print(resource.getrlimit(resource.RLIMIT_AS)[0], resource.getrlimit(resource.RLIMIT_CPU)[0], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], input=b"", capture_output=True, check=True, cwd=HOUSE)
    memory, seconds = map(int, done.stderr.split())
    assert (memory <= 10**9, seconds <= 20) == (True, True)


def test_nobody_who_keeps_pictures_loads_what_decodes_them() -> None:
    program = "import sys, newsletter.enclosure.keep_picture; print('PIL' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", program], cwd=HOUSE).strip() == b"False"
