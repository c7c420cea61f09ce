from datetime import datetime

import pytest

from newsletter.bulletin.snippet import delete_snippet, save_snippet, snippet_of, snippets
from newsletter.db import Database
from newsletter.errors import Conflict, NewsletterError, NotFound, Refused


def test_a_snippet_is_written_changed_and_deleted(db: Database, now: datetime) -> None:
    one = save_snippet(db, None, "  Service \n line ", "Call **us**.\r\n", author="ada", now=now)
    save_snippet(db, None, "Alarm", "Stop.", author="ada", now=now)
    save_snippet(db, one, "Service line", "Call.", author="otto", now=now)
    with db.read() as session:
        assert [(each.name, each.text, each.author) for each in snippets(session)] == [
            ("Alarm", "Stop.", "ada"),
            ("Service line", "Call.", "otto"),
        ]
    assert delete_snippet(db, one) == "Service line"
    with db.read() as session, pytest.raises(NotFound):
        snippet_of(session, one)


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        ("", "x", Refused),
        ("x" * 81, "x", Refused),
        ("a\u202eb", "x", Refused),
        ("x", " \n", Refused),
        ("x", "x" * 20_001, Refused),
        ("x", "a\0b", Refused),
        ("There", "x", Conflict),
    ],
    ids=["no name", "a long name", "a bidi control", "no text", "a long text", "a NUL", "a name that is taken"],
)
def test_what_makes_no_sense_is_refused(
    db: Database, now: datetime, name: str, text: str, error: type[NewsletterError]
) -> None:
    save_snippet(db, None, "There", "x", author="ada", now=now)
    with pytest.raises(error):
        save_snippet(db, None, name, text, author="ada", now=now)
    with db.read() as session:
        assert len(snippets(session)) == 1


def test_one_that_is_gone_cannot_be_changed(db: Database, now: datetime) -> None:
    with pytest.raises(NotFound):
        save_snippet(db, 99, "x", "x", author="ada", now=now)
