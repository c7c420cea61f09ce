"""The built-in mailbox as pages: what a reader would have got. Only there while mail stays on this machine."""

import json
from collections.abc import Iterator

from flask import Blueprint, Flask, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from newsletter.errors import NotFound
from newsletter.mailbox.store import Kept, Store
from newsletter.web import headers
from newsletter.web.house import house
from newsletter.web.letter_alone import letter_alone

mailbox = Blueprint("mailbox", __name__, url_prefix="/mailbox")

PAGE = 50
_READ_AT_ONCE = 100
_STORE = "newsletter mailbox"


def install(app: Flask) -> None:
    """Put the mailbox into an application that has moved in, if its mail goes there."""
    with app.app_context():
        config = house().config
    if config.has_mailbox:
        app.extensions[_STORE] = Store(config.var / "mailbox")
        app.register_blueprint(mailbox)


@mailbox.get("")
def messages() -> ResponseReturnValue:
    """The newest messages, a page at a time."""
    before = request.args.get("before")
    kept = _store().messages(PAGE + 1, before)
    return render_template("mailbox/messages.html", kept=kept[:PAGE], has_more=len(kept) > PAGE, before=before)


@mailbox.get("/<ident>")
def message(ident: str) -> ResponseReturnValue:
    """One message: as HTML, as text, and its source."""
    headers.allow(frame_src="'self'")
    kept = _message(ident)
    return render_template(
        "mailbox/message.html", message=kept, html=kept.html(), text=kept.text(), raw=_readable(kept.raw)
    )


@mailbox.get("/<ident>/html")
def html(ident: str) -> ResponseReturnValue:
    """The HTML part alone, for a frame."""
    written = _message(ident).html()
    if written is None:
        raise NotFound("This message has no HTML.")
    return letter_alone(written)


@mailbox.get("/<ident>/raw")
def raw(ident: str) -> ResponseReturnValue:
    """The source, octet by octet."""
    return Response(_message(ident).raw, mimetype="message/rfc822")


@mailbox.get("/api/messages")
def api_messages() -> ResponseReturnValue:
    """All messages as a JSON list, newest first; `limit` and `before` (an id) take a part of it.

    `raw` is the whole source as text: read as UTF-8 where it is UTF-8, else one character an octet (ISO 8859-1). Encode
    it the same way and you have the octets again.
    """
    limit = request.args.get("limit", default=10**9, type=int)
    return Response(_as_json(_store(), limit, request.args.get("before")), mimetype="application/json")


def _as_json(store: Store, limit: int, before: str | None) -> Iterator[str]:
    """The list piece by piece: a full mailbox does not fit into memory."""
    comma = "["
    while kept := store.messages(min(limit, _READ_AT_ONCE), before) if limit > 0 else []:
        for one in kept:
            facts = {"id": one.id, "to": ", ".join(one.to), "subject": one.subject, "raw": _readable(one.raw)}
            yield comma + json.dumps(facts)
            comma = ",\n"
        limit, before = limit - len(kept), kept[-1].id
    yield "[]" if comma == "[" else "]"


def _readable(octets: bytes) -> str:
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _message(ident: str) -> Kept:
    kept = _store().message(ident)
    if kept is None:
        raise NotFound("There is no such message.", hint="The oldest are dropped when the mailbox is full.")
    return kept


def _store() -> Store:
    store: Store = current_app.extensions[_STORE]
    return store
