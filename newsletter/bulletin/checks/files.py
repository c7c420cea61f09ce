"""Files that go with a bulletin: what they weigh, once and times all who get it."""

from collections.abc import Iterator, Mapping, Sequence

from newsletter.bulletin.finding import Finding, Severity
from newsletter.bulletin.front_matter import Field
from newsletter.message.attachment import coded_size

HEAVY = 1_000_000  # octets on the way
_OFTEN_REFUSED = 10_000_000  # what Postfix takes where nobody told it otherwise
_UNITS = ((1_000_000_000, "GB"), (1_000_000, "MB"), (1_000, "kB"))


def about_files(files: Mapping[str, int], targeted: int, named: Sequence[Field]) -> Iterator[Finding]:
    """`files` has the octets of each; `targeted` people get a copy."""
    if not files:
        return
    octets, line = sum(map(coded_size, files.values())), named[0].line if named else 0
    weight = f"{', '.join(files)} {'makes' if len(files) == 1 else 'make'} every letter {_said(octets)} larger"
    if octets > HEAVY:
        everybody = f", with {targeted:,} people {_said(octets * targeted)} to send" if targeted > 1 else ""
        most = " Many servers take 10 MB at most." if octets > _OFTEN_REFUSED else ""
        hint = f"Put it on a page and link to it: on a phone in a plant it takes long, and mailboxes are full.{most}"
        yield Finding(Severity.WARN, "files-heavy", f"{weight}{everybody}.", hint, line=line)
    else:
        yield Finding(Severity.FINE, "files", f"{weight}.", line=line)


def _said(octets: int) -> str:
    for size, unit in _UNITS:
        if octets >= size:
            return f"{octets / size:.1f} {unit}" if unit != "kB" else f"{octets // size} kB"
    return f"{octets} octets"
