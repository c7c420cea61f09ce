"""The shape of what the API answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Moment = Annotated[str, Field(description="ISO 8601 in UTC", json_schema_extra={"format": "date-time"})]
Day = Annotated[str, Field(json_schema_extra={"format": "date"})]
State = Literal["in_use", "backup", "not_in_use", "unknown"]


class _Answer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Testimony(_Answer):
    """One observation. `says` is null where it tells nothing of a machine, `serial` empty where none was named."""

    id: int
    sentence: str
    kind: str
    says: State | None
    detail: str
    said_by: str
    observed_at: Moment
    bulletin: str
    serial: str
    note: str


class Verdict(_Answer):
    """What the evidence adds up to. `because` speaks for the state, weightiest first, `against` otherwise."""

    state: State
    p_used: float = Field(ge=0, le=1, description="The probability that it is used at all, in use or as back-up")
    likely: str = Field(description="The same in words")
    since: Moment | None
    sentence: str
    because: list[Testimony]
    against: list[Testimony]
    untold: int = Field(description="How many further observations of less weight there are")


class Unit(_Answer):
    """One machine. `ask_again` is when the verdict will have faded, null where it does not."""

    serial: str
    model: str
    installed_on: Day | None
    firmware: str = Field(description="As the last import said; empty where it is not known")
    age: int | None = Field(description="Whole years")
    agreement_until: Day | None
    agreement_runs: bool
    verdict: Verdict
    last_sign: Testimony | None
    ask_again: Day | None
    overruled: Testimony | None = Field(description="What a colleague knows better")


class Consent(_Answer):
    """Where somebody stands with one topic."""

    state: Literal["granted", "confirmed", "paused", "withdrawn", "none"]
    since: Moment | None
    source: str


class Mail(_Answer):
    """What went to somebody last."""

    what: str
    outcome: str
    at: Moment


class Person(_Answer):
    """Somebody at the account. `unreached` says why our mails do not reach them, empty where they do."""

    address: str
    name: str
    role: str
    unreached: str
    wishes: list[str]
    no_contact: bool
    consent: dict[str, Consent] = Field(description="By the key of the topic")
    mails: list[Mail]


class Known(_Answer):
    """What we know of one subject: by a colleague, or from what `source` says."""

    subject: str
    value: str
    says: str
    on_day: Day | None
    words: str
    author: str
    at: Moment
    source: str


class ImportantDay(_Answer):
    """A day that matters to the account."""

    day: Day
    why: str


class Spoken(_Answer):
    """A colleague was in touch."""

    on: Day
    author: str
    means: Literal["call", "visit", "mail", "follow_up"]
    about: Literal["renewal", "machine", "offer", "them", "other"]
    person: str
    words: str


class InTouch(_Answer):
    """The last contact of all, and the last that was not about a renewal."""

    last: Spoken | None
    other_than_renewal: Spoken | None
    only_at_renewal: bool


class Work(_Answer):
    """A follow-up that is open."""

    what: str
    team: str
    due_on: Day
    owner: str
    serial: str


class Happening(_Answer):
    """One thing that happened. `quote` is what somebody wrote, to the letter."""

    at: Moment
    kind: Literal[
        "evidence", "answer", "opt_out", "consent", "wish", "delivery", "letter",
        "note", "fact", "contact", "agreement", "work",
    ]  # fmt: skip
    title: str
    detail: str
    quote: str


class AccountRecord(_Answer):
    """All we know of one account; the timeline is newest first, and goes on after `older` where that is not empty."""

    number: str
    name: str
    country: str
    owner: str = Field(description="Who of ours looks after it")
    tier: str
    is_private: bool
    verdict: Verdict
    ask_again: Day | None
    overruled: Testimony | None
    units: list[Unit]
    people: list[Person]
    known: list[Known]
    days: list[ImportantDay]
    in_touch: InTouch
    work: list[Work]
    timeline: list[Happening]
    older: str


class FactTaken(_Answer):
    """What became of one fact; where it was refused, the reason, and the status it would get alone."""

    key: str | None
    outcome: Literal["noted", "known", "refused"]
    status: int | None = None
    reason: str | None = None


class EvidenceTaken(_Answer):
    """What became of a list of facts, in its order."""

    noted: int
    known: int
    refused: int
    items: list[FactTaken]


class AtAccount(_Answer):
    """An account somebody stands at."""

    number: str
    name: str


class WhyAnswer(_Answer):
    """Why an address did, did not or will get a bulletin. `sentence` says it whole."""

    address: str
    bulletin: str = Field(description="Empty where the address is unknown and no bulletin was named")
    got: Literal["yes", "no", "not_yet", "in_doubt"]
    sentence: str
    to_change: str = Field(description="What would have to change; empty where nothing has to")
    sentences: list[str] = Field(description="All that is on record")
    targeted: bool
    rule: str | None = Field(description="The rule that left them out, or would")
    state: str | None = Field(description="Where the copy stands")
    at: Moment | None
    reply: str = Field(description="The server's last words")
    name: str
    delivery_id: int | None
    accounts: list[AtAccount]


class WhyAnswers(_Answer):
    """One answer for each bulletin asked about."""

    answers: list[WhyAnswer]


class BulletinToSend(BaseModel):
    """A bulletin as `newsletter bulletin send` takes it. Without `at` it is sent now."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(max_length=1_000_000, description="Front matter and Markdown, as in a file")
    topic: str = Field("", max_length=200, description="The topic it goes to, instead of the one it names")
    at: str = Field("", max_length=40, description="When to start, in the local time of `zone`: 2026-12-01T09:00")
    zone: str = Field("", max_length=80, description="The time zone of `at`, such as Europe/Berlin")
    grace_hours: float | None = Field(None, ge=0, le=8760, description="Ask first if it is late by more than so many")
    theirs: bool = Field(default=False, description="At that time where each person is")
    hours: str = Field(
        "", max_length=200, description='Only in these, by the recipient\'s clock: "08:00-17:00 mon-fri"'
    )
    waves: str = Field("", max_length=200, description='In parts, with a wait after each: "10%, 4h, rest"')
    trial: str = Field("", max_length=200, description='How two variants are tried: "20%, 4h, clicks"')
    dry_run: bool = Field(default=False, description="Say who would get it; change nothing")


class BulletinOrdered(_Answer):
    """What will happen: `run` is null for a dry run, `left_out` counts people by the rule that keeps them out."""

    run: int | None
    number: str
    title: str
    at: Moment
    waves: str
    trial: str
    theirs: bool
    hours: str
    lacks_approval: bool = Field(description="It does not start before a second colleague approved it")
    targeted: int
    left_out: dict[str, int]
    units: int
    units_reached: int


class NewsletterToRead(BaseModel):
    """A newsletter that exists as HTML."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    html: str = Field(max_length=5_000_000)


class ImageFound(_Answer):
    """An image of it, to be uploaded here."""

    url: str
    alt: str


class BulletinRead(_Answer):
    """A bulletin to look over: `source` lacks a number. `left_out` says what was left out and why."""

    title: str
    preheader: str
    language: str
    source: str
    images: list[ImageFound]
    left_out: list[str]
    look_at: list[str] = Field(description="What somebody should look at before it is sent")


class Problem(_Answer):
    """Why something was refused (RFC 9457): `detail` is a sentence that says what to do."""

    title: str
    status: int
    detail: str
