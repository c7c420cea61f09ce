"""Everything we hold about somebody: shown, handed over, and erased.

The link to a person's page stands in every mail; mails are passed on, and scanners open what is in them. So that link
only sends another one to the mailbox, good for a day, and its GET shows buttons alone: what we hold comes by POST.
"""

import json

from flask import Response, g, make_response

from newsletter.audience.mailed_link import MINE_GOOD_FOR, mail_mine
from newsletter.audience.person import Person
from newsletter.errors import NotFound
from newsletter.privacy.erase import erase
from newsletter.privacy.everything import everything
from newsletter.privacy.in_words import in_words
from newsletter.privacy.journal import append
from newsletter.web.house import house
from newsletter.web.public.blueprint import public
from newsletter.web.public.fields import fields
from newsletter.web.public.page import language, page
from newsletter.web.public.stranger import caller, office

SOURCE = "their own page"


@public.get("/preferences/<token>/mine")
@public.get("/preferences/<token>/erase", endpoint="show_ask_erase")
def show_ask_mine(token: str) -> Response:
    """What will happen, with the button that sends the link."""
    return page("ask_mine.html", _language(house().links.read_preferences(token)), token=token)


@public.post("/preferences/<token>/mine")
@public.post("/preferences/<token>/erase", endpoint="ask_erase")
def ask_mine(token: str) -> Response:
    """Send the link to the mailbox."""
    person_id = house().links.read_preferences(token)
    spoken, now = _language(person_id), house().clock()
    mail_mine(house().db, person_id, caller().network, language=spoken, office=office(), now=now)
    return page("asked.html", spoken, errand="mine", back=f"/preferences/{token}")


@public.get("/mine/<token>")
def show_mine(token: str) -> Response:
    """The buttons; nothing of what we hold."""
    return page("mine.html", _language(_read(token)), token=token, held=None)


@public.post("/mine/<token>")
def open_mine(token: str) -> Response:
    """What we hold: as a page, or as a file."""
    person_id = _read(token)
    spoken = _language(person_id)
    with house().db.read() as session:
        if fields().get("as") == "file":
            return _file(everything(session, person_id))
        held = in_words(session, person_id)
    return page("mine.html", spoken, token=token, held=held)


@public.get("/mine/<token>/erase")
def show_erase(token: str) -> Response:
    """What is erased and what stays, with the button."""
    return page("erase.html", _language(_read(token)), token=token, is_erased=False)


@public.post("/mine/<token>/erase")
def press_erase(token: str) -> Response:
    """Erase."""
    person_id = _read(token)
    spoken = _language(person_id)
    erased = erase(house().db, person_id, house().links.signer, house().clock(), by=SOURCE)
    append(house().config.var / "erasures.jsonl", erased)
    g.tap_is_kept = True  # that this person was here is not written down any more
    return page("erase.html", spoken, token=token, is_erased=True)


def _read(token: str) -> int:
    person_id, made_at = house().links.read_mine(token)
    if house().clock() > made_at + MINE_GOOD_FOR:
        raise NotFound("This link was good for a day.")
    return person_id


def _language(person_id: int) -> str:
    with house().db.read() as session:
        person = session.get(Person, person_id)
    if person is None:
        raise NotFound("This link leads nowhere.")
    return language(person.language)


def _file(held: dict[str, object]) -> Response:
    file = make_response(json.dumps(held, ensure_ascii=False, indent=2))
    file.mimetype = "application/json"
    file.headers["Content-Disposition"] = 'attachment; filename="everything-we-hold.json"'
    return file
