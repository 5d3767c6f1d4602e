"""Run the fault tests of the backfill that the suite skips: `nox -s campaign -- backfill_faults`.

The tests wait for timeouts of a cluster, a storage and a database; together they take about 40 s.
"""

from __future__ import annotations

import os
import sys

import pytest

if __name__ == "__main__":
    os.environ["SUOWEN_TEST_FAULTS"] = "1"
    sys.exit(pytest.main(["tests/backfill/test_dask_cluster.py", *sys.argv[1:]]))
