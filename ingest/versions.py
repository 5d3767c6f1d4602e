"""Names and versions of the program and its rules, as stored in Commits and sent in requests."""

from __future__ import annotations

from ingest import __version__

PROGRAM = f"suowen {__version__}"

#: rule set -> version (read: extraction, judge: classification, same: near-duplicates). After a change of rules,
#: `suowen replay` processes the archived pages again
RULES = {"read": "2", "judge": "3", "same": "3", "facts": "4"}
