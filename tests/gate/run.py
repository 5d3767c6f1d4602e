"""Run all quality gates and print figures and floors: `python -m tests.gate.run [--update [--lower]]`."""

from __future__ import annotations

import argparse
import json
import sys

from tests.support.gates import BASELINE, GATES, baseline, below_floor, updated


def main() -> int:
    """Measure the gates, print figures and floors, and return the exit code.

    The exit code is 0 if all figures reach their floors on the pinned corpora. With --update, hashes of the corpora and
    floors are written, and the exit code is 1 if a floor would have to be lowered without --lower.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="gates to run; default: all")
    parser.add_argument("--update", action="store_true", help="pin the corpus and raise the floors")
    parser.add_argument("--lower", action="store_true", help="with --update: lower floors, too")
    options = parser.parse_args()
    unknown = sorted(set(options.names) - {gate.name for gate in GATES})
    if unknown:
        parser.error(f"no such gate: {', '.join(unknown)}; known: {', '.join(gate.name for gate in GATES)}")
    pinned, failed = baseline(), False
    for gate in GATES:
        if options.names and gate.name not in options.names:
            continue
        corpus, figures, entry = gate.corpus_hash(), gate.measure(), pinned[gate.name]
        below = below_floor(figures, entry["floors"])
        print(f"{gate.name}: corpus {corpus[:12]}" + ("" if corpus == entry["corpus"] else " (not the pinned one)"))
        for name, figure in figures.items():
            mark = "  BELOW" if name in below else ""
            print(f"  {name:24} {figure:.4f}  floor {entry['floors'].get(name, 0.0)}{mark}")
        if options.update:
            try:
                pinned[gate.name] = updated(entry, corpus, figures, lower=options.lower)
            except ValueError as error:
                print(f"{gate.name}: {error}", file=sys.stderr)
                failed = True
        else:
            failed |= bool(below) or corpus != entry["corpus"]
    if options.update:
        BASELINE.write_text(json.dumps(pinned, indent=1) + "\n", encoding="utf-8")
        print(f"written: {BASELINE}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
