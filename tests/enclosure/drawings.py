"""Pictures for tests, good and bad, made by code."""

import struct
import zlib
from io import BytesIO

from PIL import Image

COLOUR = (200, 30, 40)


def octets(picture: Image.Image, kind: str, **how: object) -> bytes:
    written = BytesIO()
    picture.save(written, kind, **how)
    return written.getvalue()


def png(width: int = 40, height: int = 30) -> bytes:
    return octets(Image.new("RGB", (width, height), COLOUR), "PNG")


def jpeg(width: int = 40, height: int = 30, **how: object) -> bytes:
    return octets(Image.effect_noise((width, height), 60).convert("RGB"), "JPEG", **how)


def moving(frames: int = 3, width: int = 40, height: int = 30) -> bytes:
    first, *rest = (Image.new("RGB", (width, height), (80 * n % 256, 30, 40)) for n in range(frames))
    return octets(first, "GIF", save_all=True, append_images=rest, duration=100, comment=b"made by Nora")


def phone_photo() -> bytes:
    """On its side, with the place where it was taken, the camera and a remark."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x010F] = "Secret Camera"
    exif.get_ifd(0x8825).update({1: "N", 2: (53.0, 33.0, 2.0)})
    left_red = Image.new("RGB", (64, 48), (0, 0, 255))
    left_red.paste((255, 0, 0), (0, 0, 32, 48))
    return octets(left_red, "JPEG", exif=exif.tobytes(), comment=b"Secret remark", quality=95)


def bomb(width: int, height: int) -> bytes:
    """A few octets that say they are that large; the pixels are all there, and all the same."""
    rows = zlib.compressobj(9)
    line = b"\0" + b"\0" * ((width + 7) // 8)
    packed = b"".join(rows.compress(line) for _ in range(height)) + rows.flush()
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
