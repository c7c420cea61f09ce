"""The fields between the two `---` lines with which a bulletin begins, each with its place in the file."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from newsletter.errors import BadBulletin

KNOWN = (
    "number", "title", "class", "models", "serials", "topic", "language", "heartbeat", "remind", "archive", "preheader",
    "segment", "attach", "theme", "layout", "b.title", "b.preheader",
)  # fmt: skip
TITLE_IN, PREHEADER_IN = "title.", "preheader."
_IN_A_LANGUAGE = re.compile(r"(?:b\.)?(?:title|preheader)\.[a-z0-9-]+")


@dataclass(frozen=True, slots=True)
class Field:
    """What stands behind a name; `line` and `column` are where it begins, or would."""

    value: str
    line: int
    column: int

    def parts(self) -> Iterator["Field"]:
        """What stands between the commas, each at its own place; nothing where nothing stands."""
        column = self.column
        for part in self.value.split(","):
            if said := part.strip():
                yield Field(said, self.line, column + len(part) - len(part.lstrip()))
            column += len(part) + 1

    def refusal(self, sentence: str, hint: str) -> BadBulletin:
        """The error that points here; `{}` in the sentence stands for what was written."""
        said = self.value if len(self.value) <= 60 else f"{self.value[:60]}…"
        return BadBulletin(sentence.replace("{}", repr(said)), line=self.line, column=self.column, hint=hint)


Front = dict[str, Field]


def read_fields(lines: Sequence[str]) -> tuple[Front, int]:
    """The fields by name, and how many lines they take with the dashes around them. Raises BadBulletin."""
    if lines[0].rstrip() != "---":
        raise BadBulletin("The bulletin does not begin with front matter.", hint="Begin with a line of three dashes.")
    fields: Front = {}
    for number, line in enumerate(lines[1:], 2):
        if line.rstrip() == "---":
            return fields, number
        if line.strip() and not line.lstrip().startswith("#"):
            _read_into(fields, line, number)
    raise BadBulletin("The front matter does not end.", line=len(lines), hint="End it with a line of three dashes.")


def wanted(fields: Front, name: str, hint: str) -> Field:
    """The field of a name. Raises BadBulletin where it is missing or empty."""
    field = fields.get(name, Field("", 1, 1))
    if not any(field.parts()):
        raise field.refusal(f"The bulletin has no {name}.", hint)
    return field


def _read_into(fields: Front, line: str, number: int) -> None:
    name, colon, value = line.partition(":")
    written = Field(name.strip(), number, len(line) - len(line.lstrip()) + 1)
    key = written.value.lower()
    if not colon:
        raise written.refusal("This line is not `name: value`.", "Write a name, a colon and a value, or begin with #.")
    if key not in KNOWN and not _IN_A_LANGUAGE.fullmatch(key):
        known = ", ".join((*KNOWN, "title.<language>"))
        raise written.refusal("There is no field {}.", f"Known are {known} and preheader.<language>.")
    if key in fields:
        raise written.refusal("{} stands twice.", "Keep one of them.")
    fields[key] = Field(value.strip(), number, len(name) + 2 + len(value) - len(value.lstrip()))
