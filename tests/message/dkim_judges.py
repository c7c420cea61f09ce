"""Three verifiers of DKIM that know nothing of ours, and of each other."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import dkim
import pytest
from dns.zonefile import read_rrsets

HERE = Path(__file__).parent
RSA, ED25519 = "rsa-sha256", "ed25519-sha256"
EVERYBODY = {("dkimpy", RSA), ("dkimpy", ED25519), ("opendkim", RSA), ("opendkim", ED25519), ("Mail::DKIM", RSA)}
"""Mail::DKIM of Debian 12 knows no Ed25519."""


Accepted = set[tuple[str, str]]
"""Who accepts which signature."""


@dataclass(frozen=True, slots=True)
class Judges:
    """They look up keys in `zone`, records as we print them, and write their files into `folder`."""

    zone: str
    folder: Path

    def accept(self, letter: bytes) -> Accepted:
        """Who accepts which signature of the letter."""
        return self.accept_each({"letter": letter})["letter"]

    def accept_each(self, letters: dict[str, bytes]) -> dict[str, Accepted]:
        """The same for each letter: a judge is called once, because two of them are slow to start."""
        files = {}
        for number, (case, letter) in enumerate(letters.items()):
            files[case] = self.folder / f"letter{number}"
            files[case].write_bytes(letter)
        opendkim, mail_dkim = self._opendkim([*files.values()]), self._mail_dkim([*files.values()])
        return {
            case: self._dkimpy(letters[case]) | opendkim.get(file, set()) | mail_dkim.get(file, set())
            for case, file in files.items()
        }

    @property
    def records(self) -> dict[str, bytes]:
        """TXT records by name, their strings joined."""
        sets = read_rrsets(self.zone, rdclass=None, default_ttl=1)
        return {str(found.name).rstrip("."): b"".join(found[0].strings) for found in sets}

    def _dkimpy(self, letter: bytes) -> Accepted:
        return {("dkimpy", algorithm) for at, algorithm in enumerate(algorithms(letter)) if self.dkimpy(letter, at)}

    def dkimpy(self, letter: bytes, at: int) -> bool:
        """Whether dkimpy accepts the signature that is the `at`th from the top."""
        records = self.records
        try:
            verdict = dkim.DKIM(letter).verify(idx=at, dnsfunc=lambda name, **_: records[name.decode().rstrip(".")])
        except dkim.DKIMException:
            return False
        return bool(verdict)

    def _opendkim(self, files: list[Path]) -> dict[Path, Accepted]:
        keys, config = self.folder / "opendkim.keys", self.folder / "opendkim.conf"
        keys.write_text("".join(f"{name} {value.decode()}\n" for name, value in self.records.items()))
        config.write_text(f"Mode v\nTestPublicKeys {keys}\nOn-BadSignature accept\n")
        said = run(program("opendkim"), "-x", config, "-t", ",".join(map(str, files)), "-vv")
        verdicts = said.split("### INSHEADER")[1:]
        assert len(verdicts) == len(files)
        return {
            file: {("opendkim", algorithm) for algorithm in re.findall(r"dkim=pass [^;]*header\.a=([\w-]+)", verdict)}
            for file, verdict in zip(files, verdicts, strict=True)
        }

    def _mail_dkim(self, files: list[Path]) -> dict[Path, Accepted]:
        zone = self.folder / "zone"
        zone.write_text(self.zone)
        accepted: dict[Path, Accepted] = {}
        for line in run(program("perl"), HERE / "mail_dkim.pl", zone, *files).splitlines():
            file, algorithm, result = line.rsplit(" ", 2)
            if result == "pass":
                accepted.setdefault(Path(file), set()).add(("Mail::DKIM", algorithm))
        return accepted


def algorithms(letter: bytes) -> list[str]:
    """Of the letter's signatures, from the top."""
    head = letter.partition(b"\r\n\r\n")[0].decode("latin-1")
    return re.findall(r"^DKIM-Signature:[^;]*;\s*a=([\w-]+)", head, re.MULTILINE)


def program(name: str) -> str:
    """Where Debian puts it, which need not be on the path."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/usr/lib/postfix/sbin")
    if found is None:
        pytest.fail(f"{name} is missing: apt-get install -y postfix opendkim libmail-dkim-perl", pytrace=False)
    return found


def run(*command: str | Path) -> str:
    """What it prints; it must end well."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    return done.stdout
