"""Links: whether a reader can follow them, and whether there is an answer."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from newsletter.bulletin.composed import Told
from newsletter.bulletin.finding import Finding, Severity
from newsletter.message.mentioned import Mentioned
from newsletter.message.picture import SCHEME
from newsletter.probe.answer import Answer, Outcome
from newsletter.probe.public import host_of, leads_inside

MOST = 100
"""So many links of a bulletin are followed, and more of them are a warning."""
LONGEST = 2_000  # octets of a link that is followed
_SHORTENERS = frozenset(
    ("bit.ly", "t.co", "tinyurl.com", "goo.gl", "ow.ly", "is.gd", "buff.ly", "rebrand.ly", "cutt.ly", "tiny.cc")
)
_SAYS_NOTHING = frozenset(
    ("here", "click here", "link", "this link", "more", "read more", "hier", "hier klicken", "klicken sie hier", "mehr",
     "weiterlesen", "ici", "cliquez ici", "aquí", "haga clic aquí", "qui", "clicca qui", "aqui", "clique aqui", "tutaj",
     "kliknij tutaj", "klik hier", "här", "klicka här", "zde", "klikněte zde", "こちら", "点击这里", "هنا", "اضغط هنا")
)  # fmt: skip


def forbidden_links(told: Told) -> Iterator[Finding]:
    """Links into a private network, of images too: a reader gets nowhere, or somewhere of their own."""
    for mention in told.mentions:
        if _is_web(mention.url) and leads_inside(_without_tags(mention.url)):
            sentence = f"{mention.url[:80]} leads into a private network, where readers cannot go."
            hint = "Link to a page that everybody can reach."
            yield Finding(Severity.BLOCK, "link-private", sentence, hint, told.section.language, mention.line)


def about_links(told: Told, answers: Mapping[str, Answer]) -> Iterator[Finding]:
    """What is odd about each link, and what its server said."""
    language = told.section.language
    if len(told.links) > MOST:
        sentence = f"There are {len(told.links):,} links; filters take such mails for advertising."
        yield Finding(Severity.WARN, "links-many", sentence, f"Only the first {MOST} are followed here.", language)
    odd = [finding for link in told.links[:MOST] for finding in _odd(link, language)]
    wrong = [finding for mention in told.mentions[:MOST] for finding in _wrong(mention, answers, language)]
    yield from (*odd, *wrong)
    elsewhere = [mention for mention in told.mentions if not mention.url.startswith(SCHEME)]
    followed = [mention for mention in elsewhere if is_followed(mention)]
    open_ones = [mention for mention in followed if mention.url not in answers]
    if open_ones:
        sentence = f"{len(open_ones)} of {len(elsewhere)} links and images were not followed yet."
        yield Finding(
            Severity.WARN, "links-open", sentence, "Have them checked on this page.", language, open_ones[0].line
        )
    elif elsewhere and not odd and not wrong:
        sentence = "Every link answers." if followed else "Every reader has links of their own; none is followed here."
        yield Finding(Severity.FINE, "links", sentence, "", language)


def is_followed(mention: Mentioned) -> bool:
    """Whether it can be looked at: a web address, the same for every reader."""
    return _is_web(mention.url) and not mention.has_tag and len(mention.url.encode()) <= LONGEST


def _odd(link: Mentioned, language: str) -> Iterator[Finding]:
    where = (language, link.line)
    if link.words.strip().lower().rstrip(".…!") in _SAYS_NOTHING:
        sentence = f"A link says “{link.words.strip()}”: who hears or skims links does not know where it leads."
        yield Finding(Severity.WARN, "link-words", sentence, "Let its words say what is there.", *where)
    if host_of(link.url) in _SHORTENERS:
        sentence = f"{link.url[:80]} hides where it leads, and filters distrust it."
        yield Finding(Severity.WARN, "link-shortened", sentence, "Link to the page itself.", *where)
    if link.url.startswith("http:"):
        sentence = f"{link.url[:80]} is not encrypted."
        yield Finding(Severity.WARN, "link-open", sentence, "Use its https address, if there is one.", *where)
    shown = link.words.strip().lower()
    if shown.startswith(("http://", "https://", "www.")) and not _same_host(shown, link.url):
        sentence = (
            f"A link says {shown[:60]} and leads to {host_of(link.url) or link.url[:60]}: it looks like phishing."
        )
        yield Finding(Severity.WARN, "link-disguised", sentence, "Let both be the same, or use words.", *where)


def _wrong(mention: Mentioned, answers: Mapping[str, Answer], language: str) -> Iterator[Finding]:
    answer = answers.get(mention.url)
    if answer is None or answer.outcome is Outcome.ANSWERS:
        return
    what = "image" if mention.is_image else "link"
    hint = f"Open the {what} yourself, and correct or remove it."
    sentence = f"{mention.url[:80]}: {answer.words}"
    yield Finding(Severity.WARN, f"{what}-{answer.outcome}", sentence, hint, language, mention.line)


def _same_host(shown: str, url: str) -> bool:
    said = host_of(shown if "://" in shown else f"https://{shown}").removeprefix("www.")
    return said == host_of(_without_tags(url)).removeprefix("www.")


def _is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https")
    except ValueError:
        return True  # such as [x](http://[) : no host to be sure of


def _without_tags(url: str) -> str:
    """A tag never stands before the path, but its braces would be no part of an address."""
    return url.partition("{{")[0]
