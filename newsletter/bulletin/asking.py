"""What a bulletin asks of its readers: whether the machine still runs, and to be told that its advice was followed."""

import re
from dataclasses import dataclass

from newsletter.bulletin.front_matter import Field, Front
from newsletter.errors import BadTime

_REMIND = re.compile(r"every ([0-9]{1,3}) days?, at most ([0-9]{1,2})", re.IGNORECASE)
_YES, _NO = ("true", "yes"), ("false", "no")
_LONGEST = 60  # characters of what was written that are said back
_FEWEST_DAYS, _MOST_DAYS, _MOST_LETTERS = 3, 180, 10


@dataclass(frozen=True, slots=True)
class Remind:
    """Every so many days, at most so often, until the machines are done."""

    days: int
    at_most: int

    def __str__(self) -> str:
        """As it is written."""
        return f"every {self.days} day{'' if self.days == 1 else 's'}, at most {self.at_most}"


def asks_heartbeat(fields: Front) -> bool:
    """Whether the letter carries the line "Still running?". Raises BadBulletin."""
    field = fields.get("heartbeat", Field("", 1, 1))
    said = field.value.lower()
    if said not in (*_YES, *_NO, ""):
        raise field.refusal("{} is neither yes nor no.", "Write `heartbeat: true`, or take the line out.")
    if said in _YES and not any(fields.get("models", Field("", 1, 1)).parts()):
        raise field.refusal("There is a heartbeat, but no models.", "Add `models:`: the line asks about machines.")
    return said in _YES


def read_remind(fields: Front) -> Remind | None:
    """How readers are reminded of what is still open; None where they are not. Raises BadBulletin."""
    field = fields.get("remind", Field("", 1, 1))
    if not field.value:
        return None
    if "class" not in fields or fields["class"].value.lower() != "safety":
        raise field.refusal("Only a safety bulletin reminds.", "Take the line out, or write `class: safety`.")
    if not any(fields.get("models", Field("", 1, 1)).parts()):
        raise field.refusal("There are reminders, but no models.", "Add `models:`: they are about machines.")
    try:
        return remind_in(field.value)
    except BadTime as error:
        raise field.refusal(error.message, error.hint) from error


def remind_in(words: str) -> Remind:
    """What "every 14 days, at most 3" means. Raises BadTime."""
    said = repr(words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…")
    found = _REMIND.fullmatch(words.strip())
    if found is None:
        raise BadTime(f"{said} is no rule for reminders.", hint="Write `remind: every 14 days, at most 3`.")
    remind = Remind(*map(int, found.groups()))
    if not (_FEWEST_DAYS <= remind.days <= _MOST_DAYS and 1 <= remind.at_most <= _MOST_LETTERS):
        between = f"every {_FEWEST_DAYS} to {_MOST_DAYS} days, at most 1 to {_MOST_LETTERS} times"
        raise BadTime(f"{said} is too often or too seldom.", hint=f"Remind {between}.")
    return remind
