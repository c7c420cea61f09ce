"""How a bulletin says it wants to look: `theme: KEY`, and `layout: blocks` for text in blocks."""

import re

from newsletter.bulletin.front_matter import Field, Front

_KEY = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
_LAYOUTS = {"": False, "text": False, "blocks": True}


def read_theme(fields: Front) -> str:
    """The key of a theme, empty for the house's look. Raises BadBulletin."""
    field = fields.get("theme", Field("", 1, 1))
    if field.value and not _KEY.fullmatch(field.value):
        raise field.refusal("{} is no theme.", "Write the key of one, in small letters, digits and dashes.")
    return field.value


def is_in_blocks(fields: Front) -> bool:
    """Whether the text is a row of blocks. Raises BadBulletin."""
    field = fields.get("layout", Field("", 1, 1))
    if field.value.lower() not in _LAYOUTS:
        raise field.refusal("{} is no layout.", "Write `layout: blocks`, or take the line out.")
    return _LAYOUTS[field.value.lower()]
