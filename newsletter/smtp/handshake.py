"""From a closed socket to a session that takes envelopes: greeting, EHLO, TLS, login."""

from functools import cache
from ipaddress import ip_address
from typing import TYPE_CHECKING

from newsletter.errors import Misconfigured
from newsletter.smtp.extensions import Extensions
from newsletter.smtp.login import log_in
from newsletter.smtp.outcome import Cause, Kind, Outcome, Silence, Stage, judge
from newsletter.smtp.relay import Encryption, Relay
from newsletter.smtp.reply import LONGEST_TEXT, Reply, one_line
from newsletter.smtp.timeouts import Timeouts
from newsletter.smtp.wire import Wire

if TYPE_CHECKING:
    import ssl


@cache
def trust(ca: str | None) -> "ssl.SSLContext":
    """A TLS context that trusts the system's authorities or those in the PEM file `ca`; raises Misconfigured."""
    import ssl  # noqa: PLC0415 - where no relay speaks TLS it need not lie in memory: with OpenSSL it takes 4 MB

    try:
        return ssl.create_default_context(cafile=ca)
    except OSError as error:
        raise Misconfigured(
            f"The relay's file of trusted authorities cannot be used: {error}.", hint="Look at ca= in the relay's URL."
        ) from error


class Handshake:
    """One attempt. `run` gives None when `wire` and `offered` are ready, else the outcome that stopped it."""

    def __init__(self, relay: Relay, timeouts: Timeouts) -> None:
        self._relay = relay
        self._timeouts = timeouts
        self.wire: Wire | None = None
        self.offered = Extensions()

    def run(self) -> Outcome | None:
        """Take every step in order; a step that fails closes the connection."""
        wire = self._open()
        if isinstance(wire, Outcome):
            return wire
        outcome = self._be_introduced(wire)
        if outcome is None:
            self.wire = wire
        else:
            wire.close()
        return outcome

    def _open(self) -> Wire | Outcome:
        relay = self._relay
        try:
            return Wire.open(relay.host, relay.port, self._timeouts.connect)
        except TimeoutError as error:
            return Outcome(Kind.UNSENT, Cause.TIMEOUT, detail=_told(error))
        except OSError as error:
            return Outcome(Kind.UNSENT, Cause.CONNECTION, detail=_told(error))

    def _be_introduced(self, wire: Wire) -> Outcome | None:
        is_implicit = self._relay.encryption is Encryption.IMPLICIT
        return (
            (self._secure(wire) if is_implicit else None)
            or judge(Stage.CONNECT, wire.read(self._timeouts.greeting))
            or self._hello(wire)
            or self._starttls(wire)
            or self._log_in(wire)
        )

    def _hello(self, wire: Wire) -> Outcome | None:
        name = (self._relay.hostname or _literal(wire.local_address)).encode()
        timeout = self._timeouts.hello
        heard = wire.ask(b"EHLO " + name + b"\r\n", timeout)
        self.offered = Extensions.from_lines(wire.reader.lines)
        # A server that knows no EHLO says so by a 5xx, and has no extensions (RFC 5321 3.2).
        if isinstance(heard, Reply) and heard.digit == 5:
            heard = wire.ask(b"HELO " + name + b"\r\n", timeout)
            self.offered = Extensions()
        return judge(Stage.EHLO, heard)

    def _starttls(self, wire: Wire) -> Outcome | None:
        wish = self._relay.encryption
        if wish in {Encryption.IMPLICIT, Encryption.NEVER}:
            return None
        if not self.offered.starttls:
            missing = Outcome(
                Kind.UNSENT, Cause.TLS, detail="The relay does not offer STARTTLS, which is required here."
            )
            return missing if wish is Encryption.REQUIRED else None
        heard = wire.ask(b"STARTTLS\r\n", self._timeouts.tls)
        return judge(Stage.STARTTLS, heard) or self._secure(wire) or self._hello(wire)

    def _secure(self, wire: Wire) -> Outcome | None:
        # Words in the clear behind the 220 would be read as if they came encrypted (CVE-2011-0411).
        if not wire.reader.is_empty:
            return Outcome(Kind.UNSENT, Cause.TLS, detail="The relay went on talking in the clear after STARTTLS.")
        try:
            wire.secure(trust(self._relay.ca), self._relay.host, self._timeouts.tls)
        except OSError as error:
            return Outcome(Kind.UNSENT, Cause.TLS, detail=_told(error))
        return None

    def _log_in(self, wire: Wire) -> Outcome | None:
        def ask(line: bytes) -> Reply | Silence:
            return wire.ask(line, self._timeouts.login)

        return log_in(ask, self._relay, self.offered.logins, is_encrypted=wire.is_encrypted)


def _literal(address: str) -> str:
    # RFC 5321 4.1.4: a client without a name of its own gives its address.
    own = ip_address(address.partition("%")[0])
    return f"[{own}]" if own.version == 4 else f"[IPv6:{own}]"


def _told(error: OSError) -> str:
    words = str(getattr(error, "verify_message", "") or error.strerror or error or type(error).__name__)
    return one_line(words.encode("utf-8", "replace"))[:LONGEST_TEXT]
