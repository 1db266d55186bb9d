from __future__ import annotations

import importlib
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jobs.cli.bench import BENCHMARKS

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment(tmp_path: Path, redis_url: str) -> dict[str, str]:
    """The caller's, with traps: whatever a user has set of vendors must reach no benchmark."""
    trap = "http://127.0.0.1:9"
    return {
        **os.environ,
        "TMPDIR": str(tmp_path),
        "PYTHONPATH": str(ROOT),
        "REDIS_URL": redis_url,
        "TWILIO_API_URL": trap,
        "SENDGRID_API_URL": trap,
        "HUBSPOT_API_URL": trap,
    }


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_every_benchmark_is_told_what_it_may_be_told(name: str) -> None:
    measure = importlib.import_module(BENCHMARKS[name]).measure
    assert inspect.signature(measure).parameters.keys() == {"options"}


def bench(name: str, environment: dict[str, str], size: int) -> dict[str, Any]:
    command = [
        sys.executable,
        "-m",
        "jobs.cli",
        "bench",
        name,
        "--json",
        "--rounds",
        "1",
        "--size",
        str(size),
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


@pytest.mark.parametrize("name", sorted(BENCHMARKS))
def test_a_benchmark_ends_with_its_figures_and_leaves_nothing(
    name: str, environment: dict[str, str], tmp_path: Path
) -> None:
    figures = bench(name, environment, size=12)
    assert figures["name"] == name
    assert figures["unit"]
    assert figures["ratio"] == pytest.approx(figures["measured"] / figures["baseline"], abs=0.01, rel=0.01)
    assert min(figures["measured"], figures["baseline"], figures["responder_ceiling_per_second"]) > 0
    assert sys.platform != "linux" or figures["peak_rss_mb"] > 0
    assert [left for left in tmp_path.iterdir() if left.name.startswith("sixthtouch-bench")] == []
