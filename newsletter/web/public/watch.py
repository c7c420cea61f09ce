"""Seeing who comes: each request for a public page becomes a tap, after its answer is made."""

import logging
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network

from flask import Flask, Response, current_app, g, request

from newsletter.errors import BadToken, NewsletterError
from newsletter.hit.judge import ONE_CLICK, TRAP
from newsletter.hit.keep import keep
from newsletter.hit.sift import keep_and_judge
from newsletter.hit.tap import Tap
from newsletter.links import DoneLink, Links, OptOutLink, RunningLink, ViewLink
from newsletter.tokens import Purpose
from newsletter.web.house import house
from newsletter.web.public.blueprint import public
from newsletter.web.public.fields import fields
from newsletter.web.recorder import Recorder

_RECORDER = "newsletter recorder"
SHOWN = "shown"
"""The field of every form that says when its page was shown."""

_BUTTONS = ("leave", "reason", "fate", "unit", "said", "answer", "instead", "contact", "mood", "rival")
_Whose = tuple[int | None, int | None]
"""Person and copy."""

_READERS: dict[str, Callable[[Links, str], _Whose]] = {
    "leave": lambda links, token: _of_copy(links.read_opt_out(token)),
    "about": lambda links, token: _of_copy(links.read_opt_out(token)),
    "view": lambda links, token: _of_copy(links.read_view(token)),
    "done": lambda links, token: _of_copy(links.read_done(token)),
    "running": lambda links, token: _of_copy(links.read_running(token)),
    "preferences": lambda links, token: (links.read_preferences(token), None),
    "stop": lambda links, token: (links.read_stop(token), None),
    "mine": lambda links, token: (links.read_mine(token)[0], None),
    "check-in": lambda links, token: (links.read_check_in(token).person_id, None),
    "confirm": lambda links, token: _of_nobody(links.read_confirm(token)),
}
"""By the first word of an address: whose its token is."""

log = logging.getLogger(__name__)


def install(app: Flask) -> None:
    """Watch the public pages of an application that has moved in."""
    with app.app_context():
        app.extensions[_RECORDER] = Recorder(house().db, keep)


def stamp() -> str:
    """For a form: when its page was shown, signed. The rows of page loads would not do: they are kept later."""
    return house().links.signer.sign(Purpose.SHOWN, int(house().clock().timestamp() * 1000))


def tap_of_act() -> Tap | None:
    """The tap behind an act that keeps it in its own transaction."""
    try:
        tap = _tap()
    except Exception:  # an opt-out does not hang on whether we can tell who presses
        log.exception("A hit was not kept.")
        tap = None
    g.tap_is_kept = True
    return tap


@public.after_request
def _watch(response: Response) -> Response:
    try:
        _keep(response)
    except NewsletterError as error:
        log.warning("A hit was not kept: %s", error)
    except Exception:
        # Whoever asked has their answer: it does not hang on what we learn from it.
        log.exception("A hit was not kept.")
    return response


def _keep(response: Response) -> None:
    is_act = request.method == "POST" and response.status_code < 400 and not g.get("tap_is_kept")
    if request.method not in ("GET", "HEAD") and not is_act:
        return
    tap = _tap()
    if tap is None:
        return
    if is_act:
        keep_and_judge(house().db, tap, house().clock())
    else:
        recorder: Recorder[Tap] = current_app.extensions[_RECORDER]
        recorder.note(tap)


def _tap() -> Tap | None:
    """What this request is; None where its address holds no token of ours."""
    if request.url_rule is None or "token" not in (request.view_args or {}):
        return None
    words = [word for word in request.url_rule.rule.split("/") if word and not word.startswith("<")]
    whose = _whose(words[0])
    if whose is None:
        return None
    form = fields() if request.method == "POST" else {}
    return Tap(
        at=house().clock(),
        method=request.method,
        kind=TRAP if words[0] == "about" else words[-1],
        person_id=whose[0],
        delivery_id=whose[1],
        pressed=_pressed(form),
        typed=len(form.get("text", "")),
        shown=seconds_shown(form),
        network=_network(),
        user_agent=request.user_agent.string,
    )


def _whose(word: str) -> _Whose | None:
    if word not in _READERS:
        return None
    try:
        return _READERS[word](house().links, (request.view_args or {})["token"])
    except BadToken:
        return None


def _of_copy(link: OptOutLink | ViewLink | DoneLink | RunningLink) -> _Whose:
    return link.person_id, link.delivery_id or None


def _of_nobody(_: int) -> _Whose:
    return None, None


def _pressed(form: Mapping[str, str]) -> str:
    if form.get("List-Unsubscribe") == "One-Click":
        return ONE_CLICK
    tapped = {name: value for name, value in (request.view_args or {}).items() if name != "token"}
    chosen = {name: form[name] for name in _BUTTONS if name in form}
    if "." in chosen.get("said", ""):  # a button of one machine among several: "12.in_use"
        unit, _, said = chosen["said"].partition(".")
        chosen |= {"unit": unit, "said": said}
    return "&".join(f"{name}={str(value)[:30]}" for name, value in {**tapped, **chosen}.items())


def seconds_shown(form: Mapping[str, str]) -> float | None:
    """How many seconds before this POST its form was shown; None where it does not say so in our hand."""
    try:
        (at,) = house().links.signer.numbers(Purpose.SHOWN, form.get(SHOWN, ""), 1)
    except BadToken:
        return None
    return max(0.0, house().clock().timestamp() - at / 1000)


def _network() -> str:
    """A keyed hash of the network: enough to tell one from another, and from nothing else."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return ""
    network = ip_network(f"{address}/{24 if address.version == 4 else 48}", strict=False)
    return house().links.signer.hashes(f"network {network}")[0][:16]
