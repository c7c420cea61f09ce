from datetime import datetime

from newsletter.audience.wishing import Wisher
from newsletter.db import Database
from newsletter.followup.leave_alone import leave_alone
from newsletter.links import OptOutLink
from newsletter.optout.standing import hold
from newsletter.optout.undo import SOURCE


def wish_contact(db: Database, link: OptOutLink, now: datetime, *, wished: bool) -> None:
    """Whether a colleague may call or write to the link's person about what they told us.

    Saying it again changes nothing. Raises NotFound when the person is gone.
    """
    with db.write() as session:
        if Wisher(session, hold(session, link.person_id), SOURCE, now).leaves_alone(wished=not wished):
            leave_alone(session, link.person_id, now, wished=not wished)
