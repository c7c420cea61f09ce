"""Keeping what came of what we had said: every answer compared with the probability just before it."""

from datetime import datetime

from sqlalchemy import delete, insert
from sqlalchemy.orm import Session

from newsletter.db import Database
from newsletter.errors import Conflict
from newsletter.retention.calibrated import PredictedTenth, SilentShare
from newsletter.retention.reckoning import Figures, claim, release, settle, today
from newsletter.signal.calibration import Calibration, calibrated
from newsletter.signal.in_force import rules_in_force
from newsletter.signal.replay import answered


def keep_calibration(db: Database, now: datetime) -> None:
    """Once a day: compare all answers up to now. Any number of engines may do so at once; one does."""
    if claim(db, Figures.CALIBRATION, now, older_than=today(now)):
        _compare(db, now)


def rebuild_calibration(db: Database, now: datetime) -> None:
    """Compare all answers at once. Raises Conflict while somebody else does."""
    if not claim(db, Figures.CALIBRATION, now, older_than=now):
        raise Conflict("The answers are being compared just now.", hint="Look at the report in a few minutes.")
    _compare(db, now)


def _compare(db: Database, now: datetime) -> None:
    try:
        with db.read() as session:
            found = calibrated(answered(session, now, rules_in_force(session)))
        with db.write() as session:
            _keep(session, found)
            settle(session, Figures.CALIBRATION, now)
    except BaseException:
        release(db, Figures.CALIBRATION)
        raise


def _keep(session: Session, found: Calibration) -> None:
    for table in (SilentShare, PredictedTenth):
        session.execute(delete(table))
    shares = [
        {"model": model, "age": age, "silent": silent, "used": share.used, "answers": share.answers}
        for (model, age, silent), share in found.silent.items()
    ]
    tenths = [
        {"tenth": tenth, "predicted": one.predicted, "used": one.observed.used, "answers": one.observed.answers}
        for tenth, one in found.tenths.items()
    ]
    if shares:
        session.execute(insert(SilentShare), shares)
        session.execute(insert(PredictedTenth), tenths)
