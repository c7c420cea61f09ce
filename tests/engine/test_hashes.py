"""With whose hashes an engine computes: it must not matter to what it writes."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.engine.outfit import Outfit
from newsletter.links import Links
from newsletter.smtp.relay import Relay
from newsletter.smtp.timeouts import Timeouts
from newsletter.tokens import Purpose, Signer
from tests.engine.stage import FROM, HOUSE

PLAIN = Outfit(
    "sqlite://",
    (Relay.from_url("smtp://127.0.0.1"),),
    FROM,
    Links("https://news.acme.example", Signer((b"k" * 40,))),
    Path("engine"),
    connections=2,
    timeouts=Timeouts(),
    dkim_keys=None,
    zone="UTC",
)


def test_tokens_are_the_same_with_the_hashes_of_python() -> None:
    program = """if True:
        from newsletter.engine.hashes import use_own_hashes
        use_own_hashes()
        import hashlib, json, sys
        from newsletter.smtp.login import hmac
        from newsletter.tokens import Purpose, Signer
        signer = Signer((b"k" * 40,))
        made = [signer.sign(Purpose.OPT_OUT, 1, 2, 3), *signer.hashes("a"), hmac.new(b"k", b"m", "md5").hexdigest()]
        print(json.dumps([sys.modules["_hashlib"], hashlib.sha256.__module__ == "_hashlib", made]))
    """
    openssl, is_openssls, made = json.loads(subprocess.check_output([sys.executable, "-c", program], cwd=HOUSE))
    signer = Signer((b"k" * 40,))
    assert openssl is None
    assert not is_openssls
    assert made[:2] == [signer.sign(Purpose.OPT_OUT, 1, 2, 3), *signer.hashes("a")]
    assert len(made[2]) == 32


def test_a_plain_engine_wants_no_openssl() -> None:
    assert not PLAIN.wants_openssl


@pytest.mark.parametrize(
    "url", ["smtps://mail.acme.example", "smtp://mail.acme.example", "smtp://127.0.0.1?starttls=required"]
)
def test_one_that_may_speak_tls_does(url: str) -> None:
    assert replace(PLAIN, relays=(*PLAIN.relays, Relay.from_url(url))).wants_openssl


def test_one_that_signs_does(tmp_path: Path) -> None:
    assert replace(PLAIN, dkim_keys=tmp_path).wants_openssl
