"""`newsletter question …`."""

import click

from newsletter.cli.shop import ID, opened, print_json
from newsletter.errors import Refused
from newsletter.language import LANGUAGES
from newsletter.question.asking import Asking, put
from newsletter.question.versions import version
from newsletter.question.wording import LINES
from newsletter.report.experiments import Trial, trials
from newsletter.report.wordings import ListedVersion, versions


@click.group()
def question() -> None:
    """What we ask of those who leave: the versions, and where each is asked."""


@question.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_(*, as_json: bool) -> None:
    """Every version, the newest first, then what was tried."""
    with opened() as shop, shop.db.read() as session:
        listed, tried = versions(session), trials(session)
    if as_json:
        print_json({"versions": listed, "trials": [_trial(trial) for trial in tried]})
        return
    click.echo("\n".join([*map(_version, listed), *(_tried(trial) for trial in tried)]))


@question.command()
@click.argument("number", type=ID)
@click.option("--language", default="en", show_default=True, help="As a reader of this language is asked.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(number: int, language: str, *, as_json: bool) -> None:
    """One version in one language, line by line."""
    if language not in LANGUAGES:
        raise Refused(f"We do not speak {language!r}.", hint=f"Choose one of {', '.join(LANGUAGES)}.")
    with opened() as shop, shop.db.read() as session:
        found = version(session, number)
    asking = put(found, language)
    if as_json:
        reasons = [code for code, _ in asking.reasons]
        own = sorted(found.own(language))
        shown = {"version": number, "name": found.name, "language": language, "reasons": reasons}
        print_json({**shown, "lines": {line: asking.lines[line] for line in LINES}, "own": own})
        return
    click.echo("\n".join(_lines(asking)))


def _version(listed: ListedVersion) -> str:
    where = ", ".join(listed.places) or ("nowhere now" if listed.is_frozen else "a draft")
    return f"{listed.number:>5}  {listed.name}: {where}"


def _tried(trial: Trial) -> str:
    return f"Versions {trial.first.number} and {trial.second.number} on {trial.topic}: {trial.sentence}"


def _trial(trial: Trial) -> dict[str, object]:
    arms = [
        {"version": arm.number, "share": arm.share, "asked": arm.tally.asked, "answered": arm.tally.answered}
        for arm in (trial.first, trial.second)
    ]
    gain = {"once": trial.gain, "always": trial.sure_gain}
    return {"id": trial.id, "topic": trial.topic, "arms": arms, "gain": gain, "finding": trial.finding}


def _lines(asking: Asking) -> list[str]:
    reasons = [f"  {place}. {words} ({code})" for place, (code, words) in enumerate(asking.reasons, start=1)]
    after = [words for line, words in asking.lines.items() if line.partition(".")[0] in ("fate", "machine", "machines")]
    return [asking.question, asking.intro, *reasons, *after]
