"""Staff text in its frame: set and sanitised once per version and language, with slots for each person's values."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from newsletter.message import merge
from newsletter.message.block import Block
from newsletter.message.characters import check_text
from newsletter.message.frame import Frame, Framing
from newsletter.message.markdown import Source, check_size, set_text, to_html
from newsletter.message.merge import Tag
from newsletter.message.plain import to_text
from newsletter.message.prepared import Part, Prepared
from newsletter.message.slots import Tokens
from newsletter.message.writers import HTML, TEXT, Manner


def prepare(*, markdown: str, tags: Collection[str], frame: Frame, first_line: int = 1, pictures: str = "") -> Prepared:
    """Set a text once. `tags` are the names staff may use; `first_line` is where the text begins in its file.

    `pictures` is the address before the name of a picture of ours.

    Raises BadBulletin, with line and column, for unknown tags, links that lead nowhere, and texts too large to set.
    """
    check_text(markdown, first_line)
    check_size(markdown, first_line)
    written = markdown.replace("\r\n", "\n").replace("\r", "\n")
    tokens = Tokens.unlike(written, repr(frame))
    text = tokens.swap(merge.parse(written, tags=tags, first_line=first_line))
    source = Source(text, tokens, first_line, pictures)
    blocks = set_text(source)
    framing = Framing(frame, tokens, tags)
    html, plain = framing.html(to_html(blocks)), framing.text(to_text(blocks, tokens))
    return Prepared(cut(html, tokens, HTML), cut(plain, tokens, TEXT))


def prepare_blocks(
    *, markdown: str, blocks: Sequence[Block], tags: Collection[str], frame: Frame, pictures: str = ""
) -> Prepared:
    """Set a text in blocks once; `markdown` is the whole of it. Raises BadBulletin like `prepare`."""
    from newsletter.message.mjml import Setting  # noqa: PLC0415 - most bulletins have no blocks

    check_text(markdown, blocks[0].opened if blocks else 1)
    check_size(markdown, blocks[0].opened if blocks else 1)
    tokens = Tokens.unlike(markdown, repr(frame))
    setting = Setting(tokens, tags, frame, pictures)
    body, rules = setting.html(blocks)
    framing = Framing(frame, tokens, tags, rules)
    html, text = framing.html(body), framing.text("\n\n".join(setting.text))
    return Prepared(cut(html, tokens, HTML), cut(text, tokens, TEXT))


def cut(part: str, tokens: Tokens, manner: Manner) -> Part:
    """The part in ready pieces, with the slots between them."""
    pieces = tokens.pattern.split(tokens.surrounded(part))
    slots = [tokens.slots[int(number)] for number in pieces[1::2]]
    # Written alike or not, a tag with the same name and default has the same value.
    return Part(manner, tuple(pieces[::2]), tuple(replace(slot, tag=_named(slot.tag)) for slot in slots))


def _named(tag: Tag) -> Tag:
    return Tag(tag.name, tag.default, f"{{{{ {tag.name} }}}}")
