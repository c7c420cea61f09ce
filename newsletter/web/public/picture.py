"""The pictures that letters show: the same for every reader, without a token, a cookie or a note of who asked."""

from flask import Response, make_response, request

from newsletter.enclosure.keep_picture import picture_of
from newsletter.errors import NotFound
from newsletter.message.picture import read_name
from newsletter.web.house import house
from newsletter.web.public.blueprint import public

_FOR_EVER = "public, max-age=31536000, immutable"  # a name never means other octets


@public.get("/picture/<name>", strict_slashes=False)
def picture(name: str) -> Response:
    """The octets, to be kept by whoever fetches them; any page may show them, as webmail does."""
    if read_name(name) is None:
        raise NotFound("There is no such picture.")
    with house().db.read() as session:
        found = picture_of(session, name)
        answer = make_response(found.content)
    answer.content_type = found.kind
    answer.headers["Cache-Control"] = _FOR_EVER
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.set_etag(name)
    answer.make_conditional(request)
    return answer
