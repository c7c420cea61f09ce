"""A folder with one file a message: a line of JSON with the envelope's facts, then the message as it came."""

import json
import re
import secrets
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from newsletter.mailbox import parts

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ID = re.compile(r"[0-9a-f]{32}", re.ASCII)
_SUFFIX = ".mail"


@dataclass(frozen=True, slots=True)
class Kept:
    """One message: `raw` byte for byte as received; sender and `to` are the envelope's, `subject` is decoded."""

    id: str
    received_at: datetime
    sender: str
    to: tuple[str, ...]
    subject: str
    raw: bytes

    def text(self) -> str | None:
        """The plain text, None where the message has none that can be read."""
        return parts.text_of(self.raw, "text/plain")

    def html(self) -> str | None:
        """The HTML, None where the message has none that can be read."""
        return parts.text_of(self.raw, "text/html")

    def headers(self) -> list[tuple[str, str]]:
        """The header fields in order, unfolded but not decoded."""
        return parts.header_list(self.raw)


class Store:
    """The messages kept in `folder`, at most `cap` of them; the oldest go first. Safe for threads."""

    def __init__(self, folder: Path, cap: int = 20_000) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._cap = cap
        self._lock = threading.Lock()
        self._kept = 0
        self._known: deque[str] | None = None

    def keep(self, raw: bytes, sender: str, recipients: Sequence[str], now: datetime) -> str:
        """Keep a message received at `now` and give its id, which sorts by time; raises OSError."""
        facts = {
            "received_at": now.isoformat(),
            "sender": parts.storable(sender),
            "to": [parts.storable(recipient) for recipient in recipients],
            "subject": parts.subject(raw),
        }
        with self._lock:
            ident = self._next_id(now)
            self._write(ident, json.dumps(facts).encode() + b"\n" + raw)
            self._drop_oldest(ident)
        return ident

    def messages(self, limit: int, before: str | None = None) -> list[Kept]:
        """At most `limit` messages, newest first, those older than the id `before` where it is given."""
        if before is not None and _ID.fullmatch(before) is None:
            return []
        found = (self.message(ident) for ident in self._newest_first(before))
        # A message may be dropped between the listing and the reading.
        return [kept for kept, _ in zip((kept for kept in found if kept), range(limit), strict=False)]

    def message(self, ident: str) -> Kept | None:
        """The message of this id; None where there is none, also for what is no id."""
        if _ID.fullmatch(ident) is None:
            return None
        try:
            line, _, raw = self._path(ident).read_bytes().partition(b"\n")
            facts = json.loads(line)
            received_at = datetime.fromisoformat(facts["received_at"])
            return Kept(ident, received_at, facts["sender"], tuple(facts["to"]), facts["subject"], raw)
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _next_id(self, now: datetime) -> str:
        self._kept += 1
        microseconds = (now - _EPOCH) // timedelta(microseconds=1)
        # The count keeps the order within a microsecond, the random end keeps two processes apart.
        return f"{microseconds:016x}{self._kept % 16**8:08x}{secrets.token_hex(4)}"

    def _write(self, ident: str, octets: bytes) -> None:
        unfinished = self._folder / f"{ident}.part"
        try:
            unfinished.write_bytes(octets)
            unfinished.rename(self._path(ident))
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise

    def _drop_oldest(self, newest: str) -> None:
        if self._known is None:
            self._known = deque(reversed(list(self._newest_first(None))))
        else:
            self._known.append(newest)
        while len(self._known) > self._cap:
            self._path(self._known.popleft()).unlink(missing_ok=True)

    def _newest_first(self, before: str | None) -> Iterator[str]:
        names = (path.name.removesuffix(_SUFFIX) for path in self._folder.iterdir() if path.name.endswith(_SUFFIX))
        return iter(sorted((name for name in names if before is None or name < before), reverse=True))

    def _path(self, ident: str) -> Path:
        return self._folder / f"{ident}{_SUFFIX}"
