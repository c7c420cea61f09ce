"""AUTH: PLAIN (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195) and XOAUTH2 as Google and Microsoft document it (RFC 4954)."""

import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection
from pathlib import Path

from newsletter.smtp.outcome import Cause, Kind, Outcome, Silence, Stage, judge
from newsletter.smtp.relay import Relay
from newsletter.smtp.reply import Reply, one_line

Ask = Callable[[bytes], Reply | Silence]

# Where others may listen CRAM-MD5 alone hides the password. Under TLS it goes last: relays that keep their passwords
# hashed offer it and refuse it.
_IN_THE_CLEAR = ("CRAM-MD5", "PLAIN", "LOGIN")
_UNDER_TLS = ("PLAIN", "LOGIN", "CRAM-MD5")
_LONGEST_TOKEN = 8192
_TOKEN = re.compile(rb"[!-~]+")


def log_in(ask: Ask, relay: Relay, offered: Collection[str], *, is_encrypted: bool) -> Outcome | None:
    """Say who we are by the safest mechanism offered, or by the one the relay's URL asks for; None once agreed to.

    Reads the token file anew each time. What is wrong here is told as an outcome with Cause.AUTH.
    """
    if relay.user is None:
        return None
    wanted = (relay.auth,) if relay.auth else _UNDER_TLS if is_encrypted else _IN_THE_CLEAR
    mechanism = next((name for name in wanted if name in offered), None)
    if mechanism is None:
        return _failed(f"The relay does not offer AUTH {' or '.join(wanted)}.")
    user, password = relay.user.encode(), (relay.password or "").encode()
    if mechanism == "XOAUTH2":
        return _with_token(ask, user, relay.token_file or "")
    if mechanism == "CRAM-MD5":
        return _with_digest(ask, user, password)
    if mechanism == "LOGIN":
        return _converse(ask, [b"AUTH LOGIN", b64encode(user), b64encode(password)])
    return _converse(ask, [b"AUTH PLAIN " + b64encode(b"\0".join((b"", user, password)))])


def _converse(ask: Ask, lines: list[bytes]) -> Outcome | None:
    for line in lines:
        heard = ask(line + b"\r\n")
        outcome = judge(Stage.AUTH, heard)
        if outcome is not None or (isinstance(heard, Reply) and heard.digit == 2):
            return outcome
    return _failed("The relay asked for more than it may.")


def _with_digest(ask: Ask, user: bytes, password: bytes) -> Outcome | None:
    heard = ask(b"AUTH CRAM-MD5\r\n")
    outcome = judge(Stage.AUTH, heard)
    if outcome is not None:
        return outcome
    challenge = _decoded(heard)
    if not challenge:
        return _failed("The relay's challenge for CRAM-MD5 cannot be read.")
    digest = hmac.new(password, challenge, "md5").hexdigest().encode()
    return _converse(ask, [b64encode(user + b" " + digest)])


def _with_token(ask: Ask, user: bytes, file: str) -> Outcome | None:
    try:
        with Path(file).open("rb") as opened:
            token = opened.read(_LONGEST_TOKEN + 1).strip()
    except OSError as error:
        return _failed(f"The token file cannot be read: {error.strerror}.")
    if len(token) > _LONGEST_TOKEN or _TOKEN.fullmatch(token) is None:
        return _failed("The token file does not hold one token of printable ASCII.")
    heard = ask(b"AUTH XOAUTH2 " + b64encode(b"user=%s\1auth=Bearer %s\1\1" % (user, token)) + b"\r\n")
    if not isinstance(heard, Reply) or heard.digit != 3:
        return judge(Stage.AUTH, heard)
    # The error comes as a challenge, and its refusal only after an empty answer.
    refusal = judge(Stage.AUTH, ask(b"\r\n"))
    words = f"The relay refused the token: {one_line(_decoded(heard))}"
    return _failed(words, refusal.reply if refusal is not None else None)


def _decoded(heard: Reply | Silence) -> bytes:
    try:
        return b64decode(heard.text, validate=True) if isinstance(heard, Reply) else b""
    except ValueError:
        return b""


def _failed(words: str, reply: Reply | None = None) -> Outcome:
    return Outcome(Kind.UNSENT, Cause.AUTH, reply, detail=words)
