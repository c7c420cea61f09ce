"""The setting of a section, with all its tools: Markdown, sanitiser, templates, style sheets, catalogues."""

from dataclasses import replace

from newsletter.bulletin.blocks import read_blocks
from newsletter.bulletin.edition import LINES, OPT_OUT, PREFERENCES, TRAP, VIEW, preheader_of, title_of
from newsletter.bulletin.frame import FrameTexts, frame_texts
from newsletter.bulletin.source import Section
from newsletter.bulletin.values import RUNNING, TAGS
from newsletter.message.frame import Asked, Frame
from newsletter.message.look import HOUSE_LOOK, Look
from newsletter.message.picture import SCHEME
from newsletter.message.prepared import Prepared
from newsletter.message.render import prepare, prepare_blocks


def set_section(section: Section, vendor: str, topic: str, postal_address: str, look: Look = HOUSE_LOOK) -> Prepared:
    """The section in its frame. Raises BadBulletin, with line and column."""
    # The frame holds them too, but does not know where they stand.
    title_of(section)
    preheader_of(section)
    frame = _frame(section, vendor, topic, postal_address, look)
    if section.in_blocks:
        blocks = read_blocks(section.markdown, section.line)
        return prepare_blocks(
            markdown=section.markdown, blocks=blocks, tags=TAGS, frame=frame, pictures=section.pictures
        )
    return prepare(
        markdown=section.markdown, tags=TAGS, frame=frame, first_line=section.line, pictures=section.pictures
    )


def _frame(section: Section, vendor: str, topic: str, postal_address: str, look: Look) -> Frame:
    texts = frame_texts(section.language, vendor=vendor, topic=topic)
    return Frame(
        vendor=_literally(vendor),
        title=section.title,
        preheader=section.preheader or section.title,
        is_preheader_own=bool(section.preheader),
        why=_literally(f"{texts.because} {texts.contact}"),
        postal_address=_literally(postal_address),
        language=section.language,
        links=((texts.opt_out, OPT_OUT), (texts.preferences, PREFERENCES), (texts.view, VIEW)),
        trap=TRAP,
        lines=(texts.machines, LINES),
        asked=_heartbeat(texts) if section.asks_heartbeat else None,
        direction=texts.direction,
        look=_with_picture(look, section.pictures),
    )


def _with_picture(look: Look, pictures: str) -> Look:
    """The look with the address of a logo that is a picture of ours."""
    name = look.logo.removeprefix(SCHEME)
    return replace(look, logo=f"{pictures}{name}") if pictures and name != look.logo else look


def _heartbeat(texts: FrameTexts) -> Asked:
    return texts.running, tuple((texts.answers[code], name) for code, name in RUNNING.items())


def _literally(text: str) -> str:
    """Text of ours or of a setting for a frame, in which two braces would begin a tag."""
    return text.replace("{{", '{{ "{{" }}')
