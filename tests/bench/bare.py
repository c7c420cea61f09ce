"""A bare Flask route that does one insert, for `bin/bench optout`: the least that any program can do."""

import os

from flask import Flask
from sqlalchemy import text

from newsletter.db import Database

app = Flask(__name__)
_db = Database(os.environ["NEWSLETTER_DATABASE_URL"])
with _db.write() as _session:
    _session.execute(text("CREATE TABLE IF NOT EXISTS bare (word TEXT)"))


@app.post("/leave/<word>")
def insert(word: str) -> str:
    """One row, one commit."""
    with _db.write() as session:
        session.execute(text("INSERT INTO bare (word) VALUES (:word)"), {"word": word})
    return "kept\n"
