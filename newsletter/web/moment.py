from collections.abc import Callable
from datetime import datetime

from flask import g, has_request_context


def one_moment(clock: Callable[[], datetime]) -> Callable[[], datetime]:
    """A clock that stands still while a request is answered: what is noted of one tap is noted at one time."""

    def moment() -> datetime:
        if not has_request_context():
            return clock()
        if "moment" not in g:
            g.moment = clock()
        return g.moment  # type: ignore[no-any-return] # what was put there

    return moment
