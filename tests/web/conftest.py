"""What the tests of the web process ask for."""

from __future__ import annotations

import pytest

from connector.store.sessions import Sessions
from tests.web.neighborhood import Neighborhood, build_neighborhood


@pytest.fixture
def hood(sessions: Sessions) -> Neighborhood:
    """Alice has installed; Dana is the only contact; nobody is enrolled."""
    return build_neighborhood(sessions)
