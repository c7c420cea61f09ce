"""Whether more people left at once than people do: `found_in(leavings, size_of)`, pure."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from newsletter.burst.burst import Group

WITHIN = timedelta(minutes=3)
"""A gateway works through a firm's mail in seconds, two at most; colleagues who follow one another take longer."""

FEWEST = {Group.DOMAIN: 5, Group.ACCOUNT: 5, Group.NETWORK: 10}
"""Fewer are no burst. Of a network it takes more, because behind one there may be any number of firms."""

SHARE = 0.5
"""Of the people we know in the group; of a network, whose people nobody can count, of all who left just then."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """One opt-out, and the groups its person is in. `network` is empty where a mail program's server came for them."""

    opt_out_id: int
    person_id: int
    at: datetime
    domain: str
    account_ids: tuple[int, ...]
    network: str


@dataclass(frozen=True, slots=True)
class Found:
    """A burst: the group, how many people we know in it (0: cannot be known), and the opt-outs in order of time."""

    group: Group
    name: str
    people: int
    leavings: tuple[Leaving, ...]


SizeOf = Callable[[Group, str, int], int]
"""The people in a group, by its name, counted to a given number at most."""


def found_in(leavings: Sequence[Leaving], size_of: SizeOf) -> tuple[Found, ...]:
    """The bursts among opt-outs, the largest first. What one of them explains is not told a second time."""
    found = [burst for group in Group for burst in _of_group(group, leavings, size_of)]
    found.sort(key=lambda burst: (-len(burst.leavings), list(Group).index(burst.group), burst.name))
    told: set[int] = set()
    kept = []
    for burst in found:
        news = {leaving.opt_out_id for leaving in burst.leavings} - told
        if len(news) >= FEWEST[burst.group]:
            told |= news
            kept.append(burst)
    return tuple(kept)


def _of_group(group: Group, leavings: Sequence[Leaving], size_of: SizeOf) -> Iterator[Found]:
    for name, members in _by_name(group, leavings).items():
        for together in _together(members):
            people = len({leaving.person_id for leaving in together})
            if people < FEWEST[group]:
                continue
            size = size_of(group, name, round(people / SHARE) + 1) if group is not Group.NETWORK else 0
            others = len({leaving.person_id for leaving in leavings if _is_during(leaving, together)})
            if people >= SHARE * (size or others):
                yield Found(group, name, size, together)


def _by_name(group: Group, leavings: Sequence[Leaving]) -> Mapping[str, list[Leaving]]:
    members: dict[str, list[Leaving]] = defaultdict(list)
    for leaving in sorted(leavings, key=lambda leaving: (leaving.at, leaving.opt_out_id)):
        for name in _names(group, leaving):
            members[name].append(leaving)
    return members


def _names(group: Group, leaving: Leaving) -> Sequence[str]:
    match group:
        case Group.DOMAIN:
            return (leaving.domain,) if leaving.domain else ()
        case Group.ACCOUNT:
            return tuple(map(str, leaving.account_ids))
        case Group.NETWORK:
            return (leaving.network,) if leaving.network else ()


def _together(members: Sequence[Leaving]) -> Iterator[tuple[Leaving, ...]]:
    """The members in stretches, each made of windows that are full enough and overlap."""
    began = taken = start = 0
    for end, leaving in enumerate(members):
        while leaving.at - members[start].at > WITHIN:
            start += 1
        if end - start + 1 < min(FEWEST.values()):
            continue
        if start >= taken:
            if taken > began:
                yield tuple(members[began:taken])
            began = start
        taken = end + 1
    if taken > began:
        yield tuple(members[began:taken])


def _is_during(leaving: Leaving, together: Sequence[Leaving]) -> bool:
    return together[0].at <= leaving.at <= together[-1].at
