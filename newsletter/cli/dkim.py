"""`newsletter dkim …`."""

import shlex
from pathlib import Path

import click

from config import Config, load
from newsletter.clock import utc_now
from newsletter.domain import as_key
from newsletter.errors import Misconfigured, NotFound
from newsletter.message.dkim_key import Kind, zone_record
from newsletter.message.dkim_keys import DkimKeys, KeyFile, add_key, key_files, signing_files


@click.group()
def dkim() -> None:
    """Keys that sign mail (DKIM), one file each, in the folder NEWSLETTER_DKIM_KEYS."""


@dkim.command()
@click.argument("domain")
@click.option("--selector", help="Its name in DNS. Default: r or e, and today's date.")
@click.option("--ed25519", is_flag=True, help="An Ed25519 key, to sign beside the RSA key.")
def new(domain: str, selector: str | None, *, ed25519: bool) -> None:
    """Make a key for DOMAIN and print the DNS record to publish.

    The first key of a domain signs from now on. A further one waits until you say that its record is published.
    """
    kind = Kind.ED25519 if ed25519 else Kind.RSA
    file = add_key(_folder(load()), domain, selector or f"{kind[0]}{utc_now():%Y%m%d}", kind)
    click.echo(f"Made {file.path}\n\nPublish this record in DNS:\n\n{_record(file)}\n")
    click.echo(f"A form that asks for one value takes the strings joined:\n\n{file.read().record}\n")
    click.echo(_next_steps(file))


@dkim.command("list")
def list_keys() -> None:
    """Say which keys there are and which of them sign."""
    config = load()
    files = key_files(_folder(config))
    for file in files:
        click.echo(f"{file.name}  {_standing(file, files)}")
    for path in sorted({*_folder(config).iterdir()} - {file.path for file in files}):
        click.echo(f"{path.name}  is not named SELECTOR._domainkey.DOMAIN.pem")
    click.echo(_who_signs(config))


@dkim.command()
@click.argument("domain")
def show(domain: str) -> None:
    """Print the DNS record of every key of DOMAIN."""
    files = [file for file in key_files(_folder(load())) if file.domain == as_key(domain)]
    if not files:
        raise NotFound(f"There is no key for {domain}.", hint=f"Make one: newsletter dkim new {domain}")
    click.echo("\n\n".join(map(_record, files)))


def _folder(config: Config) -> Path:
    if config.dkim_keys is None:
        sentence = "NEWSLETTER_DKIM_KEYS is not set, so mail is not signed."
        raise Misconfigured(sentence, hint="Set it to the folder that holds the keys, or shall hold them.")
    return config.dkim_keys


def _record(file: KeyFile) -> str:
    return zone_record(file.name, file.read().record)


def _next_steps(file: KeyFile) -> str:
    look = f"dig +short TXT {file.name}"
    if not file.is_waiting:
        return (
            f"Mail for {file.domain} is signed with this key from now on: send when this shows the record:\n\n  {look}"
        )
    move = f"mv {shlex.quote(str(file.path))} {shlex.quote(str(file.published_path))}"
    return (
        f"Until then the present key signs. When your name servers show the record,\n\n  {look}\n\n"
        f"let the new key sign; running engines notice it:\n\n  {move}\n\n"
        "A week later, when no mail is under way with the old key, take away its record and its file."
    )


def _standing(file: KeyFile, files: list[KeyFile]) -> str:
    try:
        key = file.read()
        signing = signing_files(files, file.domain).get(key.kind)
    except Misconfigured as error:
        return str(error)
    if file.is_waiting:
        state = f"waits: when its record is published, rename it to {file.published_path.name}"
    else:
        state = "signs" if signing and signing[0] == file else "replaced by a newer key"
    return f"{key.kind} {key.bits}  {state}"


def _who_signs(config: Config) -> str:
    address = config.sender_address
    try:
        signer = DkimKeys(_folder(config)).for_sender(address.rpartition("@")[2])
    except Misconfigured as error:
        return f"\nRuns do not start, because mail from {address} cannot be signed. {error}"
    names = " and ".join(f"{seal.selector}._domainkey.{seal.domain}" for seal in signer.seals)
    return "\n".join((f"\nMail from {address} is signed by {names}.", *signer.warnings))
