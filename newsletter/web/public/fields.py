from collections.abc import Mapping
from urllib.parse import parse_qsl

from flask import request

from newsletter.errors import Refused
from newsletter.language import sentence

MOST_FIELDS = 200
UNREADABLE = sentence("This form came in a way we cannot read. Please go back, reload the page and try again.")


def fields() -> Mapping[str, str]:
    """The fields of the request's form, in either encoding. Raises Refused for what is no UTF-8, 413 for too much.

    A mail program's one-click POST is read whatever it calls its type: only multipart/form-data is another shape. Of a
    repeated field the first counts.
    """
    body = request.get_data(cache=True)
    try:
        text = body.decode()
        if request.mimetype == "multipart/form-data":
            return request.form.to_dict()
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError as error:  # UnicodeDecodeError is one
        raise Refused(UNREADABLE) from error
    return dict(reversed(pairs))
