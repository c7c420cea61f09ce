"""The feeds of the public archive: the same for everybody, so anybody on the way may keep them."""

from flask import Response, make_response, request

from newsletter.archive.feed import ATOM_TYPE, LENGTH, RSS_TYPE, Feed, FeedEntry, as_atom, as_rss
from newsletter.archive.published import PublicTopic, Published, changed_at, published
from newsletter.archive.showing import Shown, show_each
from newsletter.language import LANGUAGES
from newsletter.web.house import house
from newsletter.web.public.archive import for_everybody, topic_of
from newsletter.web.public.blueprint import public

_FEEDS = {"atom.xml": (as_atom, ATOM_TYPE), "rss.xml": (as_rss, RSS_TYPE)}
_FRESH = "public, max-age=600"  # seconds; who asks later is told by a 304 that there is nothing new


@public.get("/archive/<key>/atom.xml", defaults={"name": "atom.xml"})
@public.get("/archive/<key>/rss.xml", defaults={"name": "rss.xml"})
def show_feed(key: str, name: str) -> Response:
    """The newest bulletins for feed readers, which learn by a 304 that there is nothing new."""
    wish = request.args.get("lang", "")
    with house().db.read() as session:
        topic = topic_of(session, key)
        found = published(session, topic.id, limit=LENGTH)
        changed = changed_at(session, topic.id) or house().clock()
    write, kind = _FEEDS[name]
    itself = house().links.archive(key, name) + (f"?lang={wish}" if wish in LANGUAGES else "")
    entries = [_entry(topic, one, shown) for one, shown in show_each(found, wish, house().links.pictures)]
    answer = make_response(
        write(
            Feed(
                title=f"{house().config.vendor_name}: {topic.name}",
                author=house().config.vendor_name,
                language=entries[0].language if entries else "en",
                link=house().links.archive(key),
                itself=itself,
                updated_at=changed,
                entries=entries,
            )
        )
    )
    answer.content_type = f"{kind}; charset=utf-8"
    answer.last_modified = changed
    answer.headers["Cache-Control"] = _FRESH
    answer.add_etag()
    answer.make_conditional(request)
    return for_everybody(answer)


def _entry(topic: PublicTopic, one: Published, shown: Shown) -> FeedEntry:
    return FeedEntry(
        seed=one.seed,
        title=shown.title,
        summary=shown.summary,
        html=shown.html,
        language=shown.language,
        link=house().links.archive(topic.key, one.number),
        published_at=one.first_sent_at,
        updated_at=one.last_sent_at,
    )
