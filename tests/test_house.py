"""The law of the house, executed: who imports whom, how long a page may be, what is written down where."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest

from config import Config

HOUSE = Path(__file__).parent.parent
NOT_IN_A_CLONE = re.compile(r"\.git|\.venv|var|__pycache__|\.hypothesis|\..*_cache")
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def found(pattern: str) -> Iterator[Path]:
    """What a clone holds, relative to the house."""
    for file in sorted(HOUSE.rglob(pattern)):
        path = file.relative_to(HOUSE)
        if file.is_file() and not any(NOT_IN_A_CLONE.fullmatch(part) for part in path.parts):
            yield path


TREES = {page: ast.parse((HOUSE / page).read_text()) for page in found("*.py")}
PRODUCT = {page: tree for page, tree in TREES.items() if page.parts[0] not in {"tests", "migrations"}}
# Alembic writes a migration, and a table is as long as it is.
OURS = {page: tree for page, tree in TREES.items() if page.parts[0] != "migrations"}


def functions(trees: dict[Path, ast.Module]) -> Iterator[tuple[str, int]]:
    """Every function by name and place, with its lines."""
    for page, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, FUNCTION):
                yield f"{page}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def names(tree: ast.Module) -> Iterator[str]:
    """Every dotted name that is read: `datetime.now`, `os.environ`, and `environ` where it was imported from os."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            yield ast.unparse(node)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def readers(forbidden: str, *, but: str) -> list[str]:
    """Which pages of the product, but one, name what a pattern forbids."""
    pattern = re.compile(forbidden)
    read = {f"{page}: {name}" for page, tree in PRODUCT.items() if page != Path(but) for name in names(tree)}
    return sorted(line for line in read if pattern.fullmatch(line.partition(": ")[2]))


def test_a_room_imports_only_rooms_below_it() -> None:
    # In a process of its own, because import-linter reconfigures logging.
    program = "from importlinter.cli import lint_imports_command as lint; lint()"
    lint = [sys.executable, "-c", program, "--no-logo", "--no-cache"]
    done = subprocess.run(lint, cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_room_is_a_package() -> None:
    # import-linter does not see a folder without __init__.py, so the law would not hold in it.
    rooms = {page.parent for page in PRODUCT if page.parts[0] == "newsletter"}
    assert [room for room in rooms if room / "__init__.py" not in PRODUCT] == []


def test_files_and_functions_stay_short(capsys: pytest.CaptureFixture[str]) -> None:
    files = {str(page): len((HOUSE / page).read_text().splitlines()) for page in OURS}
    spans = dict(functions(OURS))
    product = {page: files[str(page)] for page in PRODUCT}
    with capsys.disabled():
        print_sizes("file", {str(page): lines for page, lines in product.items()}, usual=80, long=200)
        print_sizes("function", dict(functions(PRODUCT)), usual=9, long=37)
    assert {page: lines for page, lines in files.items() if lines > 300} == {}
    assert {function: lines for function, lines in spans.items() if lines > 60} == {}


def print_sizes(kind: str, lines: dict[str, int], *, usual: int, long: int) -> None:
    """Say what is over target; nobody is stopped by it."""
    over = [f"{name} ({size})" for name, size in lines.items() if size > long]
    middle = median(lines.values())
    if over or middle > usual:
        line = f"median {kind}: {middle:g} lines (target {usual}); over {long}: {', '.join(over) or 'none'}"
        print(f"\n{line}")  # noqa: T201 - this is meant to be read


NO_NAME = re.compile(r"(.*_)?(utils?|helpers?|managers?|common|misc|data)")
# Libraries look these up by name: aiosmtpd, html.parser, SQLAlchemy.
NAMED_BY_A_LIBRARY = re.compile(r"handle_([A-Z]+|starttag|startendtag|endtag|data)|process_\w+_(param|value)")


def test_files_say_what_they_are_about() -> None:
    parts = {part for page in OURS for part in page.with_suffix("").parts}
    assert sorted(part for part in parts if NO_NAME.fullmatch(part)) == []


def test_functions_say_what_they_give() -> None:
    vague = re.compile(r"_*(process|handle|manage)_\w+")
    said = [(place, place.rpartition(" ")[2]) for place, _ in functions(OURS)]
    assert [place for place, name in said if vague.fullmatch(name) and not NAMED_BY_A_LIBRARY.fullmatch(name)] == []


def test_classes_are_no_managers() -> None:
    classes = [node.name for tree in OURS.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    assert [name for name in classes if re.search(r"(Manager|Helper|Handler|Processor|Utils?)$", name)] == []


def test_only_config_reads_the_environment() -> None:
    assert readers(r"os\.(environb?|getenvb?)(\..*)?", but="config.py") == []


def test_only_the_clock_reads_the_clock() -> None:
    calls = r"(\w+\.)*(datetime|date)\.(now|utcnow|today)|time\.(time|time_ns|localtime|gmtime)"
    databases = r"(\w+\.)*func\.(now|current_timestamp|current_date|localtimestamp)"
    assert readers(f"{calls}|{databases}", but="newsletter/clock.py") == []


@pytest.mark.parametrize("field", Config.model_fields)
def test_every_setting_is_in_the_readme(field: str) -> None:
    readme = (HOUSE / "README.md").read_text()
    assert re.search(rf"\bNEWSLETTER_{field.upper()}\b", readme)


def test_the_readme_names_no_setting_that_does_not_exist() -> None:
    named = set(re.findall(r"\bNEWSLETTER_([A-Z_]+)\b", (HOUSE / "README.md").read_text()))
    assert named <= {field.upper() for field in Config.model_fields}


def test_no_file_names_a_path_of_one_machine() -> None:
    # Somebody's home, this checkout, or a root that no system has: right here and wrong everywhere else.
    usual = {"home", "Users", "root", "tmp", "var", "usr", "opt", "srv", "mnt", "media", "run", "etc", "private"}
    root = HOUSE.parts[1:2]
    here = [str(HOUSE), *(f"/{name}/" for name in root if name not in usual)]
    places = "|".join([r"/(?:home|Users)/\w", r"/roo[t]/", r"[A-Z]:\\Users\\", *map(re.escape, here)])
    path = re.compile(rf"(?<![\w.:/>~-])(?:{places})")
    assert [f"{file}: {hit}" for file in found("*") for hit in path.findall(text(file))] == []


def test_no_file_reaches_out_of_the_house() -> None:
    climbing = re.compile(r"(?<![\w./])(?:\.\./)+[A-Za-z][\w/.-]*")
    climbs = [(file, path) for file in found("*") for path in climbing.findall(text(file))]
    assert [f"{file}: {path}" for file, path in climbs if leads_out(file, path)] == []


def leads_out(file: Path, path: str) -> bool:
    """Whether a path leads to nothing in the house, seen from its file or from the door."""
    targets = [(HOUSE / start / path).resolve() for start in (file.parent, Path())]
    is_attack = file.parts[0] == "tests" and ("etc/" in path or not any(target.exists() for target in targets))
    return not is_attack and not any(target.exists() and target.is_relative_to(HOUSE) for target in targets)


def text(file: Path) -> str:
    """A file's text; a picture gives none that means anything."""
    return (HOUSE / file).read_text(errors="replace")
