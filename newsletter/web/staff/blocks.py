"""Building a bulletin with blocks by plain forms. What is saved is its text, so history and approval work as ever."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from newsletter.bulletin.blocks import as_blocks_text, count_lines, read_blocks
from newsletter.bulletin.bulletin import Version
from newsletter.bulletin.fields import Fields, Spoken, as_fields, as_text, place
from newsletter.bulletin.past import stamp
from newsletter.bulletin.source import read_source
from newsletter.bulletin.write import topic_of
from newsletter.errors import BadBulletin, BadLetter, Conflict, NotFound, Refused
from newsletter.ledger.saving import save
from newsletter.message.block import Align, Block, Kind
from newsletter.staff.user import Duty
from newsletter.web import headers
from newsletter.web.errors import status_of
from newsletter.web.house import house
from newsletter.web.letter_alone import letter_alone
from newsletter.web.staff import bulletin_parts as parts
from newsletter.web.staff.block_form import HINTS, OFFERED, blocks_of, pressed
from newsletter.web.staff.block_words import told
from newsletter.web.staff.guard import guard, open_to
from newsletter.web.staff.lists import word
from newsletter.web.staff.long_forms import take_long_forms

blocks = Blueprint("blocks", __name__, url_prefix="/staff/bulletins/<number>/blocks")
blocks.before_request(take_long_forms)
blocks.before_request(guard)

_IN_BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class Desk:
    """What is worked on: the text in one of the languages, as blocks, or in `problem` why it cannot be shown so."""

    version: Version
    fields: Fields | None
    at: int
    blocks: Sequence[Block]
    problem: str = ""

    @property
    def spoken(self) -> Spoken:
        """The language and its text."""
        return self.fields.spoken[self.at] if self.fields else Spoken()

    @property
    def text(self) -> str:
        """The whole bulletin with these blocks."""
        fields = self.fields or Fields()
        one = replace(self.spoken, markdown=as_blocks_text(self.blocks))
        return _with_texts(fields, [one if at == self.at else other for at, other in enumerate(fields.spoken)])


@blocks.get("", endpoint="build")
@open_to(Duty.MARKETER)
def show(number: str) -> ResponseReturnValue:
    """The blocks as they were saved."""
    return _page(number, _opened(number))


@blocks.post("")
@open_to(Duty.MARKETER)
def change(number: str) -> ResponseReturnValue:
    """After a button: one saves, one turns a text into blocks, the others change what stands in the form."""
    desk, button = _opened(number), word(request.form, "do")
    if button == "turn":
        return _turned(number, desk)
    if desk.problem:
        return _page(number, desk)
    typed = replace(desk, blocks=blocks_of(request.form))
    if button != "save":
        return _page(number, replace(typed, blocks=pressed(typed.blocks, button, request.form)))
    return _saved(number, typed)


@blocks.route("/letter", methods=["GET", "POST"], endpoint="letter")
@open_to(Duty.MARKETER)
def show_letter(number: str) -> ResponseReturnValue:
    """The letter of what was saved, or of what stands in the form, for a frame. Nothing is saved by it."""
    saved = _opened(number)
    typed = replace(saved, blocks=blocks_of(request.form)) if request.method == "POST" else saved
    try:
        source = read_source(typed.text)
        with house().db.read() as session:
            press = parts.desk().press(source, topic_of(session, source), "preview")
        letters = [letter for _, letter in press.specimens()]
    except (BadBulletin, BadLetter) as error:
        headers.allow(frame_ancestors="'self'", sandbox="")
        wrong = _where(typed, error) if isinstance(error, BadBulletin) else str(error)
        return render_template("staff/editor/refused.html", wrong={"": wrong}), 400
    return letter_alone(letters[typed.at].html)


def _opened(number: str) -> Desk:
    with house().db.read() as session:
        version = parts.version_of(session, number)
    fields = as_fields(version.source)
    if fields is None:
        return Desk(
            version, None, 0, (), "This bulletin is written as a file. Open it in the editor, and save it there."
        )
    codes = [one.language for one in fields.spoken]
    wanted = word(request.values, "language")
    at = codes.index(wanted) if wanted in codes else 0
    if fields.layout.lower() != _IN_BLOCKS:
        return Desk(version, fields, at, (), "This bulletin is one text so far.")
    try:
        first = read_source(version.source).sections[at].line
        return Desk(version, fields, at, read_blocks(fields.spoken[at].markdown, first))
    except BadBulletin as error:
        return Desk(version, fields, at, (), f"{error} Parts for some readers are changed in the editor.")


def _turned(number: str, desk: Desk) -> ResponseReturnValue:
    if desk.fields is None or desk.fields.layout.lower() == _IN_BLOCKS:
        raise NotFound("There is no text to turn into blocks.")
    turned = [replace(one, markdown=f":::text\n{one.markdown.strip(chr(10))}\n:::") for one in desk.fields.spoken]
    text = _with_texts(replace(desk.fields, layout=_IN_BLOCKS), turned)
    return _kept(number, desk, text)


def _saved(number: str, desk: Desk) -> ResponseReturnValue:
    return _kept(number, desk, desk.text)


def _with_texts(fields: Fields, spoken: Sequence[Spoken]) -> str:
    return as_text(replace(fields, spoken=tuple(spoken))).rstrip("\n") + "\n"


def _kept(number: str, desk: Desk, text: str) -> ResponseReturnValue:
    seen = word(request.form, "seen")
    try:
        save(parts.desk(), text, seen=seen, author=parts.author(), now=parts.now())
    except Conflict as error:
        wrong = f"{error} What you built stays below: look at theirs, then save again to put yours in its place."
        return _page(number, desk, wrong=wrong, status=409)
    except Refused as error:
        wrong = _where(desk, error) if isinstance(error, BadBulletin) else str(error)
        return _page(number, desk, wrong=wrong, status=int(status_of(error)))
    flash(f"{number} is saved.")
    return redirect(url_for("blocks.build", number=number, language=desk.spoken.language), 303)


def _where(desk: Desk, error: BadBulletin) -> str:
    """What is wrong, and in which block."""
    found = place(desk.text, error)
    if found.field != f"markdown-{desk.at}":
        return str(error)
    left = found.line
    for number, block in enumerate(desk.blocks, 1):
        if left <= count_lines(block):
            return f"Block {number}, {block.kind}: {error.message} {error.hint}".strip()
        left -= count_lines(block)
    return f"{error.message} {error.hint}".strip()


def _page(number: str, desk: Desk, *, wrong: str = "", status: int = 200) -> ResponseReturnValue:
    headers.allow(frame_src="'self'")
    typed = request.form.get("seen")
    return render_template(
        "staff/bulletins/blocks.html",
        number=number,
        desk=desk,
        wrong=wrong,
        # After a conflict the next save is a choice made knowingly.
        seen=typed if typed is not None and status != 409 else stamp(desk.version),
        kinds=Kind,
        aligns=[("", "Where the text begins"), *((align.value, align.value.capitalize()) for align in Align if align)],
        hints=HINTS,
        told=told,
        offered=OFFERED,
        may_turn=desk.fields is not None and desk.fields.layout.lower() != _IN_BLOCKS,
    ), status
