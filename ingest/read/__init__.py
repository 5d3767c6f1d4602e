"""Page -> Article: the reader of Chinese news pages. docs/reading.md tells how it decides."""

from ingest.read.credits import WRITING
from ingest.read.pages import stitch
from ingest.read.reader import read

__all__ = ["WRITING", "read", "stitch"]
