"""Language rules for masking Chinese names, from the lexicon and jieba's dictionary."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from store.masking import Rules


@cache
def masking_rules(home: Path | None = None) -> Rules:
    """Return the masking rules: a test for surnames and a test for common words.

    `home`: working folder, which may have a lexicon of its own.

    The tables are loaded when the first name is masked, because most commands mask no names.
    """

    @cache
    def surnames() -> frozenset[str]:
        from ingest.zh.lexicon import Lexicon

        return Lexicon(home).surnames

    @cache
    def words() -> frozenset[str]:
        from ingest.zh.dictionary_words import common_words

        return common_words()

    return Rules(lambda text: text in surnames(), lambda text: text in words())
