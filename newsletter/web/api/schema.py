"""The shape of what the API answers."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Moment = Annotated[str, Field(description="ISO 8601 in UTC", json_schema_extra={"format": "date-time"})]
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


class Verdict(_Answer):
    """What the evidence adds up to. `because` speaks for the state, weightiest first."""

    state: State
    p_used: float = Field(ge=0, le=1, description="The probability that it is used at all, in use or as back-up")
    sentence: str
    because: list[Testimony]


class Unit(_Answer):
    """One machine."""

    serial: str
    model: str
    verdict: Verdict


class Consent(_Answer):
    """Where somebody stands with one topic."""

    state: Literal["granted", "confirmed", "paused", "withdrawn", "none"]
    since: Moment | None
    source: str


class Person(_Answer):
    """Somebody at the account."""

    address: str
    consent: dict[str, Consent] = Field(description="By the key of the topic")


class Happening(_Answer):
    """One thing that happened. `quote` is what somebody wrote, to the letter."""

    at: Moment
    kind: Literal["evidence", "answer", "opt_out", "consent", "delivery", "note"]
    title: str
    detail: str
    quote: str


class AccountRecord(_Answer):
    """All we know of one account; the timeline is newest first."""

    number: str
    verdict: Verdict
    units: list[Unit]
    people: list[Person]
    timeline: list[Happening]
