"""The public archive: topics, the bulletins of each, and one bulletin with nobody's data."""

from flask import Response, request
from markupsafe import Markup
from sqlalchemy.orm import Session

from newsletter.archive.published import (
    PublicTopic,
    Published,
    public_topic,
    public_topics,
    published,
    published_one,
)
from newsletter.archive.showing import Shown, show_each, show_to_anybody
from newsletter.errors import BadBulletin, NotFound
from newsletter.web import headers
from newsletter.web.house import house
from newsletter.web.public.blueprint import public
from newsletter.web.public.page import language, page

PAGE = 20
_FURTHEST = 10_000


@public.get("/archive", strict_slashes=False)
def show_topics() -> Response:
    """The topics that are public."""
    with house().db.read() as session:
        topics = public_topics(session)
    return for_everybody(page("topics.html", language(), topics=topics, links=house().links))


@public.get("/archive/<key>", strict_slashes=False)
def show_topic(key: str) -> Response:
    """The bulletins of a topic, a page at a time."""
    number = _page_number()
    with house().db.read() as session:
        topic = topic_of(session, key)
        found = published(session, topic.id, limit=PAGE + 1, skip=PAGE * (number - 1))
    if not found and number > 1:
        raise NotFound("The archive is not that long.")
    spoken = language()
    listed = show_each(found[:PAGE], spoken, house().links.pictures)
    has_more = len(found) > PAGE
    answer = page(
        "topic.html", spoken, topic=topic, listed=listed, number=number, has_more=has_more, links=house().links
    )
    return for_everybody(answer)


@public.get("/archive/<key>/<number>", strict_slashes=False)
def show_published(key: str, number: str) -> Response:
    """One bulletin as it was sent last, without anybody's data."""
    spoken = language()
    with house().db.read() as session:
        topic = topic_of(session, key)
        one = published_one(session, topic.id, _printable(number))
    shown = _shown(one, spoken)
    answer = page("bulletin.html", spoken, topic=topic, one=one, shown=shown, links=house().links, html=trusted(shown))
    return for_everybody(with_pictures(answer))


def with_pictures(answer: Response) -> Response:
    """The page may show our own pictures; nothing comes from elsewhere, and what comes tells nothing of its reader."""
    headers.allow(img_src=f"{house().links.pictures} data:")
    return answer


def trusted(shown: Shown) -> Markup:
    """The text of a bulletin, for a template."""
    return Markup(shown.html)  # noqa: S704 - sanitised as a whole, after the last value came in


def topic_of(session: Session, key: str) -> PublicTopic:
    """The public topic that an address names. Raises NotFound."""
    return public_topic(session, _printable(key))


def _shown(one: Published, spoken: str) -> Shown:
    try:
        return show_to_anybody(one.version_id, one.source, spoken, house().links.pictures)
    except BadBulletin as error:
        raise NotFound("This bulletin can be shown no more.") from error


def _printable(name: str) -> str:
    if not name.isprintable():  # PostgreSQL refuses to look for a NUL
        raise NotFound("There is no such name.")
    return name


def _page_number() -> int:
    said = request.args.get("page", "1")
    number = int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0
    if not 1 <= number <= _FURTHEST:
        raise NotFound("There is no such page.")
    return number


def for_everybody(answer: Response) -> Response:
    """Search engines may list it, unlike any other public page."""
    answer.headers["X-Robots-Tag"] = "all"
    return answer
