import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from config import Config, load
from newsletter.errors import Misconfigured
from newsletter.smtp.timeouts import Timeouts
from tests.conftest import MakeConfig

HOUSE = Path(__file__).parent.parent
SECRET = "a-secret-of-more-than-32-characters-0123456789"
OTHER_SECRET = "another-secret-of-more-than-32-characters-012"

NONSENSE = {
    "a port that is no number": ("PORT", "eighty"),
    "port zero": ("PORT", "0"),
    "a mailbox port below zero": ("MAILBOX_PORT", "-1"),
    "a host with a space": ("HOST", "not a host"),
    "an empty host": ("HOST", ""),
    "an empty folder": ("VAR", ""),
    "a zone on Mars": ("ZONE", "Mars/Olympus"),
    "a base URL of another protocol": ("BASE_URL", "ftp://news.vendor.example"),
    "a base URL with a path": ("BASE_URL", "https://vendor.example/news"),
    "a base URL with a query": ("BASE_URL", "https://vendor.example?a=1"),
    "a base URL with a password": ("BASE_URL", "https://user:word@vendor.example"),
    "a base URL with a port beyond the last": ("BASE_URL", "https://vendor.example:99999"),
    "a base URL with half an address": ("BASE_URL", "https://[::1"),
    "a public base URL without TLS": ("BASE_URL", "http://news.vendor.example"),
    "a relay of another protocol": ("SMTP_URL", "ftp://127.0.0.1"),
    "a relay with a port beyond the last": ("SMTP_URL", "smtp://127.0.0.1:99999"),
    "a relay abroad and no sender of our own": ("SMTP_URL", "smtp://relay.vendor.example"),
    "two relays of one name": ("SMTP_URL", "smtp://127.0.0.1 smtp://u:hunter2@127.0.0.1"),
    "a second relay abroad and no sender of our own": ("SMTP_URL", "smtp://127.0.0.1 smtp://relay.vendor.example"),
    "a place for mail of another protocol": ("INBOUND_URL", "http://127.0.0.1:25"),
    "a place for mail without a port": ("INBOUND_URL", "smtp://127.0.0.1"),
    "a country that is none": ("NO_GOODBYE_IN", '["Germany"]'),
    "countries that are no list": ("NO_GOODBYE_IN", "DE"),
    "a timeout that does not exist": ("SMTP_TIMEOUTS", '{"final": 600}'),
    "a timeout that never ends": ("SMTP_TIMEOUTS", '{"dot": "for ever"}'),
    "timeouts that are a list": ("SMTP_TIMEOUTS", "[600]"),
    "timeouts that are no JSON": ("SMTP_TIMEOUTS", "dot=600"),
    "a sender that is no address": ("SENDER_ADDRESS", "bulletins"),
    "a sender with a header in it": ("SENDER_ADDRESS", "a@vendor.example\r\nBcc: b@vendor.example"),
    "a sender in Greek": ("SENDER_ADDRESS", "νέα@vendor.example"),
    "a sender at an unconverted IDN": ("SENDER_ADDRESS", "news@zahnräder.example"),
    "a reply address with two at signs": ("REPLY_ADDRESS", "a@@vendor.example"),
    "an empty folder of DKIM keys": ("DKIM_KEYS", ""),
    "a bounce domain with a header in it": ("BOUNCE_DOMAIN", "vendor.example\r\nBcc: b"),
    "a vendor without a name": ("VENDOR_NAME", "  "),
    "a postal address of two lines": ("POSTAL_ADDRESS", "1 Works Road\nExample City"),
    "a short key": ("SECRET_KEY", "hunter2"),
    "a short former key": ("OLD_SECRET_KEYS", '["hunter2"]'),
    "former keys that are no list": ("OLD_SECRET_KEYS", SECRET),
    "no threads": ("THREADS", "0"),
    "too many connections": ("CONNECTIONS", "65"),
    "perhaps a demo": ("DEMO", "perhaps"),
}


@pytest.mark.parametrize(("name", "value"), NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_refuses_to_start_and_names_the_variable(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"NEWSLETTER_{name}", value)
    with pytest.raises(Misconfigured) as refusal:
        load()
    assert f"NEWSLETTER_{name}" in str(refusal.value)
    assert "hunter2" not in str(refusal.value)
    assert SECRET not in str(refusal.value)


def test_a_relay_abroad_is_taken_with_a_sender_of_our_own(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {
        "SMTP_URL": "smtp://user:word@relay.vendor.example:587",
        "SENDER_ADDRESS": "bulletins@vendor.example",
        "REPLY_ADDRESS": "service@vendor.example",
        "POSTAL_ADDRESS": "Vendor, 1 Works Road",
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"NEWSLETTER_{name}", value)
    config = load()
    assert (config.relay.host, config.relay.port, config.has_mailbox) == ("relay.vendor.example", 587, False)
    assert config.sender_domain == "vendor.example"


def test_several_relays_are_read_in_order(config: MakeConfig) -> None:
    relays = config(smtp_url="smtp://127.0.0.1:2525?weight=3\nsmtp://localhost:2526?name=spare&weight=0").relays
    assert [(relay.name, relay.weight) for relay in relays] == [("127.0.0.1:2525", 3), ("spare", 0)]


def test_timeouts_are_read_from_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SMTP_TIMEOUTS", '{"dot": 900, "connect": 2.5}')
    assert load().timeouts == Timeouts(dot=900, connect=2.5)


def test_without_settings_everything_stays_on_this_machine() -> None:
    config = load()
    assert config.public_url == "http://127.0.0.1:8000"
    assert (config.relay.host, config.relay.port, config.has_mailbox) == ("127.0.0.1", 1025, True)
    assert config.database == f"sqlite:///{HOUSE / 'var' / 'newsletter.db'}"


def test_settings_cannot_be_changed_afterwards(config: MakeConfig) -> None:
    with pytest.raises(ValueError, match="frozen"):
        setattr(config(), "port", 9000)  # noqa: B010 - mypy knows that it is frozen


SHOWN: dict[str, Callable[[Config], str]] = {"repr": repr, "str": str, "format": "{}".format}


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN.keys())
def test_no_secret_is_ever_shown(show: Callable[[Config], str], config: MakeConfig) -> None:
    shown = show(
        config(
            secret_key=SECRET,
            old_secret_keys=(OTHER_SECRET,),
            database_url="postgresql://newsletter:hunter2@db.vendor.example/newsletter",
            smtp_url="smtp://user:hunter2@127.0.0.1",
        )
    )
    assert not any(secret in shown for secret in (SECRET, OTHER_SECRET, "hunter2"))


def test_a_key_is_made_once_and_only_its_owner_may_read_it(config: MakeConfig) -> None:
    settings = config(secret_key="")
    first, second = settings.signer(), settings.signer()
    file = settings.var / "secret_key"
    assert first == second
    assert file.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in settings.var.iterdir()] == ["secret_key"]


def test_two_processes_that_start_at_once_agree_on_the_key(tmp_path: Path) -> None:
    program = "import config; print(config.load().signer().keys[0].decode())"
    environment = {"NEWSLETTER_VAR": str(tmp_path / "var"), "PYTHONPATH": str(HOUSE)}
    starts = [
        subprocess.Popen([sys.executable, "-c", program], env=environment, stdout=subprocess.PIPE) for _ in range(4)
    ]
    keys = {start.communicate()[0] for start in starts}
    assert len(keys) == 1
    assert len(keys.pop().strip()) >= 32


def test_a_key_file_is_read_without_its_line_end(config: MakeConfig, tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text(f"{SECRET}\n")
    assert config(secret_key="", secret_key_file=file).signer().keys == (SECRET.encode(),)


def test_former_keys_come_after_the_one_that_signs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEWSLETTER_SECRET_KEY", SECRET)
    monkeypatch.setenv("NEWSLETTER_OLD_SECRET_KEYS", json.dumps([OTHER_SECRET]))
    assert load().signer().keys == (SECRET.encode(), OTHER_SECRET.encode())


@pytest.mark.parametrize("content", [None, "", "hunter2"], ids=["missing", "empty", "short"])
def test_a_key_file_without_a_key_is_refused(content: str | None, config: MakeConfig, tmp_path: Path) -> None:
    file = tmp_path / "key"
    if content is not None:
        file.write_text(content)
    with pytest.raises(Misconfigured, match="NEWSLETTER_SECRET_KEY_FILE"):
        config(secret_key="", secret_key_file=file).signer()


def test_a_folder_that_cannot_be_made_is_refused(config: MakeConfig, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")
    with pytest.raises(Misconfigured, match="NEWSLETTER_VAR"):
        config(secret_key="", var=tmp_path / "taken").signer()
