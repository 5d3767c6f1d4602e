"""The `suowen` command, thin: parse, build the parts, call, print.

app.py      the command itself: options for all, errors to exit codes
work.py     init, demo, run, add, serve, digest
ask.py      sources, check, list, show, log, verify, export
research.py station, stations, story: what the articles tell together
ledger.py   diff, search, reindex, backup, restore, archive, import: the store kept, compared, searched
trial.py    read, judge, facts, cluster: what the line would do, nothing stored
console.py  tables, progress, JSON
"""

from ingest.cli.app import main

__all__ = ["main"]
