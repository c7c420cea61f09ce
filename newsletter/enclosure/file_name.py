"""Which files may go with a letter: by their names, by what they are, and how large they are. Pure."""

import re

from newsletter.errors import BadFile

LARGEST = 5_000_000  # octets of one
LARGEST_TOGETHER = 8_000_000  # octets of those of one letter: base64 makes a third more of them
LONGEST_NAME = 80  # characters

KINDS = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "txt": "text/plain; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}
"""What firms let in. No archives, office documents or pages: their gates refuse them, or cannot see what is inside."""

_MARKS = {
    "application/pdf": (b"%PDF-",),
    "image/png": (b"\x89PNG\r\n\x1a\n",),
    "image/jpeg": (b"\xff\xd8\xff",),
    "image/gif": (b"GIF87a", b"GIF89a"),
}
_PROGRAMS_IN_PDF = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile)\b")
_PAGES = re.compile(rb"\s*<(?:!doctype|html|script|svg|\?xml|body|iframe)", re.IGNORECASE)
_NO_NAME = re.compile(r"[\\/:*?\"<>|,;%'`{}\x00-\x1f\x7f]+")  # none of these is a name everywhere; a comma parts two


def read_file_name(said: str) -> str:
    """The name readers see, made of the name a file came with. Raises BadFile for a kind that does not go out."""
    last = said.replace("\\", "/").rpartition("/")[2]
    name = " ".join(_NO_NAME.sub("-", last).split()).strip(" .-")
    stem, dot, ending = name.rpartition(".")
    if not dot or ending.lower() not in KINDS or not stem.strip(" .-"):
        kinds = ", ".join(ending.upper() for ending in KINDS if ending != "jpeg")
        raise BadFile(f"“{name[:60]}” is no file that can go with a letter.", hint=f"These can: {kinds}.")
    if not name.isprintable() or len(name) > LONGEST_NAME:
        raise BadFile("The name of the file is too long or odd.", hint=f"Use plain words, {LONGEST_NAME} characters.")
    return f"{stem.rstrip(' .-')}.{ending.lower()}"


def kind_of_file(name: str, octets: bytes) -> str:
    """Its media type. Raises BadFile, in words, for what is not what its name says, or may do harm."""
    if not octets:
        raise BadFile("The file is empty.", hint="Choose another.")
    if len(octets) > LARGEST:
        hint = "Put it on a page and link to it: readers' mailboxes are small."
        raise BadFile(f"The file has more than {LARGEST // 1_000_000} MB.", hint=hint)
    kind = KINDS[name.rpartition(".")[2]]
    if kind in _MARKS and not octets.startswith(_MARKS[kind]):
        raise BadFile(f"“{name}” is not what its name says.", hint="Save it anew, under the right name.")
    if kind.startswith("text/"):
        _need_text(name, octets)
    if kind == "application/pdf" and _PROGRAMS_IN_PDF.search(octets):
        hint = "Many firms refuse such mail. Print it to a new PDF, then upload that."
        raise BadFile(f"“{name}” holds a program or another file.", hint=hint)
    return kind


def _need_text(name: str, octets: bytes) -> None:
    try:
        text = octets.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadFile(f"“{name}” is not UTF-8 text (octet {error.start + 1}).", hint="Save it as UTF-8.") from error
    if "\0" in text or _PAGES.match(octets.removeprefix(b"\xef\xbb\xbf")):
        raise BadFile(f"“{name}” is no plain text.", hint="Save it as text without any formatting.")
