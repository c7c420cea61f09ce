from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Answer(Base):
    """One tap, kept as it was given. Append-only: the newest row of a question (and unit) is what they say now.

    `question` is a `reasons.Question` and `code` one of its answers: a `Reason`, a `Fate` or a `UnitAnswer`. `unit_id`
    is the machine a `UnitAnswer` is about, None where the mail named none. `text` is theirs, to the letter.
    """

    __tablename__ = "answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    opt_out_id: Mapped[int] = mapped_column(ForeignKey("opt_out.id"), index=True)
    question: Mapped[str]
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    code: Mapped[str]
    text: Mapped[str] = mapped_column(default="")
    wording_version: Mapped[int]
    language: Mapped[str]
    answered_at: Mapped[datetime]
