"""A probability in words. Pure."""

_WORDS = (
    (0.95, "almost certain"),
    (0.85, "very likely"),
    (0.65, "likely"),
    (0.35, "as likely as not"),
    (0.15, "unlikely"),
    (0.05, "very unlikely"),
)


def in_words(p: float) -> str:
    """How likely something is, from "almost certain" to "almost ruled out"."""
    return next((words for least, words in _WORDS if p >= least), "almost ruled out")
