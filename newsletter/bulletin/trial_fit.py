"""Whether a bulletin can be sent the way it is ordered: two variants as a trial, and nothing else so. Pure."""

from newsletter.bulletin.source import Source
from newsletter.bulletin.trial import Measure
from newsletter.bulletin.values import ACKNOWLEDGE
from newsletter.bulletin.when import When
from newsletter.errors import BadTime


def need_fitting(source: Source, when: When) -> None:
    """Raises BadTime where a bulletin with two variants is not sent as a trial, or one without them is."""
    if when.trial is None:
        if source.variants:
            hint = 'Say how to try them, for example "20 %, 4 h, clicks".'
            raise BadTime("The bulletin has two variants, so it is sent as a trial.", hint=hint)
        return
    if not source.variants:
        hint = "Write `b.title: …` in its front matter, or :::variant a and :::variant b in its text."
        raise BadTime("There is nothing to try: the bulletin has one variant only.", hint=hint)
    if when.waves or when.is_theirs:
        hint = "Choose one: the trial has its own wait, and everybody in it has to get the mail at the same time."
        raise BadTime("A trial goes neither in waves nor at local time.", hint=hint)
    if when.trial.measure is Measure.ACKNOWLEDGED and not _asks_for_acknowledgement(source):
        hint = f"Link to {{{{ {ACKNOWLEDGE} }}}} in each text, or compare by clicks."
        raise BadTime("In one of its texts there is nothing to acknowledge.", hint=hint)


def _asks_for_acknowledgement(source: Source) -> bool:
    return all(ACKNOWLEDGE in section.markdown for variant in source.each for section in variant.sections)
