"""`newsletter bulletin import`."""

import json
from pathlib import Path

from click.testing import CliRunner

from newsletter.cli.bulletins import bulletin
from newsletter.errors import BadFile

MAILING = Path(__file__).parents[1] / "bulletin" / "newsletters" / "mailing.html"


def test_the_bulletin_goes_to_standard_output_and_the_rest_beside_it() -> None:
    done = CliRunner().invoke(bulletin, ["import", str(MAILING)])
    assert done.exit_code == 0
    assert done.stdout.startswith("---\nnumber: \n")
    assert "Left out, and why" in done.stderr
    assert "tracking pixel" in done.stderr


def test_a_file_is_written_once(tmp_path: Path) -> None:
    out = tmp_path / "bulletin.md"
    assert CliRunner().invoke(bulletin, ["import", str(MAILING), "--out", str(out)]).exit_code == 0
    assert "# Schmierung der Spindel" in out.read_text(encoding="utf-8")
    again = CliRunner().invoke(bulletin, ["import", str(MAILING), "--out", str(out)])
    assert isinstance(again.exception, BadFile)


def test_programs_get_json() -> None:
    told = json.loads(CliRunner().invoke(bulletin, ["import", str(MAILING), "--json"]).stdout)
    assert set(told) == {"source", "images", "left_out", "look_at"}
