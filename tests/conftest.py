"""What every test has: helpers of tests/ importable by name, no environment of the machine's owner."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

for _name in [name for name in os.environ if name.startswith("SUOWEN_")]:
    del os.environ[_name]
