"""Backfill campaign: the command is killed with SIGKILL at random times and run again; no article is lost or doubled.

    python -m tests.campaigns.backfill [--files 60] [--kills 20] [--seed 1]

The short form is `test_the_command_is_killed_and_called_again` of tests/backfill/test_dask_cluster.py. Exits with 1
when an article is missing or doubled, a partition is open at the end, the last run fails, or verify reports a problem.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.support.archive_pages import mixed, write_warc
from tests.support.command import run_json
from tests.support.runs import working_folder

COMMAND = "if __name__ == '__main__':\n from ingest.cli.main import main\n main()\n"


def campaign(folder: Path, files: int, kills: int, seed: int) -> list[str]:
    """Kill the command `kills` times, then let it finish; return the problems found."""
    random_ = random.Random(seed)
    archive, home, script = folder / "archive", folder / "home", folder / "command.py"
    archive.mkdir()
    script.write_text(COMMAND, encoding="utf-8")
    rows = [mixed(12, 4, number * 12) for number in range(files)]
    for number, some in enumerate(rows):
        write_warc(archive / f"{number}.warc.gz", some)
    working_folder(home, "http://127.0.0.1:9")
    env = os.environ | {"SUOWEN_HOME": str(home), "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, str(script), "backfill", str(archive)]
    for _ in range(kills):
        running = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random_.uniform(2, 25))
        running.kill()
        running.wait()
    last = subprocess.run([*command, "--json"], env=env, capture_output=True, check=False)
    problems = [] if last.returncode == 0 else [last.stderr.decode()]
    (status,) = run_json("backfill", "--status", home=home)
    if status["states"] != {"done": files}:
        problems.append(f"partitions: {status['states']}")
    expected = sorted(url for some in rows for url, _ in some[3::4])
    stored = sorted(row["url"] for row in run_json("list", "--limit", str(10 * files), home=home))
    if stored != expected:
        problems.append(f"{len(expected)} features expected, {len(stored)} articles stored")
    return problems + list(run_json("verify", home=home)["problems"])


def main() -> None:
    """Parse the arguments, run the campaign and exit with 1 if it found problems."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=60)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        problems = campaign(Path(folder), options.files, options.kills, options.seed)
    print("\n".join(problems) or "nothing lost, nothing doubled")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
