"""Page -> Article: the reader of Chinese news pages. docs/reading.md tells how it decides."""

from ingest.extract.article import read
from ingest.extract.bylines import WRITING
from ingest.extract.pagination import holds, stitch

__all__ = ["WRITING", "holds", "read", "stitch"]
