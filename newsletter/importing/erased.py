"""People who were erased at their wish: a file that still names them does not bring them back."""

from sqlalchemy.orm import Session

from newsletter.audience.barred import erased_among
from newsletter.importing.complaint import Complaint
from newsletter.importing.plan import Plan
from newsletter.tokens import Signer

REASON = "Whoever has this address was erased as they wished, and comes back only by subscribing anew."


def leave_out_erased(session: Session, plan: Plan, signer: Signer) -> None:
    """Take the erased out of a plan, with a complaint each. The row itself is not kept: it names them."""
    for key in sorted(erased_among(session, plan.people, signer)):
        line = plan.people.pop(key).line
        plan.said.pop(key, None)
        for stands in [stands for stands in plan.affiliations if stands[0] == key]:
            del plan.affiliations[stands]
        plan.complaints.append(Complaint(line, "", REASON, ()))
    plan.complaints.sort(key=lambda complaint: complaint.line)
