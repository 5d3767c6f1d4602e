"""`python -m ingest` is the `suowen` command."""

from ingest.cli.main import main

main()
