"""Page -> Article: the reader of Chinese news pages. docs/reading.md tells how it decides."""

from ingest.extract.article import extract
from ingest.extract.bylines import WRITING
from ingest.extract.pagination import holds, stitch

__all__ = ["WRITING", "extract", "holds", "stitch"]
