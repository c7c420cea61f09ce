"""Keys beside a real engine: what it signs, and what it refuses to start without a key."""

from pathlib import Path

import dkim
import pytest

from newsletter.clock import utc_now
from newsletter.ledger.run import RunState
from newsletter.ledger.seen import engines_alive
from newsletter.ledger.states import State
from newsletter.message.dkim_key import DkimKey, Kind
from tests.engine.stage import FROM, Stage, engine_process, running, wait_until

RSA, ED25519 = DkimKey.new(Kind.RSA), DkimKey.new(Kind.ED25519)
DOMAIN = FROM.address.rpartition("@")[2]


def put(folder: Path, selector: str, key: DkimKey, domain: str = DOMAIN) -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{selector}._domainkey.{domain}.pem").write_bytes(key.pem)


def is_signed_by(octets: bytes, *selectors: str) -> bool:
    """Whether dkimpy accepts as many signatures as there are selectors, each with the key published for it."""
    records = {f"{name}._domainkey.{DOMAIN}.": key.record.encode() for name, key in (("r1", RSA), ("e1", ED25519))}
    judge = dkim.DKIM(octets)

    def published(name: bytes, timeout: float) -> bytes:  # noqa: ARG001 - dkimpy calls it so
        return records[name.decode()]

    found = [judge.verify(index, dnsfunc=published) for index in range(len(selectors))]
    fields = octets.partition(b"\r\n\r\n")[0].count(b"DKIM-Signature:")
    return found == [True] * len(selectors) and fields == len(selectors)


def test_every_letter_of_a_run_is_signed_with_both_keys(stage: Stage, tmp_path: Path) -> None:
    put(tmp_path / "keys", "r1", RSA)
    put(tmp_path / "keys", "e1", ED25519)
    stage.crowd(150)
    stage.order()
    stage.start_due()
    engine = stage.engine(utc_now)
    engine.signer = stage.signer(tmp_path / "keys")
    with running(engine):
        wait_until(stage.all_accepted, "all are sent")
    assert all(is_signed_by(message.octets, "r1", "e1") for message in stage.relay.taken)


BAD_KEYS = {
    "missing": lambda folder: folder.mkdir(),
    "of another domain": lambda folder: put(folder, "r1", RSA, "other.example"),
    "unreadable": lambda folder: (put(folder, "r1", RSA), next(folder.iterdir()).write_text("no key")),
}


@pytest.mark.parametrize("case", BAD_KEYS)
def test_a_bad_key_keeps_the_run_from_starting_and_not_the_process(stage: Stage, tmp_path: Path, case: str) -> None:
    folder = tmp_path / "keys"
    BAD_KEYS[case](folder)
    stage.clock.now = utc_now()
    stage.crowd(3)
    run = stage.order()
    environment = stage.environment(dkim_keys=str(folder), sender_address=FROM.address)
    with engine_process(environment) as process:
        wait_until(lambda: any(seen.trouble for seen in engines_alive(stage.db, utc_now())), "it says what is wrong")
        (seen,) = engines_alive(stage.db, utc_now())
        assert DOMAIN in seen.trouble or "key" in seen.trouble.lower()
        assert (stage.run(run).state, process.poll(), stage.relay.taken) == (RunState.SCHEDULED, None, [])
        put(folder, "r1", RSA)
        wait_until(lambda: stage.run(run).state == RunState.FINISHED, "the key was mended")
    assert set(stage.states()) == {State.ACCEPTED}
    assert all(is_signed_by(message.octets, "r1") for message in stage.relay.taken)
