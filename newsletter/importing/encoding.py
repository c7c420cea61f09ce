"""Which encoding the octets of an export are in, found in one pass and a few hundred kilobytes of memory."""

import codecs
import re
from pathlib import Path
from typing import BinaryIO

from charset_normalizer import from_bytes

from newsletter.errors import BadFile

_SAVE_AS_CSV = "Save it as CSV (UTF-8) and import that."
_CHUNK = 1 << 18
_SAMPLE = 1 << 16
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_MAGIC = {
    b"PK\x03\x04": "a workbook or a ZIP archive",
    b"\xd0\xcf\x11\xe0": "an old Excel or Word file",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a packed file",
}
_FOREIGN_WORD = re.compile(rb"[\x80-\xff]{3,}")
_WESTERN = ["cp1252", "mac_roman"]
_ANY_SCRIPT = ["cp1252", "cp1251", "cp1253", "shift_jis", "gb18030"]


def find_encoding(path: Path) -> str:
    """The Python codec of a file: by its mark, else UTF-8, else the best guess.

    Raises BadFile for what is no text at all. A UTF-8 file with a few foreign octets stays UTF-8: decode it with
    "surrogateescape" and those rows show themselves.
    """
    with path.open("rb") as file:
        start = file.read(4)
        for magic, kind in _MAGIC.items():
            if start.startswith(magic):
                raise BadFile(f"{path.name} is {kind}, not a CSV file.", hint=_SAVE_AS_CSV)
        if start.startswith(_UTF16):
            return "utf-16"
        file.seek(0)
        return _without_utf16_mark(file, path.name)


def _without_utf16_mark(file: BinaryIO, name: str) -> str:
    decoder = codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
    foreign = strange = 0
    sample = b""
    while chunk := file.read(_CHUNK):
        if b"\0" in chunk:
            raise BadFile(f"{name} holds NUL octets, so it is no text file.", hint=_SAVE_AS_CSV)
        text = decoder.decode(chunk)
        foreign += len(text) - len(text.encode("ascii", "ignore"))
        strange += len(text) - len(text.encode("utf-8", "ignore").decode())
        if len(sample) < _SAMPLE and not chunk.isascii():
            sample += b"\n".join(line for line in chunk.splitlines() if not line.isascii())[:_SAMPLE]
    strange += len(decoder.decode(b"", final=True))
    return "utf-8-sig" if strange <= foreign // 2 else _guess(sample)


def _guess(sample: bytes) -> str:
    # A statistical guess takes "Müller" for Baltic. Western words hold their accents one by one, so a run of three
    # foreign octets must be there before another script is believed.
    candidates = _ANY_SCRIPT if _FOREIGN_WORD.search(sample) else _WESTERN
    best = from_bytes(sample, cp_isolation=candidates).best()
    for encoding in (best.encoding if best else "cp1252", "cp1252"):
        try:
            sample.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return "latin-1"
