"""Schema migrations (Alembic), oldest first in `versions/`."""
