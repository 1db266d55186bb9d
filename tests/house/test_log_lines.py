"""What a log line is given: ids and codes, never the sentence that people read in the story."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("connector", "adapters", "jobs")
_LOGGERS = ("log", "_log")


def _log_calls(tree: ast.AST) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in _LOGGERS
    ]


def test_no_log_line_is_given_a_vendors_sentence() -> None:
    calls = [
        (path.relative_to(ROOT).as_posix(), call)
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        for call in _log_calls(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert len(calls) > 40
    told = [
        f"{path}:{call.lineno}"
        for path, call in calls
        if any(isinstance(node, ast.Attribute) and node.attr == "sentence" for node in ast.walk(call))
    ]
    assert told == []
