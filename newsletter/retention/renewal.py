"""Whether an account hears from us around the end of an agreement only. Pure."""

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from newsletter.retention.months import months_later

BEFORE = timedelta(days=90)
AFTER = timedelta(days=30)
"""So long before and after its end a contact is taken to be about the renewal."""

LOOKED_BACK = 24
"""Months. Who had no agreement in them is none of those we forget between renewals."""


def only_at_renewal(ends: Collection[date], contacts: Iterable[date], today: date) -> bool:
    """Whether no mail reached them outside the renewals; `ends` are those of the account's agreements.

    An account without an agreement in the last months is not meant, nor is one whose agreement we cannot know yet to
    have been neglected: it has to end within the time of a renewal, or to have ended.
    """
    since = months_later(today.replace(day=1), -LOOKED_BACK)
    lately = [end for end in ends if since <= end <= today + BEFORE]
    return bool(lately) and all(is_about_renewal(contact, ends) for contact in contacts if contact >= since)


def is_about_renewal(contact: date, ends: Iterable[date]) -> bool:
    """Whether a contact falls around the end of an agreement."""
    return any(end - BEFORE <= contact <= end + AFTER for end in ends)
