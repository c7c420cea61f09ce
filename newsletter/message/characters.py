import re

from newsletter.errors import BadBulletin
from newsletter.message.merge import position

_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def check_text(text: str, first_line: int = 1) -> None:
    """Raises BadBulletin for a text that holds what is no text."""
    if found := _CONTROL.search(text):
        line, column = position(text, found.start(), first_line)
        sentence = f"The text holds the control character U+{ord(found[0]):04X}."
        raise BadBulletin(sentence, line=line, column=column, hint="Remove it.")
