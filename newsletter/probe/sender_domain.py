"""What receivers find in DNS about a sender: SPF (RFC 7208), DKIM (RFC 6376) and DMARC (RFC 7489)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from newsletter.probe.names import Unanswered, texts_of

Ask = Callable[[str], Sequence[str]]
"""The TXT records of a name; raises Unanswered."""


@dataclass(frozen=True, slots=True)
class Found:
    """One thing about a domain: whether it is well, in a sentence, and what to do where it is not."""

    what: str
    is_well: bool
    sentence: str
    hint: str = ""


def look_up(domain: str, return_path: str, keys: Sequence[str], ask: Ask = texts_of) -> list[Found]:
    """SPF of the return path, DKIM of each key's record, DMARC of the domain in From."""
    found = [_asked("spf", partial(_spf, return_path, ask))]
    found += [_asked("dkim", partial(_dkim, name, ask)) for name in keys] or [_no_key(domain)]
    return [*found, _asked("dmarc", partial(_dmarc, domain, ask))]


def _asked(what: str, judge: Callable[[], Found]) -> Found:
    try:
        return judge()
    except Unanswered as error:
        return Found(what, is_well=False, sentence=str(error), hint="Check again later.")


def _spf(domain: str, ask: Ask) -> Found:
    records = [record for record in ask(domain) if record.lower().split(" ")[0] == "v=spf1"]
    if not records:
        hint = f"Publish a TXT record at {domain} that begins with v=spf1 and names your relay."
        return Found("spf", is_well=False, sentence=f"{domain} has no SPF record.", hint=hint)
    if len(records) > 1:
        sentence = f"{domain} has {len(records)} SPF records; receivers then trust none (RFC 7208 section 3.2)."
        return Found("spf", is_well=False, sentence=sentence, hint="Keep one.")
    if {"+all", "all"} & set(records[0].lower().split()):
        sentence = f"SPF of {domain} lets anybody send in its name (+all)."
        return Found("spf", is_well=False, sentence=sentence, hint="End it with -all or ~all.")
    return Found("spf", is_well=True, sentence=f"{domain} says by SPF who may send for it.")


def _no_key(domain: str) -> Found:
    hint = f"Make a key with newsletter dkim new {domain}, or let your relay sign."
    return Found("dkim", is_well=False, sentence=f"Nothing here signs mail of {domain} with DKIM.", hint=hint)


def _dkim(name: str, ask: Ask) -> Found:
    records = [_tags(record) for record in ask(name)]
    keys = [tags["p"] for tags in records if "p" in tags]
    hint = "Publish what newsletter dkim show prints."
    if not keys:
        return Found("dkim", is_well=False, sentence=f"There is no DKIM key at {name}.", hint=hint)
    if not any(keys):
        return Found("dkim", is_well=False, sentence=f"The DKIM key at {name} is taken back (p= is empty).", hint=hint)
    return Found("dkim", is_well=True, sentence=f"The DKIM key {name} is published.")


def _dmarc(domain: str, ask: Ask) -> Found:
    labels = domain.split(".")
    for at in range(len(labels) - 1):
        above = ".".join(labels[at:])
        records = [tags for tags in map(_tags, ask(f"_dmarc.{above}")) if tags.get("v") == "DMARC1"]
        if records:
            return _policy(above, records[0].get("sp" if at and "sp" in records[0] else "p", ""))
    hint = f"Publish a TXT record at _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:… Gmail and Yahoo ask for one."
    return Found("dmarc", is_well=False, sentence=f"{domain} has no DMARC record.", hint=hint)


def _policy(domain: str, policy: str) -> Found:
    if policy.lower() not in ("none", "quarantine", "reject"):
        hint = "Write p=none, p=quarantine or p=reject."
        return Found("dmarc", is_well=False, sentence=f"DMARC of {domain} names no policy.", hint=hint)
    return Found("dmarc", is_well=True, sentence=f"{domain} has a DMARC record with the policy {policy.lower()}.")


def _tags(record: str) -> dict[str, str]:
    """The tag=value pairs of a record; white space inside a value is none (RFC 6376 section 3.2)."""
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, sign, value in pairs if sign}
