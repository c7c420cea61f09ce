"""Every setting, read from the environment (`NEWSLETTER_…`) once, checked, and frozen. Nonsense refuses to start."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Self, TypeVar
from urllib.parse import urlsplit

from email_validator import validate_email
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from newsletter.bulletin.compose import Sender
from newsletter.bulletin.source import BulletinClass
from newsletter.clock import known_zones
from newsletter.errors import Misconfigured
from newsletter.inbound.where import Where, read_where
from newsletter.kept_key import stored_key
from newsletter.links import Links
from newsletter.optout.receipt import Goodbye, read_countries
from newsletter.pace.admission import Errand
from newsletter.post.wording import Writer
from newsletter.smtp.relay import Relay, is_loopback, read_relays
from newsletter.smtp.timeouts import Timeouts
from newsletter.tokens import Signer

_Given = TypeVar("_Given")
_ROOT = Path(__file__).parent
_READ_AS_JSON = {
    "old_secret_keys": "a JSON list of strings",
    "no_goodbye_in": 'a JSON list of countries like ["DE", "AT"]',
    "approval": 'a JSON list of classes like ["safety", "marketing"]',
    "smtp_timeouts": 'a JSON object like {"connect": 30, "dot": 600}',
}


class Config(BaseSettings):
    """The settings of one process. Every field is an environment variable `NEWSLETTER_<FIELD>`."""

    model_config = SettingsConfigDict(env_prefix="NEWSLETTER_", frozen=True, extra="ignore")

    host: str = Field("127.0.0.1", description="Where the web pages listen.")
    port: int = Field(8000, ge=1, le=65535, description="The port of the web pages.")
    base_url: str = Field("", description="How the world reaches us, without a path. Default: http://127.0.0.1:PORT.")
    var: Path = Field(_ROOT / "var", description="The folder of the database, mailbox and journals.")
    database_url: str = Field("", repr=False, description="sqlite:////path or postgresql://… Default: SQLite in VAR.")
    smtp_url: str = Field(
        "",
        repr=False,
        description="smtp://user:password@relay:587 or smtps://…, several with spaces between. "
        "Default: the built-in mailbox.",
    )
    smtp_timeouts: dict[str, object] = Field(
        default_factory=dict, description='Seconds to wait for a relay, a JSON object: {"connect": 30, "dot": 600}.'
    )
    mailbox_port: int = Field(1025, ge=1, le=65535, description="The SMTP port of the built-in mailbox.")
    secret_key: SecretStr = Field(SecretStr(""), description="32 characters or more. Default: made once, kept in VAR.")
    secret_key_file: Path | None = Field(None, description="A file that holds the secret key.")
    old_secret_keys: tuple[SecretStr, ...] = Field((), description="Former keys, a JSON list: their links still work.")
    vendor_name: str = Field("Acme Machines", description="Who writes, as customers know it.")
    sender_address: str = Field("bulletins@acme.example", description="The From address of every bulletin.")
    reply_address: str = Field("service@acme.example", description="Where an answer goes.")
    postal_address: str = Field("Acme Machines, 1 Works Road, Example City", description="In every letter (CAN-SPAM).")
    dkim_keys: Path | None = Field(None, description="The folder of the keys that sign mail. Default: none signs.")
    bounce_domain: str = Field("", description="The domain of return paths. Default: that of SENDER_ADDRESS.")
    proxies: int = Field(
        0, ge=0, le=9, description="How many proxies of ours stand before the pages (X-Forwarded-For)."
    )
    zone: str = Field("UTC", description="The time zone staff pages show.")
    threads: int = Field(8, ge=1, le=64, description="How many pages are served at once.")
    connections: int = Field(4, ge=1, le=64, description="The most connections an engine makes to a relay.")
    grace_hours: float = Field(
        4, ge=0, le=8760, description="A run that is later than this when an engine comes is asked about first."
    )
    inbound_url: str = Field("", description="Where mail that comes in is taken: smtp://127.0.0.1:2525 or lmtp://…")
    goodbye_receipts: bool = Field(
        default=True, description="Whether who leaves by their mail program gets one short mail that asks why."
    )
    no_goodbye_in: tuple[str, ...] = Field(
        (), description='Countries without that mail, a JSON list of ISO 3166 codes: ["DE", "AT"].'
    )
    approval: tuple[BulletinClass, ...] = Field((), description="Classes that nobody sends alone, a JSON list.")
    demo: bool = Field(
        default=True, description="Load the demo base into an empty database that mails the built-in mailbox."
    )

    @field_validator("no_goodbye_in")
    @classmethod
    def _countries_are_codes(cls, countries: tuple[str, ...]) -> tuple[str, ...]:
        return _checked(read_countries, countries)

    @field_validator("zone")
    @classmethod
    def _zone_exists(cls, zone: str) -> str:
        if zone not in known_zones():
            msg = f"{zone!r} is no time zone; write for example Europe/Berlin"
            raise ValueError(msg)
        return zone

    @field_validator("host")
    @classmethod
    def _host_is_one(cls, host: str) -> str:
        if not re.fullmatch(r"[0-9A-Za-z.:%_-]+", host):
            msg = f"{host!r} is no host name and no IP address"
            raise ValueError(msg)
        return host

    @field_validator("var", "dkim_keys", mode="before")
    @classmethod
    def _folder_is_named(cls, folder: object) -> object:
        if not str(folder).strip():
            msg = "must name a folder"
            raise ValueError(msg)
        return folder

    @field_validator("base_url")
    @classmethod
    def _base_url_is_public(cls, url: str) -> str:
        parts = urlsplit(url)
        beyond_host = parts.path.strip("/") or parts.query or parts.fragment or parts.username is not None
        # Reading `port` raises where it is no number.
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0 or beyond_host):
            msg = "write https://news.vendor.example, with no path"
            raise ValueError(msg)
        if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
            msg = "one-click opt-out needs https (RFC 8058 section 3.1); http is for this machine only"
            raise ValueError(msg)
        return url.rstrip("/")

    @field_validator("smtp_url", "inbound_url")
    @classmethod
    def _url_is_readable(cls, url: str, field: ValidationInfo) -> str:
        read: Callable[[str], object] = read_relays if field.field_name == "smtp_url" else read_where
        return _checked(read, url) if url else url

    @field_validator("smtp_timeouts")
    @classmethod
    def _timeouts_are_known(cls, seconds: dict[str, object]) -> dict[str, object]:
        return _checked(Timeouts.from_mapping, seconds)

    @field_validator("sender_address", "reply_address")
    @classmethod
    def _address_is_one(cls, address: str) -> str:
        validate_email(address, check_deliverability=False, allow_smtputf8=False)  # raises a ValueError of its own
        return _ascii(address)

    @field_validator("bounce_domain")
    @classmethod
    def _domain_is_one(cls, domain: str) -> str:
        if domain:
            validate_email(f"bounce@{domain}", check_deliverability=False)
        return _ascii(domain)

    @field_validator("secret_key")
    @classmethod
    def _secret_is_long(cls, key: SecretStr) -> SecretStr:
        return _long(key) if key else key

    @field_validator("old_secret_keys")
    @classmethod
    def _old_secrets_are_long(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        return tuple(map(_long, keys))

    @field_validator("vendor_name", "postal_address")
    @classmethod
    def _one_line(cls, text: str) -> str:
        if not text.strip() or any(ord(character) < 32 for character in text):
            msg = "must be one line of text"
            raise ValueError(msg)
        return text.strip()

    @model_validator(mode="after")
    def _real_mail_needs_a_real_sender(self) -> Self:
        if self.smtp_url and not all(is_loopback(relay.host) for relay in self.relays):
            left = [f for f in ("sender_address", "reply_address", "postal_address") if f not in self.model_fields_set]
            if left:
                names = ", ".join(f"NEWSLETTER_{name.upper()}" for name in left)
                msg = f"mail leaves this machine through NEWSLETTER_SMTP_URL, so {names} must be set"
                raise ValueError(msg)
        return self

    @property
    def public_url(self) -> str:
        """How the world reaches us, without a trailing slash."""
        return self.base_url or f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.var.absolute()}/newsletter.db"

    @property
    def grace(self) -> timedelta:
        """How late a run may start without anybody being asked."""
        return timedelta(hours=self.grace_hours)

    @property
    def has_mailbox(self) -> bool:
        """Whether mail stays on this machine, in the built-in mailbox."""
        return not self.smtp_url

    @property
    def relay(self) -> Relay:
        """Where mail goes first."""
        return self.relays[0]

    @property
    def relays(self) -> tuple[Relay, ...]:
        """Where mail goes."""
        return read_relays(self.smtp_url or f"smtp://127.0.0.1:{self.mailbox_port}")

    @property
    def inbound(self) -> Where | None:
        """Where mail that comes in is taken; None where none is."""
        return read_where(self.inbound_url) if self.inbound_url else None

    @property
    def timeouts(self) -> Timeouts:
        """How long relays may take to answer."""
        return Timeouts.from_mapping(self.smtp_timeouts)

    @property
    def sender_domain(self) -> str:
        """The domain of Message-IDs, List-Id and return paths."""
        return self.bounce_domain or self.sender_address.rpartition("@")[2]

    @property
    def sender(self) -> Sender:
        """Who writes every bulletin."""
        return Sender(
            vendor=self.vendor_name,
            address=self.sender_address,
            reply_address=self.reply_address,
            postal_address=self.postal_address,
            domain=self.sender_domain,
            takes_mail=self.inbound is not None,
        )

    @property
    def writer(self) -> Writer:
        """Who writes every letter that is no bulletin."""
        return Writer(self.vendor_name, self.sender_address, self.reply_address, self.postal_address)

    def goodbye(self, links: Links) -> Goodbye | None:
        """How to say goodbye to who leaves without a page; None where we do not."""
        return Goodbye(links, self.writer, read_countries(self.no_goodbye_in)) if self.goodbye_receipts else None

    def errand(self, run_id: int) -> Errand:
        """What limits count for a run: through several relays none of theirs is counted."""
        relays = self.relays
        return Errand(run_id, relays[0].name if len(relays) == 1 else "", self.zone)

    def signer(self) -> Signer:
        """The keys of every link, newest first; makes and keeps a key at the first start."""
        old = (key.get_secret_value().encode() for key in self.old_secret_keys)
        own = self.secret_key.get_secret_value().encode() or stored_key(self.secret_key_file, self.var)
        return Signer((own, *old))

    def links(self) -> Links:
        """The maker and reader of every address we hand out."""
        return Links(self.public_url, self.signer())


def load() -> Config:
    """The settings of this process. Raises Misconfigured with a sentence that names the variable."""
    try:
        return Config()
    except ValidationError as error:
        first = error.errors()[0]
        name = "_".join(part for part in first["loc"] if isinstance(part, str)).upper()
        variable = f"NEWSLETTER_{name}: " if name else ""
        raise Misconfigured(f"{variable}{first['msg'].removeprefix('Value error, ').rstrip('.')}.") from None
    except SettingsError as error:  # its words hold the value, so only the field's name is taken from them
        field = next(name for name in _READ_AS_JSON if f'"{name}"' in str(error))
        raise Misconfigured(f"NEWSLETTER_{field.upper()}: write {_READ_AS_JSON[field]}.") from None


def _checked(read: Callable[[_Given], object], given: _Given) -> _Given:
    try:
        read(given)
    except Misconfigured as error:
        raise ValueError(str(error)) from None
    return given


def _long(key: SecretStr) -> SecretStr:
    if len(key.get_secret_value()) < 32:
        msg = "a secret key has at least 32 characters"
        raise ValueError(msg)
    return key


def _ascii(text: str) -> str:
    if not text.isascii():
        msg = f"write {text!r} in ASCII, an international domain as xn--…"
        raise ValueError(msg)
    return text
