"""The other process of `setter`: a text on standard input, set or judged on standard output."""

import pickle
import sys
from collections.abc import Callable, Mapping

from newsletter.bulletin.preflight import refuse_blocked
from newsletter.bulletin.setting import set_section
from newsletter.errors import NewsletterError

_ANSWERS: Mapping[str, Callable[..., object]] = {"set": set_section, "refuse": refuse_blocked}


def main() -> None:
    """Answer one question, then end."""
    sys.stdout.buffer.write(pickle.dumps(_answer()))


def _answer() -> object:
    what, about = pickle.load(sys.stdin.buffer)  # noqa: S301 - an engine of ours wrote it
    try:
        return _ANSWERS[what](*about)
    except NewsletterError as error:
        return error


main()
