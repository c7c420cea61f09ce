"""A segment as the fields of a form: groups of conditions, and what is left out. What was typed is never lost.

A group `b0` has its rows `b0r0`, `b0r1`…; what is left out are the rows of `out`. A row says what it is about in
`b0r0-about`, and the rest in `-not`, `-value` (again for each), `-how` and `-months`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from newsletter.errors import Refused
from newsletter.segment.definition import HOWS, IN_MONTHS, About, Condition, Definition, Group, How, Join, Node, Not
from newsletter.segment.reading import MOST_CONDITIONS, checked
from newsletter.web.staff.segment_words import TYPED

MOST_BOXES = 8
_LONGEST = 4_000
_Change = Callable[[tuple["Row", ...]], tuple["Row", ...]]


@dataclass(frozen=True, slots=True)
class Row:
    """One condition as it was typed, right or wrong."""

    about: About
    is_not: bool = False
    values: tuple[str, ...] = ()
    how: str = ""
    months: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A group: all or any of its rows, or not."""

    join: Join = Join.ALL
    is_not: bool = False
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Typed:
    """The whole form."""

    join: Join = Join.ALL
    boxes: tuple[Box, ...] = (Box(),)
    out: tuple[Row, ...] = ()


def typed(fields: MultiDict[str, str]) -> Typed:
    """What a form holds; what makes no sense is left out."""
    boxes = []
    for number in range(MOST_BOXES):
        name = f"b{number}"
        if not fields.get(f"{name}-join"):
            break
        boxes.append(Box(_join(fields, name), bool(fields.get(f"{name}-not")), tuple(_rows(fields, name))))
    return Typed(_join(fields, "all"), tuple(boxes) or (Box(),), tuple(_rows(fields, "out")))


def pressed(form: Typed, button: str, fields: MultiDict[str, str]) -> Typed:
    """The form after one of its buttons: `add-b0`, `drop-b0r1`, `drop-b0`, `box`; any other changes nothing."""
    act, _, where = button.partition("-")
    if act == "box" and len(form.boxes) < MOST_BOXES:
        return replace(form, boxes=(*form.boxes, Box()))
    about = fields.get(f"{where}-new", "")
    if act == "add" and about in set(About):
        return _changed(form, where, lambda rows: (*rows, Row(About(about)))[:MOST_CONDITIONS])
    if act == "drop" and where in _box_names(form):
        kept = tuple(box for name, box in zip(_box_names(form), form.boxes, strict=True) if name != where)
        return replace(form, boxes=kept or (Box(),))
    if act == "drop":
        box, _, number = where.rpartition("r")
        return _changed(form, box, lambda rows: tuple(row for at, row in enumerate(rows) if str(at) != number))
    return form


def as_definition(form: Typed) -> Definition:
    """What the form says. Raises Refused where it says nothing yet, or makes no sense."""
    boxes = [_box_node(box) for box in form.boxes if box.rows]
    if not boxes:
        raise Refused("The segment has no condition yet.", hint="Add one: an empty segment would be everybody.")
    return checked(Definition(_joined(form.join, boxes), tuple(_node(row) for row in form.out)))


def as_typed(definition: Definition) -> Typed | None:
    """The form that says exactly this; None where it is nested deeper than a form shows."""
    out = [_row(node) for node in definition.without]
    who = definition.who
    boxes, join = [_box(who)], Join.ALL
    if boxes == [None] and isinstance(who, Group):
        boxes, join = [_box(part) for part in who.parts], who.join
    if None in boxes or None in out:
        return None
    form = Typed(join, tuple(box for box in boxes if box), tuple(row for row in out if row))
    return form if as_definition(form) == definition else None


def _changed(form: Typed, where: str, change: _Change) -> Typed:
    if where == "out":
        return replace(form, out=change(form.out))
    names = _box_names(form)
    boxes = [
        replace(box, rows=change(box.rows)) if name == where else box
        for name, box in zip(names, form.boxes, strict=True)
    ]
    return replace(form, boxes=tuple(boxes))


def _box_names(form: Typed) -> list[str]:
    return [f"b{number}" for number in range(len(form.boxes))]


def _join(fields: MultiDict[str, str], name: str) -> Join:
    return Join.ANY if fields.get(f"{name}-join") == Join.ANY else Join.ALL


def _rows(fields: MultiDict[str, str], box: str) -> Iterable[Row]:
    for number in range(MOST_CONDITIONS):
        name = f"{box}r{number}"
        about = fields.get(f"{name}-about", "")
        if about not in set(About):
            return
        said = [value[:_LONGEST] for value in fields.getlist(f"{name}-value")]
        values = [part.strip() for value in said for part in (value.split(",") if about in TYPED else [value])]
        yield Row(
            About(about),
            bool(fields.get(f"{name}-not")),
            tuple(dict.fromkeys(filter(None, values))),
            fields.get(f"{name}-how", "")[:20],
            fields.get(f"{name}-months", "").strip()[:20],
        )


def _box_node(box: Box) -> Node:
    node = _joined(box.join, [_node(row) for row in box.rows])
    return Not(node) if box.is_not else node


def _joined(join: Join, nodes: Sequence[Node]) -> Node:
    return nodes[0] if len(nodes) == 1 else Group(join, tuple(nodes))


def _node(row: Row) -> Node:
    hows = HOWS.get(row.about, (How.PLAIN,))
    how = How(row.how) if row.how in hows else hows[0]
    months = int(row.months) if row.months.isascii() and row.months.isdigit() and len(row.months) < 6 else 0
    condition = Condition(row.about, row.values, how, months if how in IN_MONTHS else 0)
    return Not(condition) if row.is_not else condition


def _box(node: Node) -> Box | None:
    match node:
        case Not(Group() as group):
            box = _box(group)
            return replace(box, is_not=True) if box else None
        case Group(join, parts):
            rows = [_row(part) for part in parts]
            return Box(join, rows=tuple(row for row in rows if row)) if None not in rows else None
    row = _row(node)
    return Box(rows=(row,)) if row else None


def _row(node: Node) -> Row | None:
    match node:
        case Condition(about, values, how, months):
            return Row(about, values=values, how=how.value, months=str(months or ""))
        case Not(Condition() as condition):
            row = _row(condition)
            return replace(row, is_not=True) if row else None
    return None
