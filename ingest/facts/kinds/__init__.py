"""One module for each kind of fact: it finds the facts of that kind in a prepared text (`ingest.facts.document`)."""
