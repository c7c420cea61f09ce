"""What somebody wrote in their own words, and the little we cannot keep."""

import re

from newsletter.errors import BadAnswer
from newsletter.language import sentence

LONGEST_TEXT = 2_000  # characters; a form sends a line break as two, which counts as one

TOO_LONG = sentence("Your text is longer than 2,000 characters. Please shorten it; you are off the list all the same.")
NO_TEXT = sentence(
    "Your text holds something that is no character. Please write it anew; you are off the list all the same."
)

# PostgreSQL keeps no NUL, and half of a surrogate pair is no character in any encoding.
_NOT_KEPT = re.compile("[\x00\ud800-\udfff]")


def kept_text(text: str) -> str:
    """The text exactly as it came, in any script and direction. Raises BadAnswer."""
    if _NOT_KEPT.search(text):
        raise BadAnswer(NO_TEXT)
    if len(text.replace("\r\n", "\n")) > LONGEST_TEXT:
        raise BadAnswer(TOO_LONG)
    return text
