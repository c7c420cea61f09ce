"""What a file is, by its first octets and not by its name, and why it is no picture for a letter. Pure."""

from newsletter.errors import BadFile

LARGEST = 10_000_000  # octets

_PICTURES = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
}
_OTHERS = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a ZIP or an office document",
    b"BM": "a BMP",
    b"II*\0": "a TIFF",
    b"MM\0*": "a TIFF",
    b"8BPS": "a Photoshop file",
    b"\x1f\x8b": "a compressed file",
    b"MZ": "a program",
    b"\x7fELF": "a program",
}
_ISO_BRANDS = {b"heic": "a HEIC", b"heix": "a HEIC", b"mif1": "a HEIC", b"avif": "an AVIF"}
_DRAWINGS = (b"<svg", b"<?xml", b"<!doctype svg")


def kind_of_picture(octets: bytes) -> str:
    """`JPEG`, `PNG`, `GIF` or `WEBP`. Raises BadFile, with what to do, for everything else."""
    if not octets:
        raise BadFile("The file is empty.", hint="Choose another.")
    if len(octets) > LARGEST:
        sentence = f"The file has more than {LARGEST // 1_000_000} MB."
        raise BadFile(sentence, hint="Make the picture smaller; letters show 1200 pixels at most.")
    if octets[:4] == b"RIFF" and octets[8:12] == b"WEBP":
        return "WEBP"
    for mark, kind in _PICTURES.items():
        if octets.startswith(mark):
            return kind
    raise _refusal(octets)


def _refusal(octets: bytes) -> BadFile:
    begin = octets[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if begin.startswith(_DRAWINGS) and b"<svg" in octets[:100_000].lower():
        hint = "Mail programs do not show it, and it can hold programs. Save it as PNG."
        return BadFile("This is an SVG drawing.", hint=hint)
    if octets[4:8] == b"ftyp" and octets[8:12] in _ISO_BRANDS:
        return BadFile(f"This is {_ISO_BRANDS[octets[8:12]]} file, which most mail programs cannot show.", hint=_SAVE)
    known = next((kind for mark, kind in _OTHERS.items() if octets.startswith(mark)), "")
    if known:
        return BadFile(f"This is {known}, whatever its name says.", hint=_SAVE)
    return BadFile("This is no picture that mail programs show.", hint=_SAVE)


_SAVE = "Save the picture as JPEG or PNG."
