"""Trees of conditions in which only conditions are negated, and simplifying them. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from newsletter.segment.definition import Condition, Group, Join, Node, Not


@dataclass(frozen=True, slots=True)
class Leaf:
    """A condition, or that it does not hold."""

    condition: Condition
    is_not: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """Two parts or more, each once, none of them a branch of the same kind."""

    join: Join
    parts: tuple["Leaf | Branch", ...]


Tree = Leaf | Branch | bool
Truth = Callable[[Leaf], bool | None]
_OTHER = {Join.ALL: Join.ANY, Join.ANY: Join.ALL}


def plain(node: Node, *, is_not: bool = False) -> Tree:
    """The tree of a definition, or of its opposite."""
    match node:
        case Condition():
            return Leaf(node, is_not)
        case Not(part):
            return plain(part, is_not=not is_not)
        case Group(join, parts):
            return joined(_OTHER[join] if is_not else join, [plain(part, is_not=is_not) for part in parts])


def joined(join: Join, trees: Iterable[Tree]) -> Tree:
    """Trees as one. All of nothing is true, any of nothing is false."""
    settles = join is Join.ANY  # one true part settles "any", one false part settles "all"
    parts: dict[Leaf | Branch, None] = {}
    for tree in trees:
        if isinstance(tree, bool):
            if tree is settles:
                return tree
        elif isinstance(tree, Branch) and tree.join is join:
            parts.update(dict.fromkeys(tree.parts))
        else:
            parts[tree] = None
    if len(parts) < 2:
        return next(iter(parts), not settles)
    return Branch(join, tuple(parts))


def settled(tree: Tree, truth: Truth) -> Tree:
    """The tree where some conditions are known to hold or not to; `truth` gives None for those that are asked still."""
    if isinstance(tree, Leaf):
        known = truth(tree)
        return tree if known is None else known
    return tree if isinstance(tree, bool) else joined(tree.join, [settled(part, truth) for part in tree.parts])


def leaves(tree: Tree) -> list[Leaf]:
    """Every condition of a tree."""
    if isinstance(tree, bool):
        return []
    return [tree] if isinstance(tree, Leaf) else [leaf for part in tree.parts for leaf in leaves(part)]
