"""Where things are that the engine must, and must not, have with it."""

import ast
import subprocess
import sys
from pathlib import Path

HOUSE = Path(__file__).parents[2]


def test_one_file_rings_for_all_timed_work() -> None:
    pages = [page for page in (HOUSE / "newsletter").rglob("*.py") if imports_apscheduler(page)]
    assert [str(page.relative_to(HOUSE)) for page in pages] == ["newsletter/engine/bells.py"]


def imports_apscheduler(page: Path) -> bool:
    for node in ast.walk(ast.parse(page.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(name.split(".")[0] == "apscheduler" for name in names):
            return True
    return False


def test_an_engine_is_started_without_the_web() -> None:
    program = "import sys, newsletter.cli.sending; print('flask' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=HOUSE, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
