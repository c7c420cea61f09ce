"""`newsletter dkim`: what it makes, prints and refuses."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from dns.zonefile import read_rrsets

from newsletter.cli import newsletter
from newsletter.errors import Misconfigured, NewsletterError, NotFound, Refused
from newsletter.message.dkim_keys import DkimKeys
from newsletter.message.mime import to_bytes
from tests.cli.commands import Shell
from tests.message.dkim_judges import EVERYBODY, Judges
from tests.message.letters import LETTER

NOW = datetime(2024, 3, 1, 8, 30, tzinfo=UTC)


@pytest.fixture
def keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of keys, which is not there yet."""
    monkeypatch.setenv("NEWSLETTER_DKIM_KEYS", str(tmp_path / "keys"))
    monkeypatch.setenv("NEWSLETTER_SENDER_ADDRESS", "news@acme.example")
    return tmp_path / "keys"


def says(*arguments: str) -> str:
    done = CliRunner().invoke(newsletter, ["dkim", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def refuses(*arguments: str) -> NewsletterError:
    done = CliRunner().invoke(newsletter, ["dkim", *arguments])
    assert isinstance(done.exception, NewsletterError), done.output
    return done.exception


def records(said: str) -> str:
    """The zone records in what was said."""
    return "".join(f"{record}\n" for record in re.findall(r"^\S+ 3600 IN TXT \(.*?\)$", said, re.MULTILINE | re.DOTALL))


def test_what_it_prints_verifies_what_the_key_signs(keys: Path, tmp_path: Path) -> None:
    said = says("new", "Acme.Example", "--selector", "r1") + says(
        "new", "acme.example", "--selector", "e1", "--ed25519"
    )
    assert {path.name: path.stat().st_mode & 0o777 for path in keys.iterdir()} == {
        "r1._domainkey.acme.example.pem": 0o600,
        "e1._domainkey.acme.example.pem": 0o600,
    }
    assert keys.stat().st_mode & 0o777 == 0o700
    for found in read_rrsets(records(said), rdclass=None):
        assert max(map(len, found[0].strings)) <= 255
        assert b"".join(found[0].strings).decode() in said.splitlines()  # for a form with one field
    signed = DkimKeys(keys).for_sender("acme.example").sign(to_bytes(LETTER), NOW)
    assert Judges(records(said), tmp_path).accept(signed) == EVERYBODY
    assert records(says("show", "acme.example")) == records(said)


def test_a_rotation_from_the_first_key_to_the_second(keys: Path) -> None:
    assert "from now on" in says("new", "acme.example")
    (first,) = keys.iterdir()
    assert re.fullmatch(r"r\d{8}\._domainkey\.acme\.example\.pem", first.name)
    said = says("new", "acme.example", "--selector", "r99990101")
    waiting = keys / "r99990101._domainkey.acme.example.pem.new"
    assert f"mv {waiting} {waiting.with_suffix('')}" in said
    listed = says("list")
    assert f"{first.name.removesuffix('.pem')}  rsa 2048  signs" in listed
    assert "r99990101._domainkey.acme.example  rsa 2048  waits" in listed
    assert f"Mail from news@acme.example is signed by {first.name.removesuffix('.pem')}." in listed
    waiting.rename(waiting.with_suffix(""))
    listed = says("list")
    assert "r99990101._domainkey.acme.example  rsa 2048  signs" in listed
    assert f"{first.name.removesuffix('.pem')}  rsa 2048  replaced" in listed
    assert "is signed by r99990101._domainkey.acme.example." in listed


def test_a_key_is_never_overwritten(keys: Path) -> None:
    says("new", "acme.example", "--selector", "r1")
    says("new", "acme.example", "--selector", "r2")
    before = {path: path.read_bytes() for path in keys.iterdir()}
    for selector in ("r1", "r2"):
        assert isinstance(refuses("new", "acme.example", "--selector", selector), Refused)
    assert {path: path.read_bytes() for path in keys.iterdir()} == before


def test_an_international_domain_is_written_as_dns_has_it(keys: Path) -> None:
    assert "._domainkey.xn--zahnrder-4za.example. 3600" in says("new", "Zahnräder.example")
    assert "._domainkey.xn--zahnrder-4za.example. 3600" in says("show", "zahnräder.example")
    assert len([*keys.iterdir()]) == 1


def test_the_list_says_what_is_wrong(keys: Path) -> None:
    keys.mkdir()
    (keys / "k1._domainkey.acme.example.pem").write_text("nonsense")
    (keys / "mail.private").touch()
    listed = says("list")
    assert "k1._domainkey.acme.example  The file" in listed
    assert "mail.private  is not named SELECTOR._domainkey.DOMAIN.pem" in listed
    assert "Runs do not start, because mail from news@acme.example cannot be signed." in listed


@pytest.mark.usefixtures("keys")
def test_what_is_not_there_is_said() -> None:
    assert isinstance(refuses("list"), Misconfigured)
    says("new", "acme.example")
    assert isinstance(refuses("show", "other.example"), NotFound)
    assert isinstance(refuses("new", "no domain"), Refused)


def test_without_the_setting_it_says_which(sqlite_shell: Shell) -> None:
    done = sqlite_shell.newsletter("dkim", "new", "acme.example")
    assert (done.returncode, done.stdout) == (78, "")
    assert "NEWSLETTER_DKIM_KEYS" in done.stderr
    assert "Traceback" not in done.stderr
