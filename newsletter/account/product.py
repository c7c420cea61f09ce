from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class Product(Base):
    """A model we build, by its name on the plate: "VX-500", "CT-7 (2009)"."""

    __tablename__ = "product"

    id: Mapped[int] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(unique=True)
