from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from newsletter.bulletin.asking import remind_in
from newsletter.bulletin.trial import read_trial
from newsletter.bulletin.waves import read_waves
from newsletter.bulletin.when import GRACE, When, need_one_plan, read_theirs, read_when
from newsletter.errors import BadTime, Refused
from newsletter.pace.span import in_words, read_open


@dataclass(frozen=True, slots=True)
class Wished:
    """When a bulletin shall go and in which parts, in the words that every door takes; empty where nothing was said.

    `is_theirs`: at `local` where each person is.
    """

    local: str = ""
    zone: str = ""
    is_theirs: bool = False
    waves: str = ""
    hours: str = ""
    trial: str = ""
    remind: str = ""

    def when(self, now: datetime, grace: timedelta = GRACE) -> When:
        """What is meant; without a time it is now. Raises BadTime."""
        when = When(now, grace=grace)
        if self.local or self.zone or self.is_theirs:
            when = (read_theirs if self.is_theirs else read_when)(self.local, self.zone, now, grace)
        when = replace(when, waves=read_waves(self.waves), hours=_hours(self.hours), trial=read_trial(self.trial))
        return need_one_plan(replace(when, remind=str(remind_in(self.remind)) if self.remind else ""))


def _hours(words: str) -> str:
    try:
        return in_words(read_open(words)) if words else ""
    except Refused as error:
        raise BadTime(error.message, hint=error.hint) from error
