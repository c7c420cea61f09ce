"""Every error this product raises on purpose, in one tree.

NewsletterError
├── Refused                 bad input: a 4xx, exit code 2, a sentence that says what to do
│   ├── BadFile             a file we cannot read as what it should be
│   ├── BadBulletin         front matter, merge tag or text; carries line and column
│   ├── BadAddress          not an address we can write to
│   ├── BadLetter           a letter that must not become bytes (control characters, two subjects)
│   ├── BadToken            cut, changed, or made for another purpose
│   ├── BadTime             in the past, in a gap of the local clock, or without a zone
│   ├── BadWording          a sentence of a question that no reader may see; names the line
│   ├── BadAnswer           not one of the answers, or longer than we keep
│   └── Conflict            somebody else did it first; nothing was changed
├── NotFound                what was named does not exist: 404, exit code 3
├── Misconfigured           a setting that makes no sense; the process refuses to start: exit code 78
└── Unavailable             the database or the relay is away: 503, exit code 75
"""


class NewsletterError(Exception):
    """The root: the message is a sentence for the reader, `hint` says what the reader can do."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class Refused(NewsletterError):
    """Input we do not take. Nothing was changed."""


class BadFile(Refused):
    """A file that is not what it should be."""


class BadBulletin(Refused):
    """A bulletin that cannot be sent; `line` and `column` count from 1 in the source as written."""

    def __init__(self, message: str, *, line: int = 1, column: int = 1, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        return f"Line {self.line}, column {self.column}: {super().__str__()}"


class BadAddress(Refused):
    """Not an address we can write to."""


class BadLetter(Refused):
    """A letter that must not become bytes."""


class BadToken(Refused):
    """A token that was cut, changed, or made for another purpose."""


class BadTime(Refused):
    """A time in the past, in a gap of the local clock, or without a zone."""


class BadAnswer(Refused):
    """An answer that is none of the answers, or longer than we keep."""


class BadWording(Refused):
    """A sentence of a question that no reader may see; `line` names it."""

    def __init__(self, message: str, *, line: str, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.line = line


class Conflict(Refused):
    """Somebody else did it first; nothing was changed."""


class NotFound(NewsletterError):
    """What was named does not exist."""


class Misconfigured(NewsletterError):
    """A setting that makes no sense; the process refuses to start."""


class Unavailable(NewsletterError):
    """The database or the relay is away; the same call may succeed later."""
