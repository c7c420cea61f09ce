"""How trials of two variants are told on pages."""

from newsletter.bulletin.trial import Measure

MEASURES = {
    Measure.CLICKS: "Opened by people",
    Measure.ACKNOWLEDGED: "Acknowledged",
    Measure.OPT_OUTS: "Opted out",
}
CHOICES = {
    Measure.CLICKS: "more opened by people",
    Measure.ACKNOWLEDGED: "more acknowledged",
    Measure.OPT_OUTS: "fewer opt-outs",
}
