from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters, the worst first."""

    BLOCK = "block"  # law or RFC forbids to send it so
    WARN = "warn"
    FINE = "fine"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that preflight says. `language` and `line` (of the source) are empty and 0 where it is about no place.

    `code` stays the same whatever the sentence says; `hint` is what to do.
    """

    severity: Severity
    code: str
    sentence: str
    hint: str = ""
    language: str = ""
    line: int = 0
