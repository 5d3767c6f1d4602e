"""What every test has: helpers of tests/ importable by name, no environment of the machine's owner."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

#: COLUMNS: a terminal's width, which pytest-xdist's processes are given too; tables would fold to it
for _name in [name for name in os.environ if name.startswith("SUOWEN_") or name == "COLUMNS"]:
    del os.environ[_name]


@pytest.fixture
def public_path(tmp_path: Path) -> Path:
    """The test's folder, which other users of the machine may enter: pytest shuts those above it to all but its own."""
    for folder in (tmp_path, *tmp_path.parents):
        if folder.stat().st_mode & 0o5 != 0o5:
            folder.chmod(0o755)
    return tmp_path
