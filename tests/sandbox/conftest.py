"""Sandboxes for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.sandbox.play import Play, Product, played, product
from tests.specs.findings import hold


@pytest.fixture
def heard() -> Iterator[Product]:
    """A stand-in for the product."""
    with product() as stand_in:
        yield stand_in


@pytest.fixture
def play(tmp_path: Path, heard: Product) -> Iterator[Play]:
    """A still sandbox in stepped time."""
    with played(tmp_path, heard) as running:
        yield running
    assert hold(running.record, "sandbox", answers_alone=True) == []


@pytest.fixture
def play_again(tmp_path: Path, heard: Product) -> Callable[[], AbstractContextManager[Play]]:
    """Starts a sandbox on one file of state, as often as asked."""
    return lambda: played(tmp_path, heard, data_path=tmp_path / "sandbox.db")
