"""The tree of errors.

    SuowenError                what a person can act on: what we were doing, what is wrong, what would be right
    ├── ConfigError            config/ or the environment is wrong (carries every mistake found)
    ├── UsageError             a command was asked for something impossible
    │   └── StaleError     what a person decided on is no longer what is there
    ├── FetchError             one URL could not be had; travels as a value, becomes an outcome row
    ├── ExtractError              one page could not be read as an article; travels as a value
    │   └── RedirectError     its text is on another page, which can be fetched
    └── ArchiveError           the raw archive is damaged or cannot be written

`store.errors.StoreError` is the store's own. Anything else that is raised is a bug and stops the run loudly.
"""

from __future__ import annotations

from collections.abc import Sequence


class SuowenError(Exception):
    """Root of what a person can act on. `exit_code` is what the command line ends with."""

    exit_code = 1


class UsageError(SuowenError):
    """A command was asked for something impossible."""

    exit_code = 2


class StaleError(UsageError):
    """What a person decided on is no longer what is there."""


class ConfigError(SuowenError):
    """Everything found wrong in the configuration, one line each."""

    exit_code = 2

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))

    def __reduce__(self) -> tuple[type, tuple[tuple[str, ...]]]:
        return type(self), (self.mistakes,)  # `args` is the joined text: made of it, each character were a mistake


class FetchError(SuowenError):
    """A URL could not be had. `code` is a word of `ingest.model.OUTCOMES`, `detail` a sentence."""

    def __init__(self, url: str, code: str, detail: str, *, retry_after: float | None = None) -> None:
        self.url, self.code, self.detail = url, code, detail
        #: seconds to leave the host alone, when the server or our back-off says so
        self.retry_after = retry_after
        super().__init__(f"fetching {url}: {detail} ({code})")

    def __reduce__(self) -> tuple[type, tuple[str, str, str]]:
        return type(self), (self.url, self.code, self.detail)


class ExtractError(SuowenError):
    """A page is no article we can read. `code` is a word of `ingest.model.OUTCOMES`, `detail` a sentence."""

    def __init__(self, url: str, code: str, detail: str) -> None:
        self.url, self.code, self.detail = url, code, detail
        super().__init__(f"reading {url}: {detail} ({code})")

    def __reduce__(self) -> tuple[type, tuple[str, ...]]:
        return type(self), (self.url, self.code, self.detail)


class RedirectError(ExtractError):
    """The page holds no article itself but shows or sends on to the one page that may: `at`, its URL."""

    def __init__(self, url: str, at: str) -> None:
        self.at = at
        super().__init__(url, "not-article", f"the text is on another page: {at}")

    def __reduce__(self) -> tuple[type, tuple[str, ...]]:
        return type(self), (self.url, self.at)


class ArchiveError(SuowenError):
    """The raw archive is damaged or cannot be written."""
