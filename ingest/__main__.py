"""`python -m ingest` is the `suowen` command."""

from ingest.cli import main

main()
