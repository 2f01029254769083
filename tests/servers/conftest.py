"""Servers that nobody of this project wrote, and the counts that are held against them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.installed import newest_node


@pytest.fixture(scope="session")
def node() -> Path:
    """Return the Node.js that the servers run on."""
    return newest_node()
