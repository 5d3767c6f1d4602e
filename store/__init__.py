"""What is known: records, the database that keeps them, and what can be asked of it. Imports nothing of ingest."""
