"""Which key of the folder signs, and what stops a run."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletter.errors import Misconfigured, Refused
from newsletter.message.dkim_key import DkimKey, Kind
from newsletter.message.dkim_keys import DkimKeys, add_key
from newsletter.message.mime import to_bytes
from tests.message.letters import LETTER

NOW = datetime(2024, 3, 1, 8, 30, tzinfo=UTC)
RSA, ED25519 = DkimKey.new(Kind.RSA).pem, DkimKey.new(Kind.ED25519).pem


def put(folder: Path, *names: str, pem: bytes = RSA) -> None:
    for name in names:
        selector, _, domain = name.partition("@")
        (folder / f"{selector}._domainkey.{domain}.pem").write_bytes(pem)


def who_signs(folder: Path, domain: str) -> list[str]:
    return [f"{seal.selector}@{seal.domain}" for seal in DkimKeys(folder).for_sender(domain).seals]


CHOICES = {
    "its own": (["k1@acme.example", "k1@other.example"], "k1@acme.example"),
    "one above it": (["k1@example", "k1@acme.example"], "k1@acme.example"),
    "the nearest above it": (["k1@acme.example", "k1@news.acme.example"], "k1@news.acme.example"),
    "the newest": (["r20260101@acme.example", "r20261121@acme.example"], "r20261121@acme.example"),
    "the newest by number": (["s9@acme.example", "s10@acme.example"], "s10@acme.example"),
    "a selector of two labels": (["a.b@acme.example"], "a.b@acme.example"),
}


@pytest.mark.parametrize("case", CHOICES)
def test_the_key_that_signs_is(tmp_path: Path, case: str) -> None:
    files, chosen = CHOICES[case]
    put(tmp_path, *files)
    domain = "eu.news.acme.example" if "above" in case else "acme.example"
    assert who_signs(tmp_path, domain) == [chosen]
    assert who_signs(tmp_path, domain.upper()) == [chosen]


def test_an_ed25519_key_signs_beside_the_rsa_key_of_its_domain(tmp_path: Path) -> None:
    put(tmp_path, "r1@acme.example", "r2@acme.example")
    put(tmp_path, "e1@acme.example", "e2@acme.example", "e9@other.example", pem=ED25519)
    signer = DkimKeys(tmp_path).for_sender("acme.example")
    assert [(seal.selector, seal.algorithm) for seal in signer.seals] == [
        ("r2", "rsa-sha256"),
        ("e2", "ed25519-sha256"),
    ]


def test_a_new_key_signs_when_its_name_says_that_it_is_published(tmp_path: Path) -> None:
    keys = DkimKeys(tmp_path)
    first = add_key(tmp_path, "acme.example", "r1", Kind.RSA)
    assert not first.is_waiting
    signer = keys.for_sender("acme.example")
    second = add_key(tmp_path, "acme.example", "r2", Kind.RSA)
    assert second.is_waiting
    assert [seal.selector for seal in keys.for_sender("acme.example").seals] == ["r1"]
    second.path.rename(second.published_path)
    assert [seal.selector for seal in keys.for_sender("acme.example").seals] == ["r2"]
    first.path.unlink()
    again = keys.for_sender("acme.example")
    assert [seal.selector for seal in again.seals] == ["r2"]
    assert keys.for_sender("acme.example") is again
    assert b"s=r1;" in signer.sign(to_bytes(LETTER), NOW)  # who holds the old signer finishes with it


def test_a_mended_folder_is_good_at_once(tmp_path: Path) -> None:
    keys = DkimKeys(tmp_path / "keys")
    with pytest.raises(Misconfigured):
        keys.for_sender("acme.example")
    (tmp_path / "keys").mkdir()
    put(tmp_path / "keys", "k1@acme.example", pem=b"nonsense")
    with pytest.raises(Misconfigured):
        keys.for_sender("acme.example")
    put(tmp_path / "keys", "k1@acme.example")
    assert keys.for_sender("acme.example").warnings == ()


def openssl(*arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True).stdout


def public_part(pem: bytes) -> bytes:
    return subprocess.run(["openssl", "pkey", "-pubout"], input=pem, capture_output=True, check=True).stdout


PEMS = {
    "weak": (lambda: openssl("genrsa", "768"), "768 bits"),
    "empty": (lambda: b"", "no private key"),
    "no PEM": (lambda: bytes(range(256)), "no private key"),
    "cut": (lambda: RSA[:900], "no private key"),
    "the public key": (lambda: public_part(RSA), "no private key"),
    "of another kind": (lambda: openssl("ecparam", "-genkey", "-name", "prime256v1", "-noout"), "neither RSA nor"),
    "under a password": (lambda: openssl("genrsa", "-aes128", "-passout", "pass:word", "1024"), "password"),
    "Ed25519 alone": (lambda: ED25519, "no RSA key"),
}


@pytest.mark.parametrize("case", PEMS)
def test_a_key_that_cannot_sign_is_said_in_a_sentence(tmp_path: Path, case: str) -> None:
    pem, words = PEMS[case]
    put(tmp_path, "k1@other.example")
    put(tmp_path, "k1@acme.example", pem=pem())
    with pytest.raises(Misconfigured, match=words) as trouble:
        DkimKeys(tmp_path).for_sender("acme.example")
    assert "acme.example" in str(trouble.value)
    assert trouble.value.message.endswith(".")
    assert DkimKeys(tmp_path).for_sender("other.example")  # which is none of its business


FOLDERS = {
    "no folder": (lambda folder: folder.rmdir(), "No such file"),
    "a file": (lambda folder: (folder.rmdir(), folder.touch()), "Not a directory"),
    "nothing in it": (lambda _: None, "newsletter dkim new news.acme.example"),
    "a folder named as a key": (lambda folder: (folder / "k1._domainkey.acme.example.pem").mkdir(), "Is a directory"),
    "a link to nowhere": (
        lambda folder: (folder / "k1._domainkey.acme.example.pem").symlink_to("nowhere"),
        "cannot be read: No such file",
    ),
    "only another domain": (lambda folder: put(folder, "k1@acme.test", "k1@a.news.acme.example"), "No DKIM key signs"),
    "only the top-level domain": (lambda folder: put(folder, "k1@example"), "No DKIM key signs"),
    "only one that waits": (
        lambda folder: (folder / "k1._domainkey.acme.example.pem.new").write_bytes(RSA),
        "k1._domainkey.acme.example.pem.new waits",
    ),
    "names that are none": (
        lambda folder: [
            (folder / name).write_bytes(RSA) for name in ("acme.example.pem", "k 1._domainkey.acme.example.pem")
        ],
        "No DKIM key signs",
    ),
}


@pytest.mark.parametrize("case", FOLDERS)
def test_a_folder_without_a_key_for_the_sender_is_said_in_a_sentence(tmp_path: Path, case: str) -> None:
    prepare, words = FOLDERS[case]
    folder = tmp_path / "keys"
    folder.mkdir()
    prepare(folder)
    with pytest.raises(Misconfigured) as trouble:
        DkimKeys(folder).for_sender("news.acme.example")
    assert words in str(trouble.value)


def test_a_short_key_signs_with_a_warning(tmp_path: Path) -> None:
    put(tmp_path, "k1@acme.example", pem=openssl("genrsa", "1024"))
    signer = DkimKeys(tmp_path).for_sender("acme.example")
    (warning,) = signer.warnings
    assert "k1._domainkey.acme.example has 1024 bits" in warning
    assert signer.sign(to_bytes(LETTER), NOW)


@pytest.mark.parametrize(
    ("domain", "selector"),
    [("acme.example", "r1"), ("acme.example", "a1"), ("not a domain", "r2"), ("acme.example", "r2/../x"), ("", "r2")],
    ids=["taken", "sorts before", "no domain", "no selector", "nothing"],
)
def test_a_name_that_cannot_be_makes_no_key(tmp_path: Path, domain: str, selector: str) -> None:
    add_key(tmp_path, "acme.example", "r1", Kind.RSA)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(Refused):
        add_key(tmp_path, domain, selector, Kind.RSA)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_key_never_shows_its_secret() -> None:
    key = DkimKey.from_pem(RSA)
    assert repr(key.private) not in repr(key)
    assert "private" not in repr(key)
