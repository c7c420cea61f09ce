"""The languages our readers may have: which of them somebody gets, its texts and its direction.

The texts stand in the code as English sentences and in `translations/<language>/LC_MESSAGES/messages.po` as everything
else. The catalogues are read as they are written, so there is no compiled copy that could be older than its source.
"""

from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Literal

LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "fr": "Français",
    "es": "Español",
    "it": "Italiano",
    "pt": "Português",
    "pl": "Polski",
    "nl": "Nederlands",
    "sv": "Svenska",
    "cs": "Čeština",
    "ja": "日本語",
    "zh": "中文",
    "ar": "العربية",
}
"""Every language by its code, under the name its speakers give it."""

SUPPORTED = tuple(LANGUAGES)
CATALOGUES = Path(__file__).parent.parent / "translations"

_SPOKEN_IN_CODE = "en"
_RIGHT_TO_LEFT = frozenset({"ar"})


def sentence(text: str) -> str:
    """The text itself: marks an English sentence that the catalogues must translate."""
    return text


def negotiate(*wishes: str) -> str:
    """The first wish that we can fulfil ("de-AT" gets "de"), or English. Wishes are BCP 47 tags, some empty."""
    spoken = (wish.lower().replace("_", "-").partition("-")[0] for wish in wishes)
    return next((language for language in spoken if language in LANGUAGES), _SPOKEN_IN_CODE)


def direction(language: str) -> Literal["ltr", "rtl"]:
    """`rtl` or `ltr`, as HTML's `dir` wants it."""
    return "rtl" if negotiate(language) in _RIGHT_TO_LEFT else "ltr"


@lru_cache(maxsize=len(LANGUAGES))
def translator(language: str) -> NullTranslations:
    """The catalogue of a language we speak; English, or a language we do not speak, gives the sentences back."""
    if language not in LANGUAGES or language == _SPOKEN_IN_CODE:
        return NullTranslations()
    from babel.messages.mofile import write_mo  # noqa: PLC0415 - an engine that has nothing to say is smaller
    from babel.messages.pofile import read_po  # noqa: PLC0415 - the same

    compiled = BytesIO()
    with (CATALOGUES / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
