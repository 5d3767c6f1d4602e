"""Page -> Article: the reader of Chinese news pages. docs/reading.md tells how it decides."""

from ingest.read.credits import WRITING
from ingest.read.pages import holds, stitch
from ingest.read.reader import read

__all__ = ["WRITING", "holds", "read", "stitch"]
