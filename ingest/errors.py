"""Exception hierarchy of the program.

    SuowenError               an error that the user can act on: names the action, the mistake, a correct form
    ├── ConfigError           config/ or the environment is wrong (lists every mistake found)
    ├── UsageError            a command got impossible arguments
    │   └── StaleError        the data that a decision was based on has changed since
    ├── FetchError            one URL could not be fetched; becomes an outcome row
    ├── ExtractError          one page could not be read as an article or listing; becomes an outcome row
    │   └── RedirectError     the text is on another page, which can be fetched
    └── ArchiveError          the raw archive or a WARC file is damaged, or cannot be read or written

Some modules define further subclasses of SuowenError, such as WorkerLost (worker_pool.py). Errors of the store have
their own base class, `store.errors.StoreError`. Any other exception is a bug and stops the run with
a traceback.
"""

from __future__ import annotations

from collections.abc import Sequence


class SuowenError(Exception):
    """Base class of the errors that the user can act on. `exit_code` is the exit code of the command line."""

    exit_code = 1


class UsageError(SuowenError):
    """A command got impossible arguments."""

    exit_code = 2


class StaleError(UsageError):
    """The data that a decision was based on has changed since."""


class ConfigError(SuowenError):
    """All mistakes found in the configuration, one line each."""

    exit_code = 2

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))

    def __reduce__(self) -> tuple[type, tuple[tuple[str, ...]]]:
        # `args` contains the joined text, which __init__ would split into characters
        return type(self), (self.mistakes,)


class FetchError(SuowenError):
    """A URL could not be fetched. `code` is a key of `ingest.pipeline_types.OUTCOMES`, `detail` a sentence."""

    def __init__(self, url: str, code: str, detail: str, *, retry_after: float | None = None) -> None:
        self.url, self.code, self.detail = url, code, detail
        #: seconds before the next request to the host, requested by the server or computed by the back-off
        self.retry_after = retry_after
        super().__init__(f"fetching {url}: {detail} ({code})")

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        return type(self), (self.url, self.code, self.detail)


class ExtractError(SuowenError):
    """No article, or no listing, can be extracted from a page.

    `code` is a key of `ingest.pipeline_types.OUTCOMES`, `detail` a sentence.
    """

    def __init__(self, url: str, code: str, detail: str) -> None:
        self.url, self.code, self.detail = url, code, detail
        super().__init__(f"extracting {url}: {detail} ({code})")

    def __reduce__(self) -> tuple[type, tuple[str, ...]]:
        return type(self), (self.url, self.code, self.detail)


class RedirectError(ExtractError):
    """A page has no article text, but a frame or redirect leads to another page, which may have it.

    `at`: URL of the other page.
    """

    def __init__(self, url: str, at: str) -> None:
        self.at = at
        super().__init__(url, "not-article", f"the text is on another page: {at}")

    def __reduce__(self) -> tuple[type, tuple[str, ...]]:
        return type(self), (self.url, self.at)


class ArchiveError(SuowenError):
    """The raw archive or a WARC file is damaged, or cannot be read or written."""
