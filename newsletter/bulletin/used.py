"""Where a picture or a file is used, in words."""

from collections.abc import Iterator

from sqlalchemy import Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from newsletter.bulletin.bulletin import Bulletin, Version
from newsletter.bulletin.draft import Draft
from newsletter.bulletin.snippet import Snippet


def used_in(session: Session, name: str) -> list[str]:
    """The bulletins that name it in any version, the texts that are not saved yet, and the snippets."""
    return [words for query, say in _places(name) for words in map(say.format, session.scalars(query))]


def _places(name: str) -> Iterator[tuple[Select[str], str]]:
    def holding(column: InstrumentedAttribute[str], text: InstrumentedAttribute[str]) -> Select[str]:
        return select(column).where(text.contains(name, autoescape=True)).distinct().order_by(column)

    yield holding(Bulletin.number, Version.source).join(Version), "{}"
    yield holding(Draft.author, Draft.text), "what {} has not saved"
    yield holding(Snippet.name, Snippet.text), "the snippet “{}”"
