import os
import shutil
import subprocess
from pathlib import Path

import pytest

HOUSE = Path(__file__).parent.parent
SCRIPTS = ["bin/run", "bin/newsletter", "bin/test", "bin/lint", "bin/bench", "bin/pictures", ".ci/run"]


@pytest.mark.parametrize("script", [*SCRIPTS, "bin/setup"])
def test_a_script_is_plain_sh(script: str) -> None:
    checked = subprocess.run(["/bin/sh", "-n", HOUSE / script], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_can_be_called(script: str) -> None:
    assert os.access(HOUSE / script, os.X_OK)
    assert (HOUSE / script).read_text().startswith("#!/bin/sh\n")


@pytest.mark.parametrize("script", ["bin/run", "bin/newsletter", "bin/lint"])
def test_without_python_a_script_says_how_to_install_it(script: str, tmp_path: Path) -> None:
    shutil.copytree(HOUSE / "bin", tmp_path / "house" / "bin")
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in ("dirname", "readlink", "cmp"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    nowhere = {"PATH": str(tools), "PYTHON": "python3"}
    called = subprocess.run(
        ["/bin/sh", tmp_path / "house" / script], env=nowhere, capture_output=True, text=True, check=False
    )
    assert called.returncode == 1
    assert called.stderr.count("\n") == 1
    assert called.stderr.endswith("apt-get install -y python3 python3-venv\n")


def test_pictures_that_are_wanted_elsewhere_do_not_overwrite_those_here(tmp_path: Path) -> None:
    command = ["/bin/sh", HOUSE / "bin" / "pictures", tmp_path]
    called = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (called.returncode, called.stdout) == (1, "")
    assert "takes no arguments" in called.stderr


def test_the_command_runs_in_the_callers_folder_and_takes_none_of_its_modules(tmp_path: Path) -> None:
    (tmp_path / "config.py").write_text("raise SystemExit('the wrong config')")
    environment = {**os.environ, "NEWSLETTER_VAR": str(tmp_path / "var")}
    command = [str(HOUSE / "bin" / "newsletter"), "import", "no-such-file.csv"]
    called = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert called.returncode in {2, 3}, called.stderr
    assert "no-such-file.csv" in called.stderr
