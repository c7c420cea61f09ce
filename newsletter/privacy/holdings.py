"""Where something about a person is kept, and what becomes of it when they are erased."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Table, case, or_, select

from newsletter.post.posted import LetterState, PostedLetter
from newsletter.signal.evidence import Evidence
from newsletter.signal.kinds import Kind
from newsletter.tables import metadata


@dataclass(frozen=True, slots=True)
class Whose:
    """The person that is asked about."""

    person_id: int
    address: str
    address_key: str


@dataclass(frozen=True, slots=True)
class Holding:
    """Rows of one table about a person.

    `column` holds the person's id, or the id of a row of the table `through` that does; `by_address` is a column with
    their address, or its key where it is named so. `left` is what stays of a row when the person is erased, by column;
    None: nothing does.
    """

    name: str
    column: str = "person_id"
    through: str = ""
    by_address: str = ""
    left: Mapping[str, Any] | None = None

    @property
    def table(self) -> Table:
        """The table itself."""
        return metadata.tables[self.name]

    def rows(self, whose: Whose) -> ColumnElement[bool]:
        """Which of its rows are about a person."""
        found: list[ColumnElement[bool]] = []
        if self.through:
            parent = metadata.tables[self.through]
            parents = select(parent.c.id).where(parent.c.person_id == whose.person_id)
            found.append(self.table.c[self.column].in_(parents))
        elif self.column:
            found.append(self.table.c[self.column] == whose.person_id)
        if self.by_address:
            theirs = whose.address_key if self.by_address == "address_key" else whose.address
            found.append(self.table.c[self.by_address] == theirs)
        return or_(*found)


_OPEN = PostedLetter.state.in_((LetterState.WAITING, LetterState.TRYING))
_NO_LETTER = {
    "person_id": None, "address": "", "subject": "", "text": "", "html": "", "leave_link": "", "in_reply_to": "",
    "outcome": "", "state": case((_OPEN, LetterState.TAKEN_BACK), else_=PostedLetter.state),
}  # fmt: skip

_NO_SUBJECT = case((Evidence.kind == Kind.REPLY, ""), else_=Evidence.note)  # what a colleague noted stays

HOLDINGS: Sequence[Holding] = (
    # A reason without its words and a sign of life without its witness tell of a machine, and of no person.
    Holding("answer", "opt_out_id", through="opt_out", left={"text": ""}),
    Holding("withdrawal", "opt_out_id", through="opt_out"),
    Holding("burst_member", "opt_out_id", through="opt_out", left={}),
    Holding("opt_out", left={"person_id": None}),
    # What colleagues did stays; what they wrote down of a talk goes with who they spoke to.
    Holding("follow_up_step", "follow_up_id", through="follow_up", left={"note": ""}),
    Holding("follow_up", left={"person_id": None, "note": ""}),
    Holding("evidence", left={"person_id": None, "note": _NO_SUBJECT}),
    # A run still says how many copies went out. What servers answered names the address.
    Holding("delivery_event", "delivery_id", through="delivery", left={"reply": ""}),
    Holding("delivery", left={"person_id": None, "address": "", "reply": ""}),
    # Its key stays: it keeps a letter that goes out once ever from going out twice.
    Holding("posted_letter", by_address="address", left=_NO_LETTER),
    Holding("omission"),
    Holding("sample", "as_person_id"),
    Holding("sample_person"),
    Holding("hit"),
    # The account was asked all the same, and is left alone for a while.
    Holding("check_in", left={"person_id": None, "because": "", "words": ""}),
    Holding("contact", left={"person_id": None, "words": ""}),
    Holding("digest_entry"),
    Holding("digest"),
    Holding("bounce", by_address="address_key"),
    Holding("unreachable", by_address="address_key"),
    Holding("preference"),
    Holding("muted_unit"),
    Holding("wish"),
    Holding("subscription"),
    Holding("consent"),
    Holding("subscription_request", by_address="address_key"),
    Holding("address_change"),
    Holding("affiliation_claim"),
    Holding("affiliation"),
    # What is left of it is written by `audience.barred`: the hash.
    Holding("suppression", column="", by_address="address_key", left={}),
    Holding("person", column="id"),
)
"""In the order in which they can be let go: no row before what points to it."""
