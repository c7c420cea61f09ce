"""A letter's HTML as a page of its own, for a frame: it may style itself and load images, and nothing else."""

import re

from flask import Response

from newsletter.web import headers
from newsletter.web.house import house

_HEAD = re.compile(r"<head\b[^>]*>", re.IGNORECASE)
# Links open beside the page: in the small frame most sites refuse to be shown.
_OPEN_BESIDE = '<base target="_blank">'


def letter_alone(html: str) -> Response:
    """The answer that shows the HTML; only our own pages may frame it."""
    ours = house().links.pictures
    headers.allow(
        style_src="'unsafe-inline'",
        script_src="'none'",
        connect_src="'none'",
        img_src="https:" if ours.startswith("https:") else f"https: {ours}",
        form_action="'none'",
        frame_ancestors="'self'",
        sandbox="allow-popups allow-popups-to-escape-sandbox",
    )
    return Response(_HEAD.sub(lambda head: head[0] + _OPEN_BESIDE, html, count=1), mimetype="text/html")
