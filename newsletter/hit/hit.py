from datetime import datetime

from sqlalchemy import Float, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base

_UNJUDGED = text("verdict = ''")
_TRACED = text("network != ''")
_READ = text("verdict = 'human' AND NOT is_noted")


class Hit(Base):
    """One request for a public page, raw; only `verdict` and `why` are derived, and judged anew as more is seen.

    No foreign key: it outlives the person and the copy. `network` is a keyed hash; it and `user_agent` are emptied
    after `forget.KEPT`.
    """

    __tablename__ = "hit"
    __table_args__ = (
        Index("ix_hit_person", "person_id", "at"),
        Index("ix_hit_domain", "domain", "at"),
        Index("ix_hit_delivery", "delivery_id"),
        Index("ix_hit_unjudged", "id", sqlite_where=_UNJUDGED, postgresql_where=_UNJUDGED),
        Index("ix_hit_read", "id", sqlite_where=_READ, postgresql_where=_READ),
        Index("ix_hit_traced", "at", sqlite_where=_TRACED, postgresql_where=_TRACED),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    method: Mapped[str]
    kind: Mapped[str]  # the page, as its address says it: leave, why, unit, done, running, trap
    person_id: Mapped[int | None]
    delivery_id: Mapped[int | None]
    domain: Mapped[str] = mapped_column(default="")  # of the person's address
    pressed: Mapped[str] = mapped_column(default="")  # what was chosen: "reason=backup", "one-click"
    typed: Mapped[int] = mapped_column(default=0)  # how many characters of free text came along
    shown: Mapped[float | None] = mapped_column(Float)  # seconds since the page of the button was shown
    since: Mapped[float | None] = mapped_column(Float)  # seconds since the copy was accepted
    network: Mapped[str] = mapped_column(default="")
    user_agent: Mapped[str] = mapped_column(default="")
    verdict: Mapped[str] = mapped_column(default="")  # a judge.Verdict, empty until it is judged
    why: Mapped[str] = mapped_column(default="")  # signs.Sign, "trap,head"
    is_noted: Mapped[bool] = mapped_column(default=False, server_default=false())  # as evidence, if it is any
