"""A bulletin for whoever reads it: what stands where each copy names its reader, and the first lines for a list."""

import re
from collections.abc import Mapping

from newsletter.bulletin.edition import title_of
from newsletter.bulletin.parts import NOTHING
from newsletter.bulletin.source import Section, Source
from newsletter.bulletin.values import ACKNOWLEDGE, TAGS, listed
from newsletter.language import negotiate, sentence, translator
from newsletter.message.merge import Tag, Template, parse

READER = sentence("reader")
EQUIPMENT = sentence("equipment")
COMPANY = sentence("company")
UNKNOWN = "…"

SUMMARY = 200  # characters
_SALUTATION = 40  # characters; a paragraph that short is "Dear Nora,"

_BLANK = re.compile(r"\n[ \t]*\n")
_NO_PARAGRAPH = re.compile(r"\s*(?:#|>|\||[-*+]\s|\d+[.)]\s|```|~~~|!\[|(?:[-*_]\s*){3,}$| {4})")
_LINKED = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_AUTOLINK = re.compile(r"<(https?://[^>\s]*)>")
_MARKS = re.compile(r"(?<![\w\\])[*_]+(?=\S)|(?<=\S)[*_]+(?!\w)|~~|`|\\(?=[!-/:-@\[-`{-~])")


def words_for_anybody(source: Source, language: str) -> dict[str, str]:
    """Neutral words for each merge tag that has no default, in the language of a text."""
    translate = translator(negotiate(language)).gettext
    reader = translate(READER)
    return {
        "first_name": reader,
        "last_name": reader,
        "name": reader,
        "model": listed([*source.models], language) or translate(EQUIPMENT),
        "serial": UNKNOWN,
        "account_number": UNKNOWN,
        "account_name": translate(COMPANY),
        ACKNOWLEDGE: "",
    }


def said_to(tag: Tag, words: Mapping[str, str], values: Mapping[str, str]) -> str:
    """What stands where the tag does: the reader's own value, else the default, else the neutral word."""
    value = values.get(tag.name, "")
    if value.strip():
        return value
    return words.get(tag.name, "") if tag.default is None else tag.default


def title_for(source: Source, section: Section, values: Mapping[str, str]) -> str:
    """The title, on one line, with as many of a reader's values as there are."""
    words = words_for_anybody(source, section.language)
    return " ".join(_filled(title_of(section), words, values).split())


def summary_for_anybody(source: Source, section: Section) -> str:
    """The first paragraph for everybody that is more than a salutation, plain, cut at a word; else the title."""
    words = words_for_anybody(source, section.language)
    text = _filled(parse(section.reduced(NOTHING).text_alone, tags=TAGS, first_line=section.line), words, {})
    paragraphs = [_plain(block) for block in _BLANK.split(text.strip()) if not _NO_PARAGRAPH.match(block)]
    told = [paragraph for paragraph in paragraphs if paragraph]
    longer = (paragraph for paragraph in told if len(paragraph) > _SALUTATION)
    return _cut(next(longer, told[0] if told else title_for(source, section, {})))


def _filled(template: Template, words: Mapping[str, str], values: Mapping[str, str]) -> str:
    return "".join(part if isinstance(part, str) else said_to(part, words, values) for part in template.parts)


def _plain(paragraph: str) -> str:
    unlinked = _LINKED.sub(r"\1", _LINKED.sub(r"\1", paragraph))  # twice, for an image in a link
    return " ".join(_MARKS.sub("", _AUTOLINK.sub(r"\1", unlinked)).split())


def _cut(text: str) -> str:
    if len(text) <= SUMMARY:
        return text
    head, _, _ = text[:SUMMARY].rpartition(" ")
    return f"{head or text[:SUMMARY]} …"
