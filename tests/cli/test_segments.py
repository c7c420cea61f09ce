"""`newsletter segment …` as its users start it."""

import json
from datetime import datetime

import pytest
from click.testing import CliRunner

from newsletter.cli import newsletter
from newsletter.db import Database
from newsletter.errors import NotFound
from newsletter.segment.definition import Definition, How
from newsletter.segment.saving import NEW, save_segment
from tests.segment import told
from tests.segment.told import agreement, all_, model


def test_segments_are_listed_shown_and_counted(
    db: Database, now: datetime, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", db.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("NEWSLETTER_VAR", str(tmp_path_factory.mktemp("var")))
    with db.write() as session:
        told.tell(session, now)
    definition = Definition(all_(model("VX-500i"), agreement(How.NONE)))
    save_segment(db, "ours", "Our own", definition, seen=NEW, author="mara", now=now)

    def call(*arguments: str) -> str:
        done = CliRunner().invoke(newsletter, ["segment", *arguments])
        if isinstance(done.exception, NotFound):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.output

    assert "ours" in call("list")
    assert "Our own" in call("list", "--json")
    assert "machines of model VX-500i and without a running agreement" in call("show", "ours")
    assert json.loads(call("show", "ours", "--json"))["versions"][0]["author"] == "mara"
    assert call("count", "ours").split()[:4] == ["4", "people", "1", "accounts"]
    assert json.loads(call("count", "ours", "--json"))["people"] == 4
    with pytest.raises(NotFound):
        call("count", "none")
