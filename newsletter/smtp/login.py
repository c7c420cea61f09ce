"""AUTH PLAIN and AUTH LOGIN (RFC 4954, 4616)."""

from base64 import b64encode
from collections.abc import Callable, Collection

from newsletter.smtp.outcome import Cause, Kind, Outcome, Silence, Stage, judge
from newsletter.smtp.reply import Reply


def log_in(
    ask: Callable[[bytes], Reply | Silence], user: str, password: str, mechanisms: Collection[str]
) -> Outcome | None:
    """Say who we are by the best mechanism offered; None once the server agreed."""
    name, secret = user.encode(), password.encode()
    if "PLAIN" in mechanisms:
        return _converse(ask, [b"AUTH PLAIN " + b64encode(b"\0" + name + b"\0" + secret)])
    if "LOGIN" in mechanisms:
        return _converse(ask, [b"AUTH LOGIN", b64encode(name), b64encode(secret)])
    return Outcome(Kind.UNSENT, Cause.AUTH, detail="The relay offers neither AUTH PLAIN nor AUTH LOGIN.")


def _converse(ask: Callable[[bytes], Reply | Silence], lines: list[bytes]) -> Outcome | None:
    for line in lines:
        heard = ask(line + b"\r\n")
        outcome = judge(Stage.AUTH, heard)
        if outcome is not None or (isinstance(heard, Reply) and heard.digit == 2):
            return outcome
    return Outcome(Kind.UNSENT, Cause.AUTH, detail="The relay asked for more than a user and a password.")
