"""Words and habits that filters hold against a mail. A short list of our own; it warns and never stops anybody."""

import re
from collections.abc import Iterator

from newsletter.bulletin.composed import Told
from newsletter.bulletin.finding import Finding, Severity

_MONEY, _HURRY, _GAIN = "it promises money", "it puts readers under pressure", "it promises something for nothing"
_WORDS: dict[str, dict[str, str]] = {
    "en": {r"100 ?% free|absolutely free|free gift": _GAIN, r"act now|last chance|urgent!": _HURRY,
           r"earn money|cash bonus|guaranteed profit": _MONEY, r"dear friend": "strangers write so"},
    "de": {r"100 ?% kostenlos|völlig gratis|gratisgeschenk": _GAIN, r"jetzt zuschlagen|letzte chance|nur heute": _HURRY,
           r"geld verdienen|garantierter gewinn": _MONEY},
    "fr": {r"100 ?% gratuit|cadeau gratuit": _GAIN, r"agissez maintenant|dernière chance": _HURRY,
           r"gagnez de l.argent": _MONEY},
    "es": {r"100 ?% gratis|regalo gratis": _GAIN, r"actúe ahora|última oportunidad": _HURRY, r"gane dinero": _MONEY},
    "it": {r"100 ?% gratis|regalo gratuito": _GAIN, r"agisci ora|ultima occasione": _HURRY, r"guadagna subito": _MONEY},
    "pt": {r"100 ?% grátis|presente grátis": _GAIN, r"aja agora|última oportunidade": _HURRY,
           r"ganhe dinheiro": _MONEY},
    "pl": {r"całkowicie za darmo|darmowy prezent": _GAIN, r"ostatnia szansa|tylko dziś": _HURRY, r"zarabiaj": _MONEY},
    "nl": {r"100 ?% gratis|gratis cadeau": _GAIN, r"laatste kans|alleen vandaag": _HURRY, r"verdien geld": _MONEY},
    "sv": {r"helt gratis|gratis present": _GAIN, r"sista chansen|bara idag": _HURRY, r"tjäna pengar": _MONEY},
    "cs": {r"zcela zdarma|dárek zdarma": _GAIN, r"poslední šance|jen dnes": _HURRY, r"vydělejte": _MONEY},
    "ja": {"完全無料": _GAIN, "今すぐお申し込み|最後のチャンス": _HURRY, "稼げる": _MONEY},
    "zh": {"完全免费": _GAIN, "立即行动|最后机会": _HURRY, "赚钱": _MONEY},
    "ar": {"مجانا بالكامل|هدية مجانية": _GAIN, "الفرصة الأخيرة": _HURRY, "اربح المال": _MONEY},
}  # fmt: skip
_FOUND = {
    language: [(re.compile(words, re.IGNORECASE), why) for words, why in groups.items()]
    for language, groups in _WORDS.items()
}
_SHOUTED = re.compile(r"[^\W\d_]")
_MOST_SHOUTED = 0.7


def about_spam_words(told: Told) -> Iterator[Finding]:
    """The words of the language, and shouting in the subject."""
    section = told.section
    lines = [(section.title_line, section.title), *enumerate(section.text_alone.split("\n"), section.line)]
    found = [*_shouting(told), *_words(lines, section.language)]
    yield from found
    if not found:
        yield Finding(Severity.FINE, "spam-words", "Nothing in it reads like an advertisement.", "", section.language)


def _words(lines: list[tuple[int, str]], language: str) -> Iterator[Finding]:
    for pattern, why in _FOUND.get(language.lower().partition("-")[0], ()):
        hit = next(((number, said) for number, line in lines if (said := pattern.search(line))), None)
        if hit:
            number, said = hit
            sentence = f"Filters hold “{said[0]}” against a mail: {why}."
            yield Finding(Severity.WARN, "spam-words", sentence, "Say it plainly.", language, number)


def _shouting(told: Told) -> Iterator[Finding]:
    where = (told.section.language, told.section.title_line)
    subject = told.section.title
    letters = _SHOUTED.findall(subject)
    loud = [letter for letter in letters if letter.isupper()]
    if len(letters) >= 12 and len(loud) > _MOST_SHOUTED * len(letters):
        yield Finding(
            Severity.WARN, "spam-capitals", "The subject is in capital letters.", "Write it as you speak.", *where
        )
    if re.search(r"[!?\uff01\uff1f]{2,}|[$€£]{2,}", subject):
        yield Finding(Severity.WARN, "spam-signs", "The subject repeats ! or ? or money.", "One is enough.", *where)
