"""A definition as SQL: one select of the people it chooses, one of the machines.

It is true of rows of a person, one account of theirs and one machine there; who stands nowhere, or where no machine
is, has one row without. What is asked of machines is asked of accounts first, because there are far fewer of those
than of people; and a choice between what a person and what a machine is becomes a union. So both databases go through
the people once, and ask no question about each of them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, false, not_, or_, select, true, union, union_all

from newsletter.account.account import Account
from newsletter.account.unit import Unit
from newsletter.audience.person import Affiliation, Person
from newsletter.errors import Refused
from newsletter.segment.conditions import PEOPLE_WITH, Known, Place, Who, as_sql
from newsletter.segment.definition import Definition, Join
from newsletter.segment.plain import Branch, Leaf, Tree, Truth, joined, leaves, plain, settled

MOST_UNIONS = 64
"""So many ways to belong to a segment are asked about one by one."""


@dataclass(frozen=True, slots=True)
class Selected:
    """`people` selects ids of persons, `accounts` and `units` of accounts and machines; None: of all.

    `names_machines`: people are chosen by their machines.
    """

    people: Select[int]
    accounts: Select[int] | None
    units: Select[int] | None
    names_machines: bool


def selected(definition: Definition, known: Known) -> Selected:
    """Whom and what a definition chooses. Raises Refused where there are too many ways to belong to it."""
    asking = _Asking(known)
    who, without = plain(definition.who), [plain(node) for node in definition.without]
    people = asking.people(who, without)
    # Of machines it is asked whether they can be meant: what a person must be besides, is no matter of theirs.
    opposites = [plain(node, is_not=True) for node in definition.without]
    machines = settled(joined(Join.ALL, [who, *opposites]), lambda leaf: asking.place(leaf) is Place.PERSON or None)
    return Selected(
        people=people,
        accounts=None if machines is True else asking.accounts(machines),
        units=None if machines is True else asking.units(machines),
        names_machines=Place.MACHINE in asking.places(who),
    )


@dataclass(frozen=True, slots=True)
class _Asking:
    known: Known

    def place(self, leaf: Leaf) -> Place:
        return self.known.place_of(leaf.condition)

    def places(self, tree: Tree) -> set[Place]:
        return {self.place(leaf) for leaf in leaves(tree)}

    def people(self, tree: Tree, without: Sequence[Tree] = ()) -> Select[int]:
        """The ids of the persons of whom one row is as the tree wants it, each once; of none, as one of `without`."""
        if isinstance(tree, Branch) and tree.join is Join.ANY and Place.PERSON in self.places(tree) and not without:
            return _rows_of(self._union(tree.parts))[0]
        parts = self._parts(tree)
        base = next((part for part in parts if self._has_table(part)), None)
        everybody: tuple[Select[int], Who] = select(Person.id), Person.id
        people, who = everybody if base is None else self._from_table(base)
        people = people.where(*(self._is(part, who) for part in parts if part is not base))
        if without:  # not as NOT IN, for which PostgreSQL would compare everybody with everybody
            out, left_out = _rows_of(self._union(without))
            people = people.where(~out.where(left_out == who).exists())
        return people

    def _parts(self, tree: Tree) -> list[Tree]:
        """What must all be so: about machines first and as one part, as it must be so of one machine."""
        parts = tree.parts if isinstance(tree, Branch) and tree.join is Join.ALL else (tree,)
        of_person = [part for part in parts if self.places(part) == {Place.PERSON}]
        others = [part for part in parts if part not in of_person]
        if any(Place.PERSON in self.places(part) for part in others):
            return [joined(Join.ANY, self._ways(others)), *of_person]
        return [joined(Join.ALL, others), *of_person] if others else [*of_person]

    def _has_table(self, tree: Tree) -> bool:
        """Whether a table smaller than that of all people has the ids of exactly those it is true of."""
        if Place.PERSON not in self.places(tree):
            return not isinstance(tree, bool)
        return isinstance(tree, Leaf) and not tree.is_not and tree.condition.about in PEOPLE_WITH

    def _from_table(self, tree: Tree) -> tuple[Select[int], Who]:
        if isinstance(tree, Leaf) and self.place(tree) is Place.PERSON:
            return PEOPLE_WITH[tree.condition.about](tree.condition, self.known)
        there = select(Affiliation.person_id).where(Affiliation.account_id.in_(self.accounts(tree)))
        if settled(tree, _none_of(self, ())) is not True:
            return there.distinct(), Affiliation.person_id
        stands = select(Affiliation.person_id).where(Affiliation.person_id == Person.id)
        everywhere, who = _rows_of(union_all(there, select(Person.id).where(~stands.exists())))
        return everywhere.distinct(), who

    def _is(self, tree: Tree, who: Who) -> ColumnElement[bool]:
        """Whether a person is as the tree wants it."""
        if isinstance(tree, bool):
            return true() if tree else false()
        if Place.PERSON not in self.places(tree):
            return who.in_(self._from_table(tree)[0])
        if isinstance(tree, Leaf):
            asked = as_sql(tree.condition, self.known, who)
            return not_(asked) if tree.is_not else asked
        if tree.join is Join.ALL:
            return and_(*(self._is(part, who) for part in self._parts(tree)))
        return who.in_(self._union(tree.parts))

    def _union(self, trees: Sequence[Tree]) -> CompoundSelect[int]:
        if len(trees) > MOST_UNIONS:
            raise Refused("The segment is too tangled.", hint="Use fewer conditions, or two segments.")
        return union(*(self.people(tree) for tree in trees))

    def _ways(self, parts: Sequence[Tree]) -> list[Tree]:
        """All of some parts as ways of which one will do, each without a choice between a person's and a machine's."""
        ways: list[Tree] = [True]
        for part in parts:
            is_choice = isinstance(part, Branch) and Place.PERSON in self.places(part)
            choices = part.parts if is_choice and isinstance(part, Branch) else (part,)
            ways = [joined(Join.ALL, [way, choice]) for way in ways for choice in choices]
            if len(ways) > MOST_UNIONS:
                raise Refused("The segment is too tangled.", hint="Use fewer conditions, or two segments.")
        return ways

    def accounts(self, tree: Tree) -> Select[int]:
        """The ids of the accounts of which one row is as a tree wants it that asks nothing about people."""
        if Place.MACHINE not in self.places(tree):
            return select(Account.id).where(self.sql(tree))
        with_machine = self._of_units(select(Unit.account_id), tree)
        empty = settled(tree, _none_of(self, {Place.ACCOUNT}))
        if empty is False:
            return with_machine
        has_none = ~select(Unit.id).where(Unit.account_id == Account.id).exists()
        return _rows_of(union(with_machine, select(Account.id).where(has_none, self.sql(empty))))[0]

    def units(self, tree: Tree) -> Select[int]:
        """The ids of the machines as a tree wants them that asks nothing about people."""
        return self._of_units(select(Unit.id), tree)

    def _of_units(self, units: Select[int], tree: Tree) -> Select[int]:
        if Place.ACCOUNT in self.places(tree):
            units = units.join(Account, Account.id == Unit.account_id)
        return units.where(self.sql(tree))

    def sql(self, tree: Tree) -> ColumnElement[bool]:
        """A tree as a condition over the rows of its places."""
        if isinstance(tree, bool):
            return true() if tree else false()
        if isinstance(tree, Leaf):
            condition = as_sql(tree.condition, self.known, Person.id)
            return not_(condition) if tree.is_not else condition
        parts = [self.sql(part) for part in tree.parts]
        return and_(*parts) if tree.join is Join.ALL else or_(*parts)


def _rows_of(ids: CompoundSelect[int]) -> tuple[Select[int], Who]:
    """What several selects found, as one."""
    (found,) = ids.subquery().c
    return select(found), found


def _none_of(asking: _Asking, kept: Collection[Place]) -> Truth:
    """What is true where there is no machine, or no account: of nothing, only that it is not so."""
    return lambda leaf: None if asking.place(leaf) in kept else leaf.is_not
