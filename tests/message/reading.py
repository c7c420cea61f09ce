"""A bulletin as its reader sees it."""

from html.parser import HTMLParser

from newsletter.message.render import prepare
from tests.message.bulletins import FRAME, TAGS, VALUES


class Reader(HTMLParser):
    """What a browser sees: the elements with their attributes, and the words."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data

    def every(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def filled(markdown: str, **values: str) -> tuple[str, str]:
    return prepare(markdown=markdown, tags=TAGS, frame=FRAME).fill({**VALUES, **values})


def read(markdown: str, **values: str) -> Reader:
    return Reader(filled(markdown, **values)[0])
