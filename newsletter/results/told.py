from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Told:
    """One answer in the making: `got` is a `why.Got`, `to_change` empty where nothing has to change."""

    got: str
    sentence: str
    to_change: str = ""
