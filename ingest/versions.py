"""What this program and its rules are called in Commits and requests; loads nothing else of the package."""

from __future__ import annotations

from ingest import __version__

PROGRAM = f"suowen {__version__}"

#: versions of the rules that decide; a change of one makes old verdicts worth replaying
RULES = {"read": "1", "judge": "1", "same": "1", "facts": "2"}
