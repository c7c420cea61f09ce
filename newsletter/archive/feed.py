"""A topic's public bulletins as Atom (RFC 4287) and as RSS 2.0. Pure: the same bulletins give the same octets."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from uuid import NAMESPACE_URL, uuid5
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

ATOM, XML = "http://www.w3.org/2005/Atom", "http://www.w3.org/XML/1998/namespace"
ATOM_TYPE, RSS_TYPE = "application/atom+xml", "application/rss+xml"
LENGTH = 20
"""So many bulletins stand in a feed."""

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

register_namespace("atom", ATOM)


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One bulletin. `seed` tells it apart for ever; `html` is sanitised."""

    seed: str
    title: str
    summary: str
    html: str
    language: str
    link: str
    published_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Feed:
    """The feed of one topic: `link` is its page, `itself` its own address."""

    title: str
    author: str
    language: str
    link: str
    itself: str
    updated_at: datetime
    entries: Sequence[FeedEntry]


def as_atom(feed: Feed) -> bytes:
    """The feed as Atom."""
    root = Element("feed", {"xmlns": ATOM, f"{{{XML}}}lang": feed.language})
    _say(root, "id", feed.itself)
    _say(root, "title", feed.title)
    _say(root, "updated", _iso(feed.updated_at))
    SubElement(root, "link", {"rel": "self", "type": ATOM_TYPE, "href": feed.itself})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": feed.link})
    _say(SubElement(root, "author"), "name", feed.author)
    for told in feed.entries:
        entry = SubElement(root, "entry", {f"{{{XML}}}lang": told.language})
        _say(entry, "id", _id(told))
        _say(entry, "title", told.title)
        _say(entry, "published", _iso(told.published_at))
        _say(entry, "updated", _iso(told.updated_at))
        SubElement(entry, "link", {"rel": "alternate", "type": "text/html", "href": told.link})
        _say(entry, "summary", told.summary)
        _say(entry, "content", told.html, type="html")
    return _octets(root)


def as_rss(feed: Feed) -> bytes:
    """The feed as RSS 2.0."""
    root = Element("rss", {"version": "2.0"})
    channel = SubElement(root, "channel")
    _say(channel, "title", feed.title)
    _say(channel, "link", feed.link)
    _say(channel, "description", feed.title)
    _say(channel, "language", feed.language)
    _say(channel, "lastBuildDate", _rfc822(feed.updated_at))
    SubElement(channel, f"{{{ATOM}}}link", {"rel": "self", "type": RSS_TYPE, "href": feed.itself})
    for told in feed.entries:
        item = SubElement(channel, "item")
        _say(item, "title", told.title)
        _say(item, "link", told.link)
        _say(item, "description", told.summary)
        _say(item, "guid", _id(told), isPermaLink="false")
        _say(item, "pubDate", _rfc822(told.published_at))
    return _octets(root)


def _say(parent: Element, name: str, text: str, **attributes: str) -> None:
    SubElement(parent, name, attributes).text = _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _id(told: FeedEntry) -> str:
    """RFC 4287 section 4.2.6: never another one, whatever becomes of addresses, titles and topics."""
    return f"urn:uuid:{uuid5(NAMESPACE_URL, f'newsletter run {told.seed}')}"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _rfc822(at: datetime) -> str:
    return format_datetime(at.astimezone(UTC).replace(microsecond=0), usegmt=True)


def _octets(root: Element) -> bytes:
    octets: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return octets
