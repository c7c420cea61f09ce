"""Images: what they say to who cannot see them, and how much they weigh."""

import re
from collections.abc import Iterator, Mapping

from newsletter.bulletin.composed import Told
from newsletter.bulletin.finding import Finding, Severity
from newsletter.message.mentioned import Mentioned
from newsletter.message.picture import SCHEME
from newsletter.probe.answer import Answer

HEAVY, HEAVY_TOGETHER = 300_000, 1_000_000  # octets
NOTHING_KNOWN: Mapping[str, int] = {}
_FILE_NAME = re.compile(
    r"[\w -]+\.(?:avif|bmp|gif|heic|jpe?g|png|svg|tiff?|webp)|(?:img|image|dsc|photo|bild)[\W_]*\d*", re.IGNORECASE
)


def about_images(
    told: Told, answers: Mapping[str, Answer], pictures: Mapping[str, int] = NOTHING_KNOWN
) -> Iterator[Finding]:
    """Their words, their weight, and whether they travel openly. `pictures` has the octets of our own by name."""
    language, images = told.section.language, told.images
    wanting = [finding for image in images for finding in _about(image, language)]
    answered = {url: answer.octets for url, answer in answers.items()}
    heavy = list(
        _weights(images, {**answered, **{f"{SCHEME}{name}": octets for name, octets in pictures.items()}}, language)
    )
    yield from (*wanting, *heavy)
    if images and not wanting:
        yield Finding(Severity.FINE, "image-words", "Every image says in words what it shows.", "", language)


def _about(image: Mentioned, language: str) -> Iterator[Finding]:
    where = (language, image.line)
    if not image.words.strip():
        hint = "Write it between the brackets: ![Where the grease nipple is](…)"
        yield Finding(
            Severity.WARN, "image-no-words", f"{_name(image)} has no words for who cannot see it.", hint, *where
        )
    elif _FILE_NAME.fullmatch(image.words.strip()):
        sentence = f"{_name(image)} is described as “{image.words[:60]}”, which is the name of a file."
        yield Finding(Severity.WARN, "image-no-words", sentence, "Say what it shows.", *where)
    if image.url.startswith("http:"):
        sentence = f"{_name(image)} is loaded without encryption, and many mail programs will not."
        yield Finding(Severity.WARN, "image-open", sentence, "Use its https address.", *where)


def _weights(images: tuple[Mentioned, ...], octets_of: Mapping[str, int], language: str) -> Iterator[Finding]:
    lines = {image.url: image.line for image in reversed(images)}
    weights = {url: octets_of[url] for url in lines if url in octets_of}
    for url, octets in weights.items():
        if octets > HEAVY:
            hint = "Make it 1200 pixels wide at most and save it as JPEG or WebP."
            sentence = f"The image {_file(url)} weighs {octets // 1000:,} kB."
            yield Finding(Severity.WARN, "image-heavy", sentence, hint, language, lines[url])
    together = sum(weights.values())
    if together > HEAVY_TOGETHER:
        sentence = f"The images weigh {together // 1000:,} kB together."
        yield Finding(Severity.WARN, "images-heavy", sentence, "On a phone in a plant that takes long.", language)


def _name(image: Mentioned) -> str:
    return f"The image {_file(image.url)}"


def _file(url: str) -> str:
    return url.removeprefix(SCHEME).partition("?")[0].rpartition("/")[2][:60] or url[:60]
