"""The other process of `setter`: a section on standard input, set on standard output."""

import pickle
import sys

from newsletter.bulletin.setting import set_section
from newsletter.errors import NewsletterError
from newsletter.message.prepared import Prepared


def main() -> None:
    """Answer one question, then end."""
    sys.stdout.buffer.write(pickle.dumps(_answer()))


def _answer() -> Prepared | NewsletterError:
    try:
        return set_section(*pickle.load(sys.stdin.buffer))  # noqa: S301 - an engine of ours wrote it
    except NewsletterError as error:
        return error


main()
