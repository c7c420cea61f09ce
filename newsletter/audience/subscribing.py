"""The words of double opt-in: what the form says they agree to, and the letter whose button makes it true."""

from newsletter.language import sentence
from newsletter.post.wording import Button, Strong, Text, Wording

WORDING_VERSION = 1
"""Raised whenever AGREEMENT or a letter below changes its meaning for the reader; the words shown are kept as well."""

AGREEMENT = sentence(
    "{vendor} may send me the mails I chose to this address. I can stop them at any time, by a link in each of them."
)

_ONCE = sentence("You get this one mail because your address was typed into a page of ours.")
_NAMED = sentence("You get this one mail because a reader of ours said that these mails are rather for you.")
_NOTHING = sentence("If that was not you, do nothing. Nothing changes.")
_OPEN = sentence("The button works for 14 days.")


def letter_to_confirm(link: str) -> Wording:
    """Needs {topics}."""
    return Wording(
        subject=sentence("Please confirm: mails from {vendor}"),
        parts=(
            Text(sentence("Somebody, we hope you, asked for these mails from {vendor}: {topics}.")),
            Button(sentence("Yes, send me these mails"), link),
            Text(_NOTHING),
            Text(_OPEN),
        ),
        why=_ONCE,
    )


def letter_to_the_named(link: str) -> Wording:
    """Needs {topics}. It does not say who named them."""
    return Wording(
        subject=sentence("Are these mails from {vendor} for you?"),
        parts=(
            Strong(sentence("We build machines and write about looking after them: {topics}.")),
            Text(sentence("Somebody who used to get these mails says that you look after the machines now.")),
            Button(sentence("Yes, send me these mails"), link),
            Text(sentence("If you do not want them, do nothing. We will not ask again.")),
            Text(_OPEN),
        ),
        why=_NAMED,
    )
