"""What suits somebody better than leaving, by why they leave. Pure. It is offered after the exit, never before."""

from collections.abc import Mapping

from newsletter.optout.undo import Instead
from newsletter.question.reasons import Reason

_OFFERS: Mapping[Reason, tuple[Instead, ...]] = {
    Reason.TOO_MANY: (Instead.MONTHLY, Instead.PAUSE_3, Instead.SAFETY),
    Reason.TOO_BUSY: (Instead.PAUSE_1, Instead.PAUSE_3, Instead.SAFETY),
    Reason.NOT_MY_MACHINE: (Instead.CHOOSE,),
    Reason.NOT_USEFUL: (Instead.CHOOSE, Instead.SAFETY),
    Reason.OTHER: (Instead.MONTHLY, Instead.PAUSE_3, Instead.SAFETY, Instead.CHOOSE),
}


def offers(reason: Reason | None) -> tuple[Instead, ...]:
    """What to offer; nothing to who never asked for our mails, moved on, or told of the machine."""
    return _OFFERS.get(reason, ()) if reason else ()
