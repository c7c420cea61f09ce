"""Named pieces of Markdown that colleagues put into bulletins again and again."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from newsletter.db import Base, Database
from newsletter.errors import Conflict, NotFound, Refused
from newsletter.message.characters import check_text

LONGEST_NAME = 80
LONGEST_SNIPPET = 20_000  # characters


class Snippet(Base):
    """A piece of text. It is copied into a bulletin when it is chosen, so that an edit of it changes no bulletin."""

    __tablename__ = "snippet"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    text: Mapped[str]
    author: Mapped[str]
    written_at: Mapped[datetime]


def snippets(session: Session) -> list[Snippet]:
    """All of them by name."""
    return list(session.scalars(select(Snippet).order_by(Snippet.name)))


def snippet_of(session: Session, snippet_id: int) -> Snippet:
    """One of them. Raises NotFound."""
    snippet = session.get(Snippet, snippet_id)
    if snippet is None:
        raise NotFound("There is no such snippet.", hint="Somebody may have deleted it.")
    return snippet


def save_snippet(db: Database, snippet_id: int | None, name: str, text: str, *, author: str, now: datetime) -> int:
    """Keep a snippet, a new one where there is no id; its id. Raises BadBulletin, Refused, Conflict or NotFound."""
    name, text = " ".join(name.split()), text.replace("\r\n", "\n").replace("\r", "\n")
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refused("A snippet needs a name.", hint=f"One line of up to {LONGEST_NAME} characters.")
    if not text.strip() or len(text) > LONGEST_SNIPPET:
        raise Refused("A snippet needs a text.", hint=f"Up to {LONGEST_SNIPPET:,} characters.")
    check_text(text)
    try:
        with db.write() as session:
            snippet = Snippet(name=name) if snippet_id is None else snippet_of(session, snippet_id)
            snippet.name, snippet.text, snippet.author, snippet.written_at = name, text, author, now
            session.add(snippet)
            session.flush()
            return snippet.id
    except IntegrityError as error:
        hint = "Choose another name, or edit that one."
        raise Conflict(f"There is a snippet “{name}” already.", hint=hint) from error


def delete_snippet(db: Database, snippet_id: int) -> str:
    """Delete a snippet; its name. What was put into a bulletin stays there. Raises NotFound."""
    with db.write() as session:
        snippet = snippet_of(session, snippet_id)
        session.delete(snippet)
        return snippet.name
