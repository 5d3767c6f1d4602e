"""Names and versions of the program and its rules, as stored in Commits and sent in requests."""

from __future__ import annotations

from ingest import __version__

PROGRAM = f"suowen {__version__}"

#: versions of the rule sets; stored results can be replayed after a change
RULES = {"read": "2", "judge": "3", "same": "3", "facts": "4"}
