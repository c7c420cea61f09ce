from datetime import datetime

from sqlalchemy import ForeignKey, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.audience.person import Person
from newsletter.audience.topic import Topic
from newsletter.bulletin.bulletin import Version
from newsletter.db import Base, Database, rows_changed
from newsletter.errors import NotFound


class Sample(Base):
    """A test mail: a colleague asked to see a version as one person would get it. Nothing goes to that person."""

    __tablename__ = "sample"

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    topic_id: Mapped[int] = mapped_column(ForeignKey("topic.id"))
    as_person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    variant: Mapped[str] = mapped_column(default="", server_default="")  # empty where there is one text only
    address: Mapped[str]
    author: Mapped[str]
    asked_at: Mapped[datetime]
    engine: Mapped[str] = mapped_column(default="")  # who took it
    settled_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")


def ask_for_sample(  # noqa: PLR0913 - each is one thing to know of a test mail
    db: Database,
    version_id: int,
    topic_id: int,
    *,
    as_person_id: int,
    address: str,
    author: str,
    now: datetime,
    variant: str = "",
) -> int:
    """Write down that a test mail is wanted; an engine sends it; its id. Raises BadAddress, NotFound."""
    from newsletter.audience.address import read_address  # noqa: PLC0415 - an engine only sends them, and is smaller

    sample = Sample(
        version_id=version_id,
        topic_id=topic_id,
        as_person_id=as_person_id,
        variant=variant,
        address=read_address(address).spelled,
        author=author,
        asked_at=now,
    )
    with db.write() as session:
        for row, id_ in ((Version, version_id), (Topic, topic_id), (Person, as_person_id)):
            if session.get(row, id_) is None:
                raise NotFound(f"There is no {row.__tablename__} {id_}.")
        session.add(sample)
    return sample.id


def take_sample(session: Session, engine: str) -> Sample | None:
    """A test mail that nobody has taken, now this engine's. It is sent at most once."""
    waiting = session.scalars(select(Sample.id).where(Sample.engine == "").order_by(Sample.id).limit(4)).all()
    for sample_id in waiting:
        mine = update(Sample).where(Sample.id == sample_id, Sample.engine == "").values(engine=engine)
        if rows_changed(session, mine):
            return session.get_one(Sample, sample_id, populate_existing=True)
    return None


def has_sample(session: Session) -> bool:
    """Whether a test mail waits."""
    return session.scalar(select(Sample.id).where(Sample.engine == "").limit(1)) is not None
