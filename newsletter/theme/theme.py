from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Theme(Base):
    """One version of a look that bulletins can name. A change is a new row, so that what was sent stays as it was.

    Colours are #rrggbb; those of the night are empty where they are made from the day's. `logo` is an address or
    `picture:NAME`, empty for the vendor's name in letters. A theme whose newest row `is_retired` is offered no more.
    """

    __tablename__ = "theme"
    __table_args__ = (Index("ix_theme_key", "key", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str]
    name: Mapped[str]
    logo: Mapped[str]
    logo_alt: Mapped[str]
    accent: Mapped[str]
    on_accent: Mapped[str]
    background: Mapped[str]
    paper: Mapped[str]
    night_accent: Mapped[str]
    night_on_accent: Mapped[str]
    night_background: Mapped[str]
    night_paper: Mapped[str]
    is_retired: Mapped[bool] = mapped_column(default=False)
    author: Mapped[str]
    written_at: Mapped[datetime]
