import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HOUSE = Path(__file__).parent.parent
PROJECT = tomllib.loads((HOUSE / "pyproject.toml").read_text())
RUNTIME = PROJECT["project"]["dependencies"]
DIRECT = {"requirements.txt": RUNTIME, "requirements-dev.txt": RUNTIME + PROJECT["dependency-groups"]["dev"]}
LOCKS = pytest.mark.parametrize("lock", DIRECT)


def pins(lock: str) -> dict[str, str]:
    """Each pinned requirement, by canonical name and markers, with everything up to the next one."""
    blocks = re.split(r"\n(?=[a-zA-Z0-9])", (HOUSE / lock).read_text())
    return {canonicalize_name(block.partition("==")[0]): block for block in blocks if "==" in block.split("\n")[0]}


@LOCKS
def test_a_lock_pins_every_direct_dependency_within_its_bounds(lock: str) -> None:
    pinned = pins(lock)
    for requirement in map(Requirement, DIRECT[lock]):
        version = re.match(r"[^=]+==([^ ]+)", pinned[canonicalize_name(requirement.name)])
        assert version, requirement.name
        assert version[1] in requirement.specifier, requirement.name


@LOCKS
def test_a_lock_has_a_hash_for_everything(lock: str) -> None:
    assert [name for name, block in pins(lock).items() if "--hash=sha256:" not in block] == []


@LOCKS
def test_a_lock_names_no_place_to_download_from(lock: str) -> None:
    said = [line for line in (HOUSE / lock).read_text().splitlines() if not line.lstrip().startswith("#")]
    assert [line for line in said if "://" in line or "index-url" in line or "find-links" in line] == []


def test_both_locks_agree() -> None:
    versions = [
        {name: re.split(r"[ ;\\]", block)[0] for name, block in pins(lock).items()}
        for lock in ("requirements.txt", "requirements-dev.txt")
    ]
    assert versions[0].items() <= versions[1].items()
