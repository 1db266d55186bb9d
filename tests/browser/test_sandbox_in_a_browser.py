"""The sandbox's page in a real browser: what a form's origin is, only a browser knows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.sandbox.play import Play, played, product


@pytest.fixture
def theater(tmp_path: Path) -> Iterator[Play]:
    """A still sandbox in stepped time."""
    with product() as heard, played(tmp_path, heard) as running:
        yield running


def test_one_answers_as_the_lead(theater: Play, chromium: Browser) -> None:
    dana = theater.lead({})
    page = chromium.new_page()
    page.goto(f"{theater.url}/leads/{dana}")
    page.get_by_label("Answer as").fill("Yes, still looking")
    page.get_by_role("button", name="Send text").click()
    expect(page.locator("#seen")).to_contain_text("Yes, still looking")
    page.close()
