"""Writing bulletins: as fields in a form, or as the file they are."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.fields import as_fields
from newsletter.bulletin.source import read_source
from newsletter.errors import BadBulletin, Conflict
from newsletter.ledger.draft import NEW, save, stamp
from newsletter.staff.user import Duty
from newsletter.web.house import house
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.bulletin_form import EXAMPLE, FieldsForm, FileForm, choices, tag_examples
from newsletter.web.staff.guard import guard, open_to

writing = Blueprint("writing", __name__, url_prefix="/staff/bulletins")
writing.before_request(guard)

_Form = FieldsForm | FileForm


@writing.route("/new", methods=["GET", "POST"])
@open_to(Duty.MARKETER)
def new() -> ResponseReturnValue:
    """Write a bulletin under a new number."""
    form: _Form = FileForm(source=EXAMPLE) if _as_file() else FieldsForm(klass="technical", language="en")
    return _written(form, None)


@writing.route("/<number>/edit", methods=["GET", "POST"])
@open_to(Duty.MARKETER)
def edit(number: str) -> ResponseReturnValue:
    """Change the newest version; a version that was sent is kept, and the change opens the next one."""
    with house().db.read() as session:
        version = parts.version_of(session, number)
    fields = as_fields(version.source)
    if fields is None or _as_file():
        return _written(FileForm(source=version.source, seen=stamp(version)), version)
    form = FieldsForm.filled(fields, seen=stamp(version))
    form.number.render_kw = {"readonly": True}
    return _written(form, version)


def _written(form: _Form, former: Version | None) -> ResponseReturnValue:
    if request.method == "GET":
        return _page(form, former), 200
    try:
        text = _unchanged(form.text(), former)
        number = read_source(text).number
        _keep_number(number, former)
        save(parts.desk(), text, seen=form.seen.data or NEW, author=parts.author(), now=parts.now())
    except BadBulletin as error:
        form.show(error)
        return _page(form, former), 400
    except Conflict as error:
        return _overtaken(form, former, error)
    flash(f"{number} is saved.")
    return redirect(url_for("bulletins.bulletin", number=number), 303)


def _overtaken(form: _Form, former: Version | None, error: Conflict) -> ResponseReturnValue:
    """Show both texts: what was typed stays in the form, and saving it again is now a choice made knowingly."""
    if former is None:
        form.show(BadBulletin(error.message, hint=error.hint, line=2))
        return _page(form, None), 409
    form.seen.data = stamp(former)
    return _page(form, former, overtaken=True), 409


def _page(form: _Form, former: Version | None, *, overtaken: bool = False) -> str:
    with house().db.read() as session:
        form.offer(choices(session))
    return render_template(
        "staff/bulletins/write.html",
        form=form,
        former=former,
        number=read_source(former.source).number if former else "",
        overtaken=overtaken,
        is_file=isinstance(form, FileForm),
        may_be_form=former is None or as_fields(former.source) is not None,
        tags=tag_examples(),
    )


def _as_file() -> bool:
    return request.args.get("as") == "file"


def _unchanged(text: str, former: Version | None) -> str:
    """The former text where only its line ends differ: browsers send their own, and that is no edit."""
    return former.source if former and "\n".join(former.source.splitlines()) == "\n".join(text.splitlines()) else text


def _keep_number(number: str, former: Version | None) -> None:
    if former and number != read_source(former.source).number:
        hint = "For another number write a new bulletin."
        raise BadBulletin("The number of a bulletin cannot be changed.", line=2, hint=hint)
