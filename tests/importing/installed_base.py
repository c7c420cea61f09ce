"""A made-up builder's installed base, written down as two different systems export it, with what is in it counted."""

import csv
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

GERMAN = (
    "Kundennr", "Firma", "Land", "Sprache", "Zeitzone", "Anrede", "Vorname", "Nachname", "E-Mail", "Funktion",
    "Maschine", "Seriennummer", "Installiert am", "Wartungsvertrag bis", "Newsletter", "Einwilligung am", "Quelle",
    "Notiz",
)  # fmt: skip
ENGLISH = (
    "Customer no.", "Company", "Country", "Language", "Time zone", "Salutation", "First name", "Last name",
    "Email address", "Job title", "Model", "Serial no.", "Installed on", "Service contract until", "Opt-in",
    "Consent date", "Source", "Notes",
)  # fmt: skip
MODELS = ("VX-500", "VX-500i", "GR-8", "CT-7 (2009)")
PLACES = (("DE", "de", "Europe/Berlin"), ("US", "en", "America/Chicago"), ("JP", "ja", "Asia/Tokyo"))
UNUSABLE = ("keine", "n/a", "@firm.example", "info@firm", "max..muster@firm.example", "tel: 0711-223")
NOTES = (
    "",
    "",
    '=HYPERLINK("http://evil.example";"click")',
    "line one\nline two; with, all",
    "+49 711 223",
    'said "ok"',
)

Cell = str | date | bool | None
"""Yes, no and days have no spelling here: that is the export's business."""


@dataclass
class InstalledBase:
    """Rows in the order of the columns above, and the counts the import must find."""

    rows: list[list[Cell]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


def made_up(seed: int, accounts: int = 40) -> InstalledBase:
    """An installed base of some accounts; the same seed gives the same."""
    dice = random.Random(seed)  # noqa: S311 - nothing secret
    base, serial, units, agreed, no, unusable = InstalledBase(), 100_000, 0, 0, 0, 0
    shared = ["Frau", "Pia", "Weiß", "pia.weiss@instandhaltung-süd.example", "Instandhaltung"]
    people = 1
    for number in range(accounts):
        company = [f"K{10_000 + number}", f"Müller & Søn {number} GmbH", *dice.choice(PLACES)]
        for _ in range(dice.randint(1, 3)):
            serial += dice.randint(1, 9)
            units += 1
            until = _day(dice) if dice.random() < 0.3 else None
            agreed += until is not None
            unit: list[Cell] = [dice.choice(MODELS), f"A{serial}", _day(dice), until]
            if number >= 2 and dice.random() < 0.2:
                base.rows.append([*company, *[None] * 5, *unit, True, None, None, None])
            elif number < 2:
                base.rows.append([*company, *shared, *unit, True, date(2024, 2, 3), "fair", None])
            else:
                people += 1
                who = [
                    "Herr",
                    "Zoë",
                    f"O'Brien {people}",
                    f"p{people}@firm{number}.example",
                    dice.choice(("", "Owner")),
                ]
                agrees = dice.random() < 0.9
                no += not agrees
                answer: list[Cell] = [
                    agrees,
                    _day(dice) if agrees else None,
                    dice.choice(("", "web form")),
                    dice.choice(NOTES),
                ]
                base.rows.append([*company, *who, *unit, *answer])
                if dice.random() < 0.3:
                    shouted = [who[0], who[1], who[2], f"  {str(who[3]).upper()} ", who[4]]
                    base.rows.append([*company, *shouted, *unit, *answer])
        if dice.random() < 0.2:
            unusable += 1
            base.rows.append([*company, "", "?", "?", dice.choice(UNUSABLE), *[None] * 5, True, _day(dice), None, None])
    blank = len(base.rows) // 50 + 1
    base.rows[7:7] = [[None] * len(GERMAN)] * blank
    base.counts = {
        "data_rows": len(base.rows),
        "blank_rows": blank,
        "accounts": accounts,
        "units": units,
        "people": people,
        "people_at_more_than_one_account": 1,
        "rows_with_unusable_address": unusable,
        "people_who_had_opted_out_before": no,
        "units_under_agreement_field": agreed,
    }
    return base


def write_german(base: InstalledBase, path: Path) -> None:
    """Semicolons, a byte-order mark, dates now with dots and now ISO, yes and no in many words."""
    dice = random.Random(1)  # noqa: S311 - nothing secret

    def spell(cell: Cell) -> str:
        if isinstance(cell, bool):
            return dice.choice(("ja", "JA", "j", "1", "x") if cell else ("nein", "n", "0"))
        if isinstance(cell, date):
            return dice.choice((cell.isoformat(), f"{cell:%d.%m.%Y}"))
        return cell or ""

    _write(path, GERMAN, base, spell, delimiter=";", encoding="utf-8-sig")


def write_american(base: InstalledBase, path: Path) -> None:
    """Commas, no mark, the month first, English headings."""

    def spell(cell: Cell) -> str:
        if isinstance(cell, bool):
            return "Yes" if cell else "No"
        return f"{cell.month}/{cell.day}/{cell.year}" if isinstance(cell, date) else cell or ""

    _write(path, ENGLISH, base, spell, delimiter=",", encoding="utf-8")


def _write(
    path: Path,
    headings: tuple[str, ...],
    base: InstalledBase,
    spell: Callable[[Cell], str],
    *,
    delimiter: str,
    encoding: str,
) -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(headings)
        writer.writerows([[spell(cell) for cell in row] for row in base.rows])


def _day(dice: random.Random) -> date:
    return date(2000, 1, 1) + timedelta(days=dice.randrange(9_000))
