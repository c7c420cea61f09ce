"""The page on which a bulletin is written, whatever led to it: what it shows around the form."""

from dataclasses import dataclass
from datetime import timedelta

from flask import render_template
from sqlalchemy.orm import Session

from newsletter.audience.sample_person import sample_people
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.difference import difference
from newsletter.bulletin.draft import Draft
from newsletter.bulletin.fields import as_fields
from newsletter.bulletin.lacking import lacking
from newsletter.bulletin.made_up import MADE_UP
from newsletter.bulletin.merging import merged
from newsletter.bulletin.past import changes, saves, stamp, text_seen
from newsletter.bulletin.snippet import snippets
from newsletter.bulletin.source import LARGEST_SOURCE, read_source
from newsletter.bulletin.unsaved import at_it_in_words, draft_of, others_at_it
from newsletter.enclosure.keep_picture import pictures
from newsletter.errors import BadBulletin
from newsletter.ledger.preview import some_readers
from newsletter.web import headers
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.bulletin_form import BLANK, Typed, choices, tag_examples

_ON_ITS_WAY = timedelta(seconds=10)
_PICTURES = 200  # the newest; all stand on their own page
_SHOWN_TO_COMPARE = 200_000  # characters; comparing longer texts takes seconds


@dataclass(frozen=True, slots=True)
class Overtaken:
    """Somebody else saved first: both texts as rows of a difference, and both put together where that can be done."""

    rows: list[object]
    both: str | None


def editor_page(
    typed: Typed, former: Version | None, *, overtaken: bool = False, offers_draft: bool = True, said: str = ""
) -> str:
    """The page with this in its form. `said` is what a button of the form did."""
    headers.allow(frame_src="'self'")
    number = read_source(former.source).number if former else ""
    me, fields = parts.author(), typed.fields or BLANK
    with house().db.read() as session:
        draft = _offered(session, me, number, former) if offers_draft else None
        changed = changes(saves(session, former.bulletin_id)) if former else {}
        shown = {
            "choices": choices(session, fields),
            "lacking": lacking(fields, changed) if typed.fields else (),
            "draft": draft,
            "draft_rows": _rows(former.source if former else "", draft.text) if draft else [],
            "others": at_it_in_words(others_at_it(session, me, number, parts.now())),
            "snippets": snippets(session),
            "pictures": pictures(session, limit=_PICTURES),
            "readers": _readers(session, former),
            "samples": sample_people(session),
            "overtaken": _overtaken(session, typed, former) if overtaken and former else None,
        }
    return render_template(
        "staff/bulletins/write.html",
        typed=typed,
        fields=fields,
        wrong=typed.wrong,
        former=former,
        number=number,
        said=said,
        may_be_form=typed.fields is None and as_fields(typed.text) is not None,
        read_in=_read_in(typed),
        tags=tag_examples(),
        made_up=MADE_UP,
        longest=LARGEST_SOURCE,
        **shown,
    )


def _read_in(typed: Typed) -> list[str]:
    """The languages of the text; one without a name where nobody can tell."""
    fields = typed.fields or as_fields(typed.text)
    return [one.language for one in fields.spoken] if fields else [""]


def _offered(session: Session, me: str, number: str, former: Version | None) -> Draft | None:
    """What was typed and not saved, unless it is what was saved, or was on its way when its author saved."""
    draft = draft_of(session, me, number)
    if draft is None or former is None:
        return draft
    is_late = draft.seen != stamp(former) and former.author == me and draft.saved_at - former.written_at < _ON_ITS_WAY
    return None if is_late or draft.text == former.source else draft


def _readers(session: Session, former: Version | None) -> list[object]:
    """Who gets it as it was saved last; nobody where that cannot be said."""
    if former is None:
        return []
    try:
        source = read_source(former.source)
        _, audience = parts.desk().checked(session, source, "", former.bulletin_id, parts.now())
    except BadBulletin:
        return []
    return list(some_readers(session, audience))


def _overtaken(session: Session, typed: Typed, former: Version) -> Overtaken:
    base = text_seen(session, former.bulletin_id, typed.was)
    both = None if base is None else merged(base, typed.text, former.source)
    return Overtaken(_rows(former.source, typed.text), both)


def _rows(before: str, now: str) -> list[object]:
    return list(difference(before[:_SHOWN_TO_COMPARE], now[:_SHOWN_TO_COMPARE]))
