"""Going through all accounts a part at a time, so that no part takes much memory, however much was told of them."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from newsletter.account.account import Account
from newsletter.signal.evidence import Evidence

MOST_PIECES = 20_000
"""Pieces of evidence in a part, unless one account alone has more."""


def next_accounts(
    session: Session, after: int, most: int, *those: ColumnElement[bool], pieces: int = MOST_PIECES
) -> Sequence[int]:
    """The next accounts by id, at most so many, and fewer where they have more `pieces` together; none at the end."""
    told = select(func.count()).select_from(Evidence).where(Evidence.account_id == Account.id).scalar_subquery()
    query = select(Account.id, told).where(Account.id > after, *those).order_by(Account.id).limit(most)
    ids, found = list[int](), 0
    for id_, count in session.execute(query):
        found += count
        if ids and found > pieces:
            break
        ids.append(id_)
    return ids
