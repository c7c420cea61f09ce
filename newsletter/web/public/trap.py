"""The page behind the link that no reader sees: whoever comes here opens every link of a mail."""

from flask import Response

from newsletter.web.house import house
from newsletter.web.public.blueprint import public
from newsletter.web.public.page import language, page


@public.get("/about/<token>")
def show_trap(token: str) -> Response:
    """Says what the link is for; changes nothing, and leads nowhere."""
    house().links.read_opt_out(token)
    return page("trap.html", language())
