"""A picture drawn anew: its pixels, upright and no larger than a letter shows, and nothing else of the file.

Runs in a process of its own (`apart`): decoding is where files that were made to harm do their harm.
"""

import warnings
from io import BytesIO

from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from newsletter.enclosure.drawn import Drawn
from newsletter.enclosure.what_it_is import kind_of_picture
from newsletter.errors import BadFile

WIDEST, TALLEST = 1200, 4000  # pixels
MOST_PIXELS = 40_000_000
HEAVIEST = 3_000_000  # octets of what becomes of it
_PHOTO_LIKE = 300_000  # octets; a PNG that is heavier and hides nothing may be better as a JPEG
_MOST_FRAMES, _MOST_MOVING = 60, 15_000_000
_QUALITY = 82
_LARGER = "Save the picture with fewer pixels; letters show 1200 across at most."

Image.MAX_IMAGE_PIXELS = MOST_PIXELS
ImageFile.LOAD_TRUNCATED_IMAGES = False
warnings.simplefilter("error", Image.DecompressionBombWarning)


def redraw(octets: bytes) -> Drawn:
    """The picture as JPEG, PNG or GIF. Raises BadFile for what is none, is cut off, or has too many pixels."""
    kind = kind_of_picture(octets)
    try:
        with Image.open(BytesIO(octets), formats=(kind,)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise _too_large(picture.width, picture.height)
            drawn = _drawn(picture, kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise BadFile(f"The picture has more than {MOST_PIXELS // 1_000_000} megapixels.", hint=_LARGER) from error
    except MemoryError as error:
        raise BadFile("The picture takes more memory than we give it.", hint=_LARGER) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError) as error:
        sentence = f"This begins like a {kind} and cannot be read as one: it is cut off or damaged."
        raise BadFile(sentence, hint="Save it anew, then upload it.") from error
    if len(drawn.octets) > HEAVIEST:
        sentence = f"The picture still weighs {len(drawn.octets) // 1000:,} kB in the size of a letter."
        raise BadFile(sentence, hint="Save it as JPEG, or cut out what matters.")
    return drawn


def _drawn(picture: Image.Image, kind: str) -> Drawn:
    if kind == "GIF" and (moving := _moving(picture)):
        return moving
    if kind == "JPEG":
        picture.draft("RGB", (2 * WIDEST, 2 * TALLEST))  # read at a half or a quarter, where that is enough
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    small = _in_size(_in_colours(upright))
    if kind == "JPEG":
        return _as_jpeg(small)
    as_png = _as_png(small)
    if len(as_png.octets) > _PHOTO_LIKE and small.mode == "RGB":
        return min(as_png, _as_jpeg(small), key=lambda drawn: len(drawn.octets))
    return as_png


def _in_colours(picture: Image.Image) -> Image.Image:
    """As RGB, with transparency where there is some, in the colours that screens take for granted."""
    profile = picture.info.get("icc_profile")
    has_gaps = picture.has_transparency_data
    if profile and picture.mode in ("RGB", "CMYK"):
        try:
            own, usual = ImageCms.ImageCmsProfile(BytesIO(profile)), ImageCms.createProfile("sRGB")
            changed = ImageCms.profileToProfile(picture, own, usual, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            changed = None
        if changed is not None and not has_gaps:
            return changed
    if picture.mode.startswith("I"):
        picture = picture.point(lambda level: level / 256).convert("L")  # sixteen bits become eight
    full = picture.convert("RGBA" if has_gaps else "RGB")
    if has_gaps and full.getchannel("A").getextrema() == (255, 255):
        return full.convert("RGB")
    return full


def _in_size(picture: Image.Image) -> Image.Image:
    if picture.width <= WIDEST and picture.height <= TALLEST:
        return picture
    small = picture.copy()
    small.thumbnail((WIDEST, TALLEST), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return small


def _as_jpeg(picture: Image.Image) -> Drawn:
    return _saved(_bare(picture.convert("RGB")), "JPEG", quality=_QUALITY, optimize=True, progressive=True)


def _as_png(picture: Image.Image) -> Drawn:
    colours = picture.getcolors(256) if picture.mode == "RGB" else None
    if colours is not None:  # a drawing: the same pixels in a third of the octets
        return _saved(_bare(picture.quantize(len(colours), dither=Image.Dither.NONE)), "PNG", optimize=True)
    return _saved(_bare(picture), "PNG", optimize=True)


def _bare(picture: Image.Image) -> Image.Image:
    """The picture without what travelled with it: place, camera, comments, profile."""
    picture.info = {}
    return picture


def _saved(picture: Image.Image, kind: str, **how: object) -> Drawn:
    written = BytesIO()
    picture.save(written, kind, **how)
    return Drawn(written.getvalue(), f"image/{kind.lower()}", picture.width, picture.height)


def _moving(picture: Image.Image) -> Drawn | None:
    """The same with all its frames, where they are few and small; Outlook shows the first."""
    frames: int = getattr(picture, "n_frames", 1)
    if not 1 < frames <= _MOST_FRAMES or picture.width > WIDEST or picture.height > WIDEST:
        return None
    if frames * picture.width * picture.height > _MOST_MOVING:
        return None
    drawn, lasts = [], []
    for number in range(frames):
        picture.seek(number)
        lasts.append(max(20, int(picture.info.get("duration", 100))))
        drawn.append(_bare(picture.convert("RGBA")))
    written = BytesIO()
    drawn[0].save(
        written, "GIF", save_all=True, append_images=drawn[1:], duration=lasts, loop=0, disposal=2, optimize=True
    )
    return Drawn(written.getvalue(), "image/gif", picture.width, picture.height)


def _too_large(width: int, height: int) -> BadFile:
    sentence = (
        f"The picture has {width:,} by {height:,} pixels, which is more than {MOST_PIXELS // 1_000_000} megapixels."
    )
    return BadFile(sentence, hint=_LARGER)
