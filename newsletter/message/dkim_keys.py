"""The folder of DKIM keys: which key signs for whom.

A file is named `SELECTOR._domainkey.DOMAIN.pem`, as its record is named in DNS. With `.new` behind, it waits until that
record is published. Of several keys of one kind the one whose selector sorts last signs, numbers by their size.
"""

import os
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from newsletter.domain import as_a_labels
from newsletter.errors import BadAddress, BadFile, Misconfigured, Refused
from newsletter.message.dkim import DkimSigner
from newsletter.message.dkim_key import FEW_BITS, DkimKey, Kind

_NAME = re.compile(r"(?P<selector>[a-z0-9._-]+)\._domainkey\.(?P<domain>[a-z0-9.-]+)\.pem(?P<new>\.new)?")
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file of the folder that is named as a key."""

    path: Path
    selector: str
    domain: str
    is_waiting: bool

    @property
    def name(self) -> str:
        """The name of its record."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def published_path(self) -> Path:
        """Its path once its record is published."""
        return self.path.with_name(f"{self.name}.pem")

    def read(self) -> DkimKey:
        """The key. Raises Misconfigured."""
        try:
            return DkimKey.from_pem(self.path.read_bytes())
        except OSError as error:
            raise Misconfigured(f"The DKIM key {self.path} cannot be read: {error.strerror}.") from error
        except BadFile as error:
            raise Misconfigured(f"The file {self.path} {error.message}.", hint=error.hint) from error


class DkimKeys:
    """The keys in one folder, which is looked at each time, so that a rotated key takes effect at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._signers: dict[str, tuple[object, DkimSigner]] = {}

    def for_sender(self, domain: str) -> DkimSigner:
        """The signer for letters whose From is at `domain`; the same one while nothing changes in the folder.

        Signs for the domain itself, else for the nearest domain above it that has a key, which DMARC takes as aligned.
        Raises Misconfigured with what is wrong: no folder, no key, or one that cannot be used.
        """
        domain = domain.lower()
        with self._lock:
            seen = _state_of(self.folder)
            if domain not in self._signers or self._signers[domain][0] != seen:
                self._signers[domain] = seen, _signer(key_files(self.folder), domain)
            return self._signers[domain][1]


def key_files(folder: Path) -> list[KeyFile]:
    """The files named as keys, by domain, those that sign first. Raises Misconfigured where there is no folder."""
    try:
        files = [file for path in folder.iterdir() if (file := _key_file(path))]
    except OSError as error:
        raise _no_folder(folder, error) from error
    files.sort(key=lambda file: _age(file.selector), reverse=True)
    return sorted(files, key=lambda file: (file.domain, file.is_waiting))


def signing_files(files: Iterable[KeyFile], domain: str) -> dict[Kind, tuple[KeyFile, DkimKey]]:
    """Which of `key_files` sign for exactly this domain: of each kind the newest published. Raises Misconfigured."""
    newest: dict[Kind, tuple[KeyFile, DkimKey]] = {}
    for file in files:
        if file.domain == domain and not file.is_waiting:
            key = file.read()
            newest.setdefault(key.kind, (file, key))
    return newest


def signing_names(folder: Path, domain: str) -> list[str]:
    """The names of the records that receivers look up for letters whose From is at a domain. Raises Misconfigured."""
    files = key_files(folder)
    chosen = next(filter(None, (signing_files(files, above) for above in _aligned(domain.lower()))), {})
    return [file.name for file, _ in chosen.values()]


def add_key(folder: Path, domain: str, selector: str, kind: Kind) -> KeyFile:
    """Make a key and keep it. It signs from now on if the domain has no other of its kind, else it waits.

    Raises Refused for a name that cannot be, is taken, or sorts before one that signs; Misconfigured for a bad folder.
    """
    domain, selector = _name(domain, "domain"), _name(selector, "selector")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise _no_folder(folder, error) from error
    files = key_files(folder)
    if any((file.domain, file.selector) == (domain, selector) for file in files):
        raise Refused(f"{domain} has a key {selector} already.", hint="Choose another name with --selector.")
    signing = signing_files(files, domain).get(kind)
    if signing and _age(selector) < _age(signing[0].selector):
        sentence = f"{selector} sorts before {signing[0].selector}, which would go on signing."
        raise Refused(sentence, hint=f"Choose a later name, such as --selector {signing[0].selector}-2")
    suffix = ".pem.new" if signing else ".pem"
    file = KeyFile(folder / f"{selector}._domainkey.{domain}{suffix}", selector, domain, is_waiting=bool(signing))
    _write(file.path, DkimKey.new(kind).pem)
    return file


def _signer(files: list[KeyFile], domain: str) -> DkimSigner:
    chosen = next(filter(None, (signing_files(files, above) for above in _aligned(domain))), {})
    if not chosen:
        raise _no_key(files, domain)
    if Kind.RSA not in chosen:
        where = chosen[Kind.ED25519][0].domain
        sentence = f"{where} has an Ed25519 key and no RSA key, so most receivers could not check its signature."
        raise Misconfigured(sentence, hint=f"Make one: newsletter dkim new {where}")
    warnings = [
        f"The DKIM key {file.name} has {key.bits} bits; receivers want {FEW_BITS} (RFC 8301)."
        for file, key in chosen.values()
        if key.kind is Kind.RSA and key.bits < FEW_BITS
    ]
    seals = [key.seal(file.domain, file.selector) for _, (file, key) in sorted(chosen.items(), reverse=True)]
    return DkimSigner(seals, warnings)


def _no_key(files: list[KeyFile], domain: str) -> Misconfigured:
    sentence = f"No DKIM key signs for {domain}."
    waiting = next((file for file in files if file.domain in _aligned(domain)), None)
    if waiting is None:
        return Misconfigured(sentence, hint=f"Make one: newsletter dkim new {domain}")
    hint = f"{waiting.path.name} waits: when its record is published, take the .new off its name."
    return Misconfigured(sentence, hint=hint)


def _no_folder(folder: Path, error: OSError) -> Misconfigured:
    return Misconfigured(f"NEWSLETTER_DKIM_KEYS: the folder {folder} cannot be used: {error.strerror}.")


def _aligned(domain: str) -> list[str]:
    """The domain and those above it, but for the last: nobody signs for a top-level domain."""
    labels = domain.split(".")
    return [domain, *(".".join(labels[at:]) for at in range(1, len(labels) - 1))]


def _state_of(folder: Path) -> object:
    try:
        with os.scandir(folder) as entries:
            return {entry.name: _file_state(entry) for entry in entries}
    except OSError as error:
        raise _no_folder(folder, error) from error


def _file_state(entry: os.DirEntry[str]) -> object:
    try:
        found = entry.stat()
    except OSError:
        return None  # a link to nowhere; who reads it says so
    return found.st_ino, found.st_mtime_ns, found.st_size, found.st_mode


def _key_file(path: Path) -> KeyFile | None:
    named = _NAME.fullmatch(path.name.lower())
    if named is None:
        return None
    return KeyFile(path, named["selector"], named["domain"], is_waiting=named["new"] is not None)


def _age(selector: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in _NUMBER.split(selector)]


def _name(text: str, what: str) -> str:
    try:
        return as_a_labels(text).lower()
    except BadAddress as error:
        raise Refused(f"{text!r} cannot be a {what}.", hint="Use letters, digits, hyphens and dots.") from error


def _write(path: Path, octets: bytes) -> None:
    # The file has mode 0600 and gets its name when it is whole, so nobody reads half a key.
    try:
        with NamedTemporaryFile(dir=path.parent) as new:
            new.write(octets)
            new.flush()
            os.fsync(new.fileno())
            os.link(new.name, path)
    except OSError as error:
        raise Misconfigured(f"The key cannot be kept in {path}: {error.strerror}.") from error
