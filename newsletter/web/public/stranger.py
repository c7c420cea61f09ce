"""Forms that anybody may send: what keeps programs from sending them, without asking anything of people."""

from collections.abc import Mapping

from flask import request

from newsletter.audience.address import Address, read_address
from newsletter.audience.office import Office
from newsletter.audience.subscribe import Caller
from newsletter.errors import BadAddress, BadToken, Refused
from newsletter.language import sentence
from newsletter.tokens import Purpose
from newsletter.web.house import house
from newsletter.web.public.watch import SHOWN

YOUNGEST, OLDEST = 2, 24 * 60 * 60  # seconds between a page and its form
HONEYPOT = "reference"
"""A field that no person sees. Its name is none that a browser fills in by itself."""

TOO_SOON = sentence("That went very fast. Please press the button once more.")
TOO_LATE = sentence("This page was open for long. Please press the button once more.")
NO_ADDRESS = sentence("Please write an e-mail address, like name@company.com.")


def office() -> Office:
    """Where letters to strangers are written."""
    return Office(house().writer, house().links)


def caller() -> Caller:
    """Who speaks to us."""
    return Caller(request.remote_addr or "", request.user_agent.string)


def is_program(form: Mapping[str, str]) -> bool:
    """Whether a form fills in what no person sees."""
    return form.get(HONEYPOT, "") != ""


def wait_a_moment(form: Mapping[str, str]) -> None:
    """Raise Refused for a form that comes sooner than anybody types, a day later, or from no page of ours."""
    try:
        (shown_at,) = house().links.signer.numbers(Purpose.SHOWN, form.get(SHOWN, ""), 1)
    except BadToken:
        raise Refused(TOO_LATE) from None
    age = house().clock().timestamp() - shown_at / 1000
    if age > OLDEST:
        raise Refused(TOO_LATE)
    if age < YOUNGEST:
        raise Refused(TOO_SOON)


def address_in(form: Mapping[str, str]) -> Address:
    """The address that was typed. Raises BadAddress."""
    try:
        return read_address(form.get("address", ""))
    except BadAddress as error:
        raise BadAddress(NO_ADDRESS) from error
