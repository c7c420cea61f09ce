import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from newsletter.db import Database
from tests.web.staff.colleagues import SITE


@pytest.mark.parametrize("table", ["user", "sign_in", "account"])
def test_with_records_out_of_reach_a_page_says_so_in_words(
    app: Flask, sqlite_db: Database, browser: FlaskClient, table: str
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with sqlite_db.engine.begin() as connection:
        connection.execute(text(f'ALTER TABLE "{table}" RENAME TO moved_off'))
    answer = browser.get("/staff/accounts", base_url=SITE)
    assert answer.status_code == 503
    assert "cannot be reached" in answer.text
    assert "moved_off" not in answer.text
