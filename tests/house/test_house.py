"""The house is kept: locks, names, processes, and what its pages promise."""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from importlib.util import find_spec
from pathlib import Path

import pytest

from adapters.transport import POOL_SIZE
from connector.settings import describe_settings
from connector.use_cases.advance import BATCH
from jobs.cli import COMMANDS
from jobs.cli.process_checks import PROCESS_CHECKS
from jobs.cli.provider_checks import PROVIDER_CHECKS
from jobs.cli.supervisor.procfile import read_procfile

ROOT = Path(__file__).resolve().parents[2]
LOCKS = ("requirements.txt", "requirements-dev.txt", "requirements-assets.txt")
ROOMS = ("connector", "adapters", "jobs", "bench")
USED_WITHOUT_IMPORT = {
    "psycopg": "SQLAlchemy's way to PostgreSQL",
    "tzdata": "the zones, where the machine has none",
}
_ADDRESS = re.compile(r"https?://(?!github\.com|opencollective\.com)|--(extra-)?index-url|--find-links")
_LONGEST_FILE = 400
_LONGEST_FUNCTION = 60


def sources() -> Iterator[Path]:
    """Our own Python files, without the schema's history."""
    yield ROOT / "app.py"
    for room in (*ROOMS, "assets", "tests"):
        yield from (
            path for path in (ROOT / room).rglob("*.py") if "migrations/versions" not in path.as_posix()
        )


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sources():
        yield path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_every_package_by_version_and_hash_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", "")
    lines = [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]
    assert all(re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+ .*--hash=sha256:", line) for line in lines)
    assert not _ADDRESS.search(text)


def test_the_runtime_is_locked_alike_for_running_and_for_testing() -> None:
    pins = [
        set(re.findall(r"^([\w.-]+==\S+)", (ROOT / name).read_text(), re.MULTILINE)) for name in LOCKS[:2]
    ]
    assert pins[0] <= pins[1]


def test_everything_the_project_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {re.split(r"[\[<>=; ]", each)[0].lower() for each in project["project"]["dependencies"]}
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.txt").read_text(), re.MULTILINE))
    assert asked <= locked


def test_what_is_imported_is_asked_for_and_what_is_asked_for_is_used() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {re.split(r"[\[<>=; ]", each)[0].lower() for each in project["project"]["dependencies"]}
    origins = packages_distributions()
    imports = {
        name.split(".")[0] for path, tree in trees() if path.parts[0] != "tests" for name in imported(tree)
    }
    used = {origin.lower().replace("_", "-") for name in imports for origin in origins.get(name, ())}
    used -= {"sixthtouch"}
    assert used == asked - set(USED_WITHOUT_IMPORT)


def test_the_assets_lock_has_no_address_and_a_hash_for_everything() -> None:
    packages = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    installed = {path: package for path, package in packages.items() if path}
    assert all(package["integrity"].startswith("sha512-") for package in installed.values())
    assert not any("resolved" in package for package in installed.values())


def test_there_is_one_lock_of_a_kind() -> None:
    assert [
        path.name for path in ROOT.iterdir() if path.name in ("uv.lock", "poetry.lock", "yarn.lock")
    ] == []


def test_git_holds_no_code_of_others() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    assert [
        path for path in listed.splitlines() if "/vendor/" in path or path.startswith("node_modules/")
    ] == []


def test_the_procfile_has_every_process_and_each_can_be_started() -> None:
    commands = read_procfile(ROOT / "Procfile")
    assert list(commands) == ["web", "worker", "clock", "release"]
    for command in commands.values():
        program, *rest = shlex.split(command)
        assert (Path(sys.executable).parent / program).exists()
        assert program != "python" or find_spec(rest[1]) is not None


def test_a_file_is_a_noun_or_a_verb_and_no_bag() -> None:
    bags = {"utils", "util", "helpers", "helper", "common", "misc", "shared"}
    assert [path for path in sources() if bags & {path.stem, path.parent.name}] == []


def test_every_command_is_a_file() -> None:
    files = {path.stem for path in (ROOT / "jobs" / "cli").glob("*.py")}
    assert {name.replace("-", "_") for name in COMMANDS} <= files


def test_no_file_and_no_function_is_long() -> None:
    too_long = []
    for path, tree in trees():
        if len((ROOT / path).read_text(encoding="utf-8").splitlines()) > _LONGEST_FILE:
            too_long.append(str(path))
        too_long += [
            f"{path}:{node.name}"
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= _LONGEST_FUNCTION
        ]
    assert too_long == []


def test_every_module_says_what_it_is_for() -> None:
    silent = [str(path) for path, tree in trees() if tree.body and not ast.get_docstring(tree)]
    assert [path for path in silent if not path.startswith("tests/")] == []


def test_no_assert_decides_what_the_product_does() -> None:
    asserting = [
        str(path)
        for path, tree in trees()
        if path.parts[0] != "tests" and any(isinstance(node, ast.Assert) for node in ast.walk(tree))
    ]
    assert asserting == []


def test_nothing_imports_the_composition_root() -> None:
    assert [str(path) for path, tree in trees() if path.parts[0] != "tests" and "app" in imported(tree)] == []


def test_rules_need_nothing_but_the_standard_library() -> None:
    foreign = set()
    for path, tree in trees():
        if path.parts[:2] == ("connector", "domain"):
            foreign |= {name for name in imported(tree) if not is_pure(name)}
    assert foreign == set()


def imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def is_pure(module: str) -> bool:
    return module.split(".", maxsplit=1)[0] in sys.stdlib_module_names or module.startswith(
        "connector.domain"
    )


def test_no_test_replaces_a_part_of_ours_or_is_skipped() -> None:
    shortcuts = re.compile(
        r"unittest[.]mock|monkeypatch[.]setattr|mark[.](skip|skipif|xfail)|pytest[.](skip|xfail)\("
    )
    used = [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in (ROOT / "tests").rglob("*.py")
        if path != Path(__file__) and (match := shortcuts.search(path.read_text(encoding="utf-8")))
    ]
    assert used == []


def links(page: Path) -> list[str]:
    text = page.read_text(encoding="utf-8")
    return [link for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text) if "://" not in link]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/operating.md"])
def test_what_a_page_points_to_is_there(page: str) -> None:
    folder = (ROOT / page).parent
    assert [link for link in links(ROOT / page) if not (folder / link).exists()] == []


@pytest.mark.parametrize("page", ["README.md", "docs/operating.md"])
def test_every_setting_a_page_names_is_one(page: str) -> None:
    named = set(re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", (ROOT / page).read_text(encoding="utf-8")))
    assert named <= {name for name, _, _ in describe_settings()}


def test_the_page_for_operators_says_what_to_do_about_each_check() -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    told = set(re.findall(r"^\| ([a-z ]+) \|", page.partition("## When something is red")[2], re.MULTILINE))
    alive = {"database", "redis", *PROCESS_CHECKS, *PROVIDER_CHECKS}
    assert told == alive


def test_as_many_connections_are_kept_to_a_vendor_as_touches_are_sent_at_once() -> None:
    assert POOL_SIZE == BATCH
