"""A definition in words: "machines of model VX-500 and without a running agreement, but nobody in Japan". Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from newsletter.segment.definition import About, Condition, Definition, Group, How, Join, Node, Not, conditions_in

_JOINS = {Join.ALL: " and ", Join.ANY: " or "}
_OF_MACHINES = {About.MODEL, About.SERIALS, About.FIRMWARE, About.AGREEMENT, About.VERDICT, About.SIGN}

ENGLISH = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian", "pt": "Portuguese",
    "pl": "Polish", "nl": "Dutch", "sv": "Swedish", "cs": "Czech", "ja": "Japanese", "zh": "Chinese", "ar": "Arabic",
}  # fmt: skip
"""The languages we write, as staff call them; an engine has no library for it."""


def _as_it_is(code: str) -> str:
    return code


@dataclass(frozen=True, slots=True)
class Names:
    """What codes are called: topics and lists by key; what is not named stands as its code."""

    topics: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    country: Callable[[str], str] = _as_it_is
    language: Callable[[str], str] = _as_it_is


def in_words(definition: Definition, names: Names) -> str:
    """Whom the definition chooses, as one phrase."""
    noun, who = ("machines", "whose readers") if _is_of_machines(definition.who) else ("people", "who")
    said = f"{noun} {_Phrase(names, who).said(definition.who)}"
    return ", ".join([said, *(f"but nobody {_left_out(node, names)}" for node in definition.without)])


def _left_out(node: Node, names: Names) -> str:
    phrase = _Phrase(names, "whose readers" if _is_of_machines(node) else "who").said(node, is_inside=True)
    return f"with a machine {phrase}" if _is_of_machines(node) else phrase


def _is_of_machines(node: Node) -> bool:
    return any(condition.about in _OF_MACHINES for condition in conditions_in(node))


@dataclass(frozen=True, slots=True)
class _Phrase:
    """What stands after a noun; `who` begins what is said of people."""

    names: Names
    who: str

    def said(self, node: Node, *, is_not: bool = False, is_inside: bool = False) -> str:
        match node:
            case Condition():
                return self._condition(node, is_not=is_not)
            case Not(Group() as group) if not is_not:
                return f"not ({self.said(group)})"
            case Not(part):
                return self.said(part, is_not=not is_not, is_inside=is_inside)
            case Group(join, parts):
                said = _JOINS[join].join(self.said(part, is_inside=True) for part in parts)
                return f"({said})" if is_inside and len(parts) > 1 else said

    def _condition(self, condition: Condition, *, is_not: bool) -> str:
        said, opposite = _PHRASES[condition.about, condition.how]
        values = _either([_named(condition.about, value, self.names) for value in condition.values])
        months = "1 month" if condition.months == 1 else f"{condition.months} months"
        return (opposite if is_not else said).format(values, months=months, who=self.who)


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def _named(about: About, value: str, names: Names) -> str:
    quoted = {About.TOPIC: names.topics, About.LIST: names.lists, About.REASON: names.reasons}
    if about in quoted:
        return f"“{quoted[about].get(value, value)}”"
    called = {About.COUNTRY: names.country, About.LANGUAGE: names.language, About.VERDICT: _state}
    return called.get(about, _as_it_is)(value)


def _state(code: str) -> str:
    return "back-up" if code == "backup" else code.replace("_", " ")


_PHRASES: Mapping[tuple[About, How], tuple[str, str]] = {
    (About.TOPIC, How.PLAIN): ("{who} agreed to {}", "{who} did not agree to {}"),
    (About.MODEL, How.PLAIN): ("of model {}", "not of model {}"),
    (About.SERIALS, How.PLAIN): ("with serial {}", "without serial {}"),
    (About.FIRMWARE, How.PLAIN): ("with firmware {}", "without firmware {}"),
    (About.FIRMWARE, How.BELOW): ("with firmware older than {}", "without firmware older than {}"),
    (About.FIRMWARE, How.FROM): ("with firmware {} or newer", "without firmware {} or newer"),
    (About.COUNTRY, How.PLAIN): ("in {}", "not in {}"),
    (About.LANGUAGE, How.PLAIN): ("{who} read {}", "{who} do not read {}"),
    (About.AGREEMENT, How.RUNNING): ("with a running agreement", "without a running agreement"),
    (About.AGREEMENT, How.NONE): ("without a running agreement", "with a running agreement"),
    (About.AGREEMENT, How.ENDS): (
        "whose agreement ends within {months}",
        "whose agreement does not end within {months}",
    ),
    (About.VERDICT, How.PLAIN): ("that are {}, as far as we know", "that are not {}, as far as we know"),
    (About.SIGN, How.OLDER): ("with no sign of life for {months}", "with a sign of life within {months}"),
    (About.SIGN, How.YOUNGER): ("with a sign of life within {months}", "with no sign of life for {months}"),
    (About.REASON, How.PLAIN): ("{who} gave the reason {}", "{who} did not give the reason {}"),
    (About.BULLETIN, How.RECEIVED): ("{who} received {}", "{who} did not receive {}"),
    (About.BULLETIN, How.CLICKED): ("{who} opened a link of {}", "{who} opened no link of {}"),
    (About.LIST, How.PLAIN): ("on the list {}", "not on the list {}"),
}
