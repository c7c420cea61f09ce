"""What every view needs, found through the running application."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from flask import Flask, current_app

from config import Config
from newsletter.db import Database
from newsletter.links import Links
from newsletter.optout.receipt import Goodbye
from newsletter.post.wording import Writer

_KEY = "newsletter"


@dataclass(frozen=True, slots=True)
class House:
    """The settings, the database, the maker of links and the clock of one application."""

    config: Config
    db: Database
    links: Links
    clock: Callable[[], datetime]

    @property
    def goodbye(self) -> Goodbye | None:
        """How to say goodbye to who leaves without a page; None where this installation does not."""
        return self.config.goodbye(self.links)

    @property
    def writer(self) -> Writer:
        """Who writes the letters that are no bulletin."""
        return self.config.writer


def move_in(app: Flask, house: House) -> None:
    """Make `house` the one that the application's views find."""
    app.extensions[_KEY] = house


def house() -> House:
    """The house of the application that serves the current request."""
    return cast("House", current_app.extensions[_KEY])
