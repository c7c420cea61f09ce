"""Writing bulletins: as fields with the languages side by side, or as the file they are."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.audience.sample_person import keep_sample, let_sample_go
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.fields import Spoken, with_spoken
from newsletter.bulletin.merging import merged
from newsletter.bulletin.past import NEW, stamp, text_seen
from newsletter.bulletin.snippet import snippet_of
from newsletter.bulletin.source import read_source
from newsletter.bulletin.unsaved import draft_of, keep_draft
from newsletter.errors import BadBulletin, Conflict, NotFound, Refused
from newsletter.ledger.saving import save
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.bulletin_form import BLANK, EXAMPLE, Typed, opened, typed
from newsletter.web.staff.editor_page import editor_page
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.long_forms import take_long_forms

writing = Blueprint("writing", __name__, url_prefix="/staff/bulletins")
writing.before_request(take_long_forms)
writing.before_request(guard)


@writing.route("/new", methods=["GET", "POST"])
@open_to(Duty.MARKETER)
def new() -> ResponseReturnValue:
    """Write a bulletin under a new number."""
    if request.method == "POST":
        return _pressed(typed(request.form), None)
    blank = Typed(None, EXAMPLE) if _as_file() else Typed(BLANK)
    return _opened(blank, None, "")


@writing.route("/<number>/edit", methods=["GET", "POST"])
@open_to(Duty.MARKETER)
def edit(number: str) -> ResponseReturnValue:
    """Change the newest version; a version that was sent is kept, and the change opens the next one."""
    with house().db.read() as session:
        version = parts.version_of(session, number)
    if request.method == "POST":
        return _pressed(typed(request.form), version)
    return _opened(opened(version.source, seen=stamp(version), as_file=_as_file()), version, number)


def _opened(begun: Typed, former: Version | None, number: str) -> ResponseReturnValue:
    """The page as it is opened: with the saved text, or with what was not saved where the colleague took that up."""
    if request.args.get("take") != "draft":
        return editor_page(begun, former)
    with house().db.read() as session:
        draft = draft_of(session, parts.author(), number)
    if draft is None:
        return editor_page(begun, former)
    return editor_page(opened(draft.text, seen=draft.seen, as_file=_as_file()), former, offers_draft=False)


def _pressed(form: Typed, former: Version | None) -> ResponseReturnValue:
    """What a button does: one saves, the others change what stands in the form."""
    button, _, at = request.form.get("do", "save").partition("-")
    column = int(at) if at.isascii() and at.isdigit() and len(at) < 3 else 0
    if button == "save":
        return _saved(form, former)
    is_there = form.fields is None or column < len(form.fields.spoken)
    act = _ACTS.get(button if is_there else "", _nothing)
    try:
        changed, said = act(form, former, column)
    except (Refused, NotFound) as error:
        return editor_page(form, former, offers_draft=False, said=str(error)), 400
    return editor_page(changed, former, offers_draft=False, said=said)


def _saved(form: Typed, former: Version | None) -> ResponseReturnValue:
    try:
        text = _unchanged(form.text, former)
        number = read_source(text).number
        _keep_number(number, former)
        save(parts.desk(), text, seen=form.seen or NEW, author=parts.author(), now=parts.now())
    except Conflict as error:
        return _overtaken(form, former, error)
    except Refused as error:
        return editor_page(form.refused(error), former, offers_draft=False), 400
    flash(f"{number} is saved.")
    return redirect(url_for("bulletins.bulletin", number=number), 303)


def _overtaken(form: Typed, former: Version | None, error: Conflict) -> ResponseReturnValue:
    """Show both texts: what was typed stays in the form and is kept, and saving it again is a choice made knowingly."""
    if former is None:
        taken = form.refused(BadBulletin(error.message, hint=error.hint, line=2))
        return editor_page(taken, None, offers_draft=False), 409
    with suppress(Refused):
        number = read_source(former.source).number
        keep_draft(house().db, parts.author(), number, form.text, seen=form.seen, now=parts.now())
    chosen = replace(form, was=form.seen, seen=stamp(former))
    return editor_page(chosen, former, overtaken=True, offers_draft=False), 409


def _nothing(_form: Typed, _former: Version | None, _column: int) -> tuple[Typed, str]:
    raise Refused("No button of this page was pressed.", hint="Nothing was saved.")


def _with_language(form: Typed, _former: Version | None, _column: int) -> tuple[Typed, str]:
    fields, code = form.fields or BLANK, request.form.get("another", "")
    if not code or code in [one.language for one in fields.spoken]:
        raise Refused("That language is there already.", hint="Choose another one.")
    added = with_spoken(fields, (*fields.spoken, Spoken(code)))
    return replace(form, fields=added), "The language is added below. Nothing is saved yet."


def _without_language(form: Typed, _former: Version | None, column: int) -> tuple[Typed, str]:
    fields = form.fields or BLANK
    if len(fields.spoken) == 1:
        raise Refused("A bulletin needs one language.", hint="Choose another one in its place.")
    left = [one for at, one in enumerate(fields.spoken) if at != column]
    gone = with_spoken(fields, left)
    return replace(form, fields=gone), "The language is taken away. Nothing is saved yet."


def _language_first(form: Typed, _former: Version | None, column: int) -> tuple[Typed, str]:
    fields = form.fields or BLANK
    order = [column, *(at for at in range(len(fields.spoken)) if at != column)]
    turned = with_spoken(fields, [fields.spoken[at] for at in order])
    said = "Whoever reads none of the other languages gets the first one. Nothing is saved yet."
    return replace(form, fields=turned), said


def _with_snippet(form: Typed, _former: Version | None, column: int) -> tuple[Typed, str]:
    with house().db.read() as session:
        snippet = snippet_of(session, parts.id_from(request.form.get("snippet")))
    said = f"“{snippet.name}” stands at the end of the text. Nothing is saved yet."
    if form.fields is None:
        return replace(form, file=_below(form.file, snippet.text)), said
    spoken = [
        replace(one, markdown=_below(one.markdown, snippet.text)) if at == column else one
        for at, one in enumerate(form.fields.spoken)
    ]
    return replace(form, fields=replace(form.fields, spoken=tuple(spoken))), said


def _put_together(form: Typed, former: Version | None, _column: int) -> tuple[Typed, str]:
    if former is None:
        raise Refused("There is nothing to put together.")
    with house().db.read() as session:
        base = text_seen(session, former.bulletin_id, form.was)
    both = None if base is None else merged(base, form.text, former.source)
    if both is None:
        raise Refused("Both changed the same lines.", hint="Copy what you need from theirs.")
    put = opened(both, seen=stamp(former), as_file=form.fields is None)
    return put, "Both texts stand here put together. Look at them, then save."


def _with_sample(form: Typed, _former: Version | None, _column: int) -> tuple[Typed, str]:
    person_id = parts.id_from(request.form.get("reader"))
    kept = keep_sample(house().db, person_id, by=parts.author(), now=parts.now())
    return form, f"{kept.name} is kept for previews of every bulletin."


def _without_sample(form: Typed, _former: Version | None, _column: int) -> tuple[Typed, str]:
    let_sample_go(house().db, parts.id_from(request.form.get("reader")))
    return form, "That person is no longer among the sample persons."


_ACTS: dict[str, Callable[[Typed, Version | None, int], tuple[Typed, str]]] = {
    "add": _with_language,
    "drop": _without_language,
    "first": _language_first,
    "snippet": _with_snippet,
    "merge": _put_together,
    "keep": _with_sample,
    "forget": _without_sample,
}


def _below(text: str, more: str) -> str:
    return f"{text.rstrip()}\n\n{more}" if text.strip() else more


def _as_file() -> bool:
    return request.args.get("as") == "file"


def _unchanged(text: str, former: Version | None) -> str:
    """The former text where only its line ends differ: browsers send their own, and that is no edit."""
    return former.source if former and "\n".join(former.source.splitlines()) == "\n".join(text.splitlines()) else text


def _keep_number(number: str, former: Version | None) -> None:
    if former and number != read_source(former.source).number:
        hint = "For another number write a new bulletin."
        raise BadBulletin("The number of a bulletin cannot be changed.", line=2, hint=hint)
