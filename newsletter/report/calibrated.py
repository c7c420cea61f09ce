"""What came of what we had said, as kept: what the silent said once they answered, and predicted against observed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from newsletter.question.rates import Tally
from newsletter.retention.calibrated import PredictedTenth, SilentShare
from newsletter.retention.reckoning import Figures, reckoned_at
from newsletter.signal.calibration import OLD, SILENT, bands

AGES, SILENCES = bands(OLD), bands(SILENT)


@dataclass(frozen=True, slots=True)
class Silent:
    """Of the machines of an age and a silence, in bands of years, whose owners answered: how many were used still."""

    model: str
    age: str
    silent: str
    still: Tally

    @property
    def label(self) -> str:
        """The bands in few words: "aged 5 to 10, silent 2 to 4"."""
        if self.silent == SILENCES[-1]:
            return "age and silence not known"
        age = "age not known" if self.age == AGES[-1] else f"aged {self.age}"
        return f"{age}, silent {self.silent}".replace(" and more", "+")


@dataclass(frozen=True, slots=True)
class Tenth:
    """The answers before which we had said a probability within a tenth: its mean, and how many said it is used."""

    predicted: float
    still: Tally


@dataclass(frozen=True, slots=True)
class Calibrated:
    """All tenths, and together: what we had said on average, and what they answered."""

    tenths: tuple[Tenth, ...]
    counted_at: datetime | None

    @property
    def still(self) -> Tally:
        """All answers."""
        return Tally(sum(one.still.asked for one in self.tenths), sum(one.still.answered for one in self.tenths))

    @property
    def predicted(self) -> float:
        """The mean of what we had said before the answers; 0 where there is none."""
        said = sum(one.predicted * one.still.asked for one in self.tenths)
        return said / self.still.asked if self.tenths else 0.0


def calibrated(session: Session) -> Calibrated:
    """Predicted against observed, the lowest probability first."""
    rows = session.scalars(select(PredictedTenth).order_by(PredictedTenth.tenth))
    tenths = tuple(Tenth(row.predicted, Tally(row.answers, row.used)) for row in rows)
    return Calibrated(tenths, reckoned_at(session, Figures.CALIBRATION))


def silent_who_answered(session: Session, model: str = "") -> list[Silent]:
    """The silent of one model, or of every model, by age and then by silence."""
    return _in_order(session.scalars(select(SilentShare).where(SilentShare.model == model)).all())


def all_silent_who_answered(session: Session) -> list[Silent]:
    """The silent of every model together, and then of each."""
    return _in_order(session.scalars(select(SilentShare)).all())


def models_that_answered(session: Session) -> list[str]:
    """The models of which there is an answer."""
    return list(session.scalars(select(SilentShare.model).where(SilentShare.model != "").distinct().order_by("model")))


def _in_order(rows: Sequence[SilentShare]) -> list[Silent]:
    found = [Silent(row.model, row.age, row.silent, Tally(row.answers, row.used)) for row in rows]
    return sorted(found, key=lambda one: (one.model, AGES.index(one.age), SILENCES.index(one.silent)))
