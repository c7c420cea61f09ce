from sqlalchemy.orm import Mapped, mapped_column

from newsletter.db import Base


class SilentShare(Base):
    """Of the machines of a model, an age and a silence whose owners then answered, how many were used still. Derived.

    `model` is "" for every model; `age` and `silent` are bands in years (`signal.calibration.bands`).
    """

    __tablename__ = "silent_share"

    model: Mapped[str] = mapped_column(primary_key=True)
    age: Mapped[str] = mapped_column(primary_key=True)
    silent: Mapped[str] = mapped_column(primary_key=True)
    used: Mapped[int]
    answers: Mapped[int]


class PredictedTenth(Base):
    """Of the answers before which we had said a probability in this tenth, how many said that it is used. Derived.

    `predicted` is the mean of what we had said.
    """

    __tablename__ = "predicted_tenth"

    tenth: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    predicted: Mapped[float]
    used: Mapped[int]
    answers: Mapped[int]
