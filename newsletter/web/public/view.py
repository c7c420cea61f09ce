"""A letter in a browser, behind "View in browser" and the links of a digest."""

from flask import Response

from newsletter.archive.personal import letter_of
from newsletter.web.house import house
from newsletter.web.public.archive import trusted, with_pictures
from newsletter.web.public.blueprint import public
from newsletter.web.public.page import language, page


@public.get("/view/<token>", strict_slashes=False)
def show_letter(token: str) -> Response:
    """The letter, for its reader; for nobody's eyes but theirs, so no search engine lists it."""
    link = house().links.read_view(token)
    with house().db.read() as session:
        letter = letter_of(session, link, house().links, house().clock())
    shown = letter.shown
    return with_pictures(page("view.html", language(letter.wish), letter=letter, shown=shown, html=trusted(shown)))
