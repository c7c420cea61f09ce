"""A relay that wants TLS, and letters to be signed: an engine loads OpenSSL only when it needs it."""

import ssl
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from newsletter.clock import utc_now
from newsletter.message.dkim_key import DkimKey, Kind
from tests.engine.stage import Stage, engine_process, wait_until
from tests.smtp.test_against_aiosmtpd import Hall, serving
from tests.smtp.test_encryption import certificate


def hall_with_tls(hall: Hall, pem: Path) -> AbstractContextManager[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return serving(hall, tls_context=context, require_starttls=True)


@pytest.mark.parametrize("signs", [False, True], ids=["plain", "signed"])
def test_a_process_of_its_own_speaks_tls_over_all_its_lines(stage: Stage, tmp_path: Path, *, signs: bool) -> None:
    pem, hall, keys = certificate(tmp_path, "localhost"), Hall(), tmp_path / "keys"
    settings = {}
    if signs:
        keys.mkdir()
        (keys / "s1._domainkey.acme.example.pem").write_bytes(DkimKey.new(Kind.RSA).pem)
        settings["dkim_keys"] = str(keys)
    stage.clock.now = utc_now()
    stage.crowd(40)
    stage.order()
    with hall_with_tls(hall, pem) as port:
        url = f"smtp://localhost:{port}?starttls=required&ca={pem}"
        settings |= {"smtp_url": url, "sender_address": "bulletins@acme.example"}
        with engine_process(stage.environment(**settings)):
            wait_until(stage.all_accepted, "everything is accepted")
    assert len(hall.taken) == len(stage.copies())
    assert all(letter.startswith(b"DKIM-Signature:") is signs for _, letter in hall.taken)
