"""What stands behind the ? of a relay's URL."""

from urllib.parse import parse_qsl

from newsletter.domain import as_a_labels
from newsletter.errors import BadAddress, Misconfigured

EXAMPLE = "It should look like smtp://user:password@mail.example.com:587?starttls=required or smtps://mail.example.com."
_LOGIN_EXAMPLE = "Say smtp://user%40example.com@mail.example.com:587?auth=xoauth2&token_file=FILE, with no password."
_KNOWN = ("starttls", "ca", "auth", "token_file", "hostname", "name", "weight", "connections")
_MECHANISMS = ("plain", "login", "cram-md5", "xoauth2")
_LONGEST_NAME = 64


def read_wishes(query: str) -> dict[str, str]:
    """The wishes by name, each known, said once and not empty; raises Misconfigured."""
    pairs = parse_qsl(query, keep_blank_values=True)
    wishes = dict(pairs)
    if len(wishes) < len(pairs) or not wishes.keys() <= set(_KNOWN) or not all(wishes.values()):
        known = ", ".join(f"{name}=" for name in _KNOWN)
        raise Misconfigured(f"After the ? the relay's URL may say {known}, each once.", hint=EXAMPLE)
    return wishes


def whole_number(wishes: dict[str, str], name: str, least: int, most: int) -> int | None:
    """The number wished for, None where none is; raises Misconfigured."""
    text = wishes.get(name)
    if text is None:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9 or not least <= int(text) <= most:
        raise Misconfigured(f"{name}= must be a whole number from {least} to {most}.", hint=EXAMPLE)
    return int(text)


def relay_name(wishes: dict[str, str]) -> str:
    """The name wished for, empty where none is; raises Misconfigured."""
    name = wishes.get("name", "")
    if len(name) > _LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise Misconfigured(f"name= must be a short name of at most {_LONGEST_NAME} signs.", hint="Say name=main.")
    return name


def own_hostname(wishes: dict[str, str]) -> str:
    """The host name to give in EHLO, empty where none is wished for; raises Misconfigured."""
    try:
        return as_a_labels(wishes["hostname"]) if "hostname" in wishes else ""
    except BadAddress:
        raise Misconfigured(
            "hostname= is the name we give to relays, and this is no host name.", hint="Say hostname=news.example.com."
        ) from None


def mechanism(wishes: dict[str, str], *, has_user: bool) -> str | None:
    """The one SASL mechanism to use, None where the relay's offer decides; raises Misconfigured."""
    has_token = "token_file" in wishes
    wish = wishes.get("auth", "xoauth2" if has_token else "").lower()
    if wish and wish not in _MECHANISMS:
        raise Misconfigured(f"auth= must be {', '.join(_MECHANISMS[:-1])} or {_MECHANISMS[-1]}.", hint=EXAMPLE)
    if has_token is not (wish == "xoauth2"):
        raise Misconfigured("auth=xoauth2 and token_file= belong together.", hint=_LOGIN_EXAMPLE)
    if wish and not has_user:
        raise Misconfigured("The relay's URL says how to log in and not who.", hint=_LOGIN_EXAMPLE)
    return wish.upper() or None
