"""Words with their marks (bold, italic, struck out, linked), as inline Markdown that reads the same."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from markdown_it.token import Token

from newsletter.message.markdown import Source, set_text
from newsletter.message.slots import Tokens

BOLD, ITALIC, STRUCK = "**", "*", "~~"
BREAK = "\n"
_MARKS = (STRUCK, BOLD, ITALIC)

_ALWAYS = re.compile(r"[\\`*\[\]<]|~(?=~)|(?<=~)~|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|\{(?=\{)|(?<=\{)\{")
_AT_A_START = re.compile(
    r"^(?:(#{1,6}(?=\s|$))|(>)|([-+](?=[\s|:-]|$))|(=(?=[ \t=]*$))|(\|)|(:(?=[:\s|-]))|(\d{1,9})(?=[.)](?:\s|$)))",
    re.MULTILINE,
)
_SPACES = re.compile(r"(?:\xa0*[^\S\xa0]|\xa0{2})\s*")
_IN_A_LINK = re.compile(r"""[\s<>()"{}\\`|^\[\]]""")
_PLAIN_LINK = re.compile(r"https?://[\w./?=%#~:+,;@&-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Run:
    """Words that are marked alike; BREAK is a new line, and where `image` is an address, the words describe it."""

    words: str
    marks: frozenset[str] = frozenset()
    link: str = ""
    image: str = ""


def inline_markdown(runs: Iterable[Run]) -> str:
    """Runs as inline Markdown, of one or several lines.

    What Markdown cannot mark without another look (a bold half of a word beside an italic one) loses its marks.
    """
    spaced = _spaced(runs)
    written = _written(spaced)
    if not any(run.marks for run in spaced) or _read(written) == _said(spaced):
        return written
    bold = _spaced(replace(run, marks=run.marks & {BOLD}) for run in spaced)
    written = _written(bold)
    return written if _read(written) == _said(bold) else _written(replace(run, marks=frozenset()) for run in spaced)


def link_destination(url: str) -> str:
    """An address as it may stand between the brackets of a link."""
    coded = _IN_A_LINK.sub(lambda found: "".join(f"%{octet:02X}" for octet in found[0].encode()), url)
    return re.sub(r"&(?=#?\w+;)", r"\\&", coded)


def _spaced(runs: Iterable[Run]) -> list[Run]:
    """The runs with single spaces, none beside a line break or at an end, alike neighbours as one."""
    kept: list[Run] = []
    after_space = True
    for run in runs:
        if run.image:
            kept.append(run)
            after_space = False
        elif run.words == BREAK:
            _trim(kept)
            kept += [run] if kept else []
            after_space = True
        elif words := _single_spaced(run.words, after_space=after_space):
            kept.append(replace(run, words=words))
            after_space = words.endswith(" ")
    _trim(kept)
    while kept and kept[-1].words == BREAK:
        kept.pop()
        _trim(kept)
    return _merged(kept)


def _single_spaced(words: str, *, after_space: bool) -> str:
    single = _SPACES.sub(" ", words)
    return single.lstrip() if after_space else single


def _trim(runs: list[Run]) -> None:
    """Take away the space at the end."""
    while runs and not runs[-1].image and runs[-1].words != BREAK:
        last = runs.pop()
        if words := last.words.rstrip():
            runs.append(replace(last, words=words))
            return


def _merged(runs: Iterable[Run]) -> list[Run]:
    merged: list[Run] = []
    for run in runs:
        is_text = merged and not run.image and not merged[-1].image and BREAK not in (run.words, merged[-1].words)
        if is_text and (run.marks, run.link) == (merged[-1].marks, merged[-1].link):
            merged[-1] = replace(run, words=merged[-1].words + run.words)
        else:
            merged.append(run)
    return merged


def _written(runs: Iterable[Run]) -> str:
    pieces: list[str] = []
    for url, linked in groupby(runs, key=lambda run: run.link):
        inner = _marked(list(linked), _MARKS)
        piece = _linked(inner, url) if url and inner.strip() else inner
        if piece.startswith("[") and pieces and pieces[-1].endswith("!"):
            pieces[-1] = f"{pieces[-1][:-1]}\\!"
        pieces.append(piece)
    lines = "".join(pieces)
    return _AT_A_START.sub(_escaped_start, lines).replace("\n", "\\\n")


def _linked(inner: str, url: str) -> str:
    if inner == url and _PLAIN_LINK.fullmatch(url):
        return f"<{url}>"
    return f"[{inner}]({link_destination(url)})".replace("\n", " ")


def _marked(runs: Sequence[Run], marks: Sequence[str]) -> str:
    if not marks:
        return "".join(_plain([*group], image) for image, group in groupby(runs, key=lambda run: run.image))
    mark, rest = marks[0], marks[1:]
    peeled = [piece for is_marked, group in groupby(runs, _takes(mark)) for piece in _peeled([*group], mark, is_marked)]
    return "".join(
        f"{mark}{_marked([*group], rest)}{mark}" if is_marked else _marked([*group], rest)
        for is_marked, group in groupby(peeled, _takes(mark))
    )


def _takes(mark: str) -> Callable[[Run], bool]:
    return lambda run: mark in run.marks and not run.image and run.words != BREAK


def _peeled(runs: Sequence[Run], mark: str, is_marked: bool) -> Iterator[Run]:  # noqa: FBT001 - a key of groupby
    """The runs without the mark where it would not take: at spaces and punctuation at the ends of what is marked."""
    words = "".join(run.words for run in runs)
    first = next((at for at, char in enumerate(words) if char.isalnum()), len(words)) if is_marked else len(words)
    last = next((at for at in range(len(words), first, -1) if words[at - 1].isalnum()), first)
    begin = 0
    for run in runs:
        cuts = [0, *(min(max(at - begin, 0), len(run.words)) for at in (first, last)), len(run.words)]
        for number, (start, end) in enumerate(pairwise(cuts)):
            if start < end or (run.image and not number):
                kept = run.marks if number == 1 else run.marks - {mark}
                yield replace(run, words=run.words if run.image else run.words[start:end], marks=kept)
        begin += len(run.words)


def _plain(runs: Sequence[Run], image: str) -> str:
    if image:
        return "".join(f"![{_escaped(' '.join(run.words.split()))}]({link_destination(image)})" for run in runs)
    return _escaped("".join(run.words for run in runs))


def _escaped(words: str) -> str:
    return _ALWAYS.sub(lambda found: f"\\{found[0]}", words)


def _escaped_start(found: re.Match[str]) -> str:
    return f"{found[7]}\\" if found[7] else f"\\{found[0]}"


def _said(runs: Iterable[Run]) -> str:
    return " ".join("".join(run.words for run in runs).split())


def _read(markdown: str) -> str:
    """What our Markdown shows of it."""
    blocks = set_text(Source(markdown, Tokens.unlike(markdown), 1))
    return " ".join("".join(_shown(inline) for block in blocks for inline in block.children or ()).split())


def _shown(inline: Token) -> str:
    if inline.type == "image":
        return "".join(_shown(child) for child in inline.children or ())
    return " " if inline.type in {"softbreak", "hardbreak"} else inline.content
