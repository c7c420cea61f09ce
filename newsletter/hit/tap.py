"""A hit as the door saw it, before anything is looked up."""

from dataclasses import dataclass
from datetime import datetime

LONGEST_USER_AGENT, LONGEST_PRESSED = 200, 80


@dataclass(frozen=True, slots=True)
class Tap:
    """One request for a public page; the fields are those of `hit.Hit`. Texts are cut to what is kept."""

    at: datetime
    method: str
    kind: str
    person_id: int | None = None
    delivery_id: int | None = None
    pressed: str = ""
    typed: int = 0
    shown: float | None = None
    network: str = ""
    user_agent: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "pressed", _cut(self.pressed, LONGEST_PRESSED))
        object.__setattr__(self, "user_agent", _cut(self.user_agent, LONGEST_USER_AGENT))


def _cut(text: str, length: int) -> str:
    """What a database takes: no NUL, no half characters."""
    return text[:length].encode("utf-8", "replace").decode().replace("\0", "")
