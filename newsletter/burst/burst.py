from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Group(StrEnum):
    """What those who left at once have in common."""

    DOMAIN = "domain"
    ACCOUNT = "account"
    NETWORK = "network"


class Burst(Base):
    """An alarm: more people of one group left within minutes than people do. It grows while they go on leaving.

    `name` is the domain, the id of the account or the keyed hash of the network; `people` is how many we know in the
    group, 0 where that cannot be known. Whether somebody decided is told by its `BurstDecision`.
    """

    __tablename__ = "burst"

    id: Mapped[int] = mapped_column(primary_key=True)
    group: Mapped[str]  # a Group
    name: Mapped[str]
    people: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    raised_at: Mapped[datetime]
    author: Mapped[str]


class BurstMember(Base):
    """One opt-out of a burst. It is in no other: two engines that find the same burst raise one alarm."""

    __tablename__ = "burst_member"

    opt_out_id: Mapped[int] = mapped_column(ForeignKey("opt_out.id"), primary_key=True)
    burst_id: Mapped[int] = mapped_column(ForeignKey("burst.id"), index=True)


class Decided(StrEnum):
    """What a colleague made of a burst."""

    UNDONE = "undone"
    LET_BE = "let_be"


class BurstDecision(Base):
    """Who decided what about a burst, when and why. Append-only. `opt_outs` is how many were undone."""

    __tablename__ = "burst_decision"

    id: Mapped[int] = mapped_column(primary_key=True)
    burst_id: Mapped[int] = mapped_column(ForeignKey("burst.id"), index=True)
    decided: Mapped[str]
    opt_outs: Mapped[int]
    who: Mapped[str]
    why: Mapped[str]
    at: Mapped[datetime]
