"""What became of a copy, judged from how far it came and what the server said."""

from enum import StrEnum
from typing import Literal, NamedTuple, overload

from newsletter.smtp.reply import Reply


class Kind(StrEnum):
    """What the sender of the copy can rely on."""

    ACCEPTED = "accepted"
    """The relay took it and answers for it."""
    DEFERRED = "deferred"
    """The relay said: later."""
    REFUSED = "refused"
    """The relay said no for good; only Cause.RECIPIENT speaks about the person."""
    UNSENT = "unsent"
    """The message never went out whole, so nothing can have been taken."""
    IN_DOUBT = "in doubt"
    """The whole message went out and no answer came that can be read."""
    HELD = "held"
    """Nothing was said to the relay: it does not offer what this copy needs, or the copy must never be on a wire."""


class Cause(StrEnum):
    """What an outcome is about; EXTENSION: the relay does not keep to what it offered."""

    NONE = "none"
    CONNECTION = "connection"
    TIMEOUT = "timeout"
    PROTOCOL = "protocol"
    EXTENSION = "extension"
    GREETING = "greeting"
    TLS = "tls"
    AUTH = "auth"
    SENDER = "sender"
    RECIPIENT = "recipient"
    LIMIT = "limit"
    CONTENT = "content"
    SIZE = "size"
    POLICY = "policy"
    SMTPUTF8 = "smtputf8"
    EIGHT_BIT = "8bitmime"


class Stage(StrEnum):
    """The step a reply belongs to. BODY begins when the octet that completes the message is with the kernel."""

    CONNECT = "connect"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    RSET = "rset"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    CHUNK = "chunk"
    BODY = "body"


class Silence(StrEnum):
    """Why no reply came."""

    LOST = "connection"
    TIMEOUT = "timeout"


class Outcome(NamedTuple):
    """What became of a copy. `reply` is the server's answer if it gave one, `detail` our own words beside it.

    `usable` says whether the same connection takes the next copy; if not, it is closed already. A tuple, as Reply and
    Copy are: each copy has one, and they are made three times as fast as frozen dataclasses.
    """

    kind: Kind
    cause: Cause
    reply: Reply | None = None
    usable: bool = False
    detail: str = ""


_PASSED_BY = {Stage.AUTH: (2, 3), Stage.DATA: (3,), Stage.BODY: ()}
_ABOUT_THE_SESSION = {
    Stage.CONNECT: Cause.GREETING,
    Stage.EHLO: Cause.GREETING,
    Stage.STARTTLS: Cause.TLS,
    Stage.AUTH: Cause.AUTH,
    Stage.RSET: Cause.PROTOCOL,
}
_ABOUT_THE_COPY = {
    Stage.MAIL: Cause.SENDER,
    Stage.RCPT: Cause.RECIPIENT,
    Stage.DATA: Cause.CONTENT,
    Stage.CHUNK: Cause.CONTENT,
    Stage.BODY: Cause.CONTENT,
}
_WANTS_LOGIN = {530, 534, 535, 538}
_LIMITS = {452, 552}
_BY_CODE = {421: Cause.CONNECTION, 452: Cause.LIMIT, 552: Cause.SIZE} | dict.fromkeys(
    (500, 502, 503, 504, 555), Cause.PROTOCOL
)
_BY_STATUS = {  # RFC 3463 sections 3.2 to 3.8; 1.7 and 1.8 speak of the sender, 6.7 is of RFC 6531
    "1": Cause.RECIPIENT,
    "1.7": Cause.SENDER,
    "1.8": Cause.SENDER,
    "2": Cause.RECIPIENT,
    "2.3": Cause.SIZE,
    "3.4": Cause.SIZE,
    "5.3": Cause.LIMIT,
    "6": Cause.CONTENT,
    "6.7": Cause.SMTPUTF8,
}


@overload
def judge(stage: Literal[Stage.BODY], heard: Reply | Silence) -> Outcome: ...
@overload
def judge(stage: Stage, heard: Reply | Silence) -> Outcome | None: ...
def judge(stage: Stage, heard: Reply | Silence) -> Outcome | None:
    """The outcome that this answer at this stage settles, or None where the stage is passed (BODY always settles).

    Total over all stages and all answers. Decides by the first digit, refined by code and enhanced status, never by
    text (RFC 5321 4.2, 3.8, 4.5.3.1.10).
    """
    if isinstance(heard, Silence):
        return _unanswered(stage, Cause(heard), None)
    if heard.digit in _PASSED_BY.get(stage, (2,)):
        return None
    if heard.digit in {4, 5}:
        return _declined(stage, heard)
    if stage is Stage.BODY and heard.digit == 2:
        return Outcome(Kind.ACCEPTED, Cause.NONE, heard, usable=True)
    return _unanswered(stage, Cause.PROTOCOL, heard)


def _unanswered(stage: Stage, cause: Cause, reply: Reply | None) -> Outcome:
    return Outcome(Kind.IN_DOUBT if stage is Stage.BODY else Kind.UNSENT, cause, reply)


def _declined(stage: Stage, reply: Reply) -> Outcome:
    if stage in _ABOUT_THE_SESSION:
        return Outcome(Kind.UNSENT, _ABOUT_THE_SESSION[stage], reply)
    # A login that is wanted or wrong says nothing about the person this copy is for.
    if reply.code in _WANTS_LOGIN:
        return Outcome(Kind.UNSENT, Cause.AUTH, reply)
    cause = _cause(stage, reply)
    # What is said about our commands is not held against the recipient either.
    is_temporary = reply.digit == 4 or _is_limit(stage, reply) or cause is Cause.PROTOCOL
    kind = Kind.DEFERRED if is_temporary else Kind.REFUSED
    return Outcome(kind, cause, reply, usable=reply.code != 421)


def _is_limit(stage: Stage, reply: Reply) -> bool:
    return stage is Stage.RCPT and reply.code in _LIMITS


def _cause(stage: Stage, reply: Reply) -> Cause:
    status = (reply.enhanced or "").partition(".")[2]
    subject = status.partition(".")[0]
    if subject == "7":
        return Cause.POLICY
    if _is_limit(stage, reply):
        return Cause.LIMIT
    by_status = _BY_STATUS.get(status) or _BY_STATUS.get(subject)
    # At MAIL the only address spoken of is the sender's.
    if by_status is Cause.RECIPIENT and stage is Stage.MAIL:
        return Cause.SENDER
    return by_status or _BY_CODE.get(reply.code) or _ABOUT_THE_COPY[stage]
