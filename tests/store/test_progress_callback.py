"""Tests of store/progress_callback.py: long operations report their progress up to the end."""

from __future__ import annotations

from pathlib import Path

from store import Store
from store.backup import backup, restore
from store.export import export
from store.search import reindex
from store.verify import verify
from tests.support.store_samples import article, batch_of, put


def test_long_operations_report_progress(store: Store, tmp_path: Path) -> None:
    """For each kind of operation, the last reported number is the total; the numbers of an export never decrease."""
    with batch_of(store) as batch:
        for number in range(1, 451):
            put(batch, article(number, text=f"井口派出所第{number}天"), number=number)
    reported: dict[str, list[tuple[int, int]]] = {}

    def progress(what: str, done: int, total: int) -> None:
        reported.setdefault(what, []).append((done, total))

    reindex(store, progress)
    verify(store, None, progress)
    export(store, tmp_path / "out", "jsonl", ruling=None, progress=progress)
    restore_url = f"sqlite:///{tmp_path}/again.db"
    backup(store, tmp_path / "b.tar", None, progress)
    restore(tmp_path / "b.tar", restore_url, tmp_path / "warc", progress)
    assert {"articles indexed", "revisions checked", "articles exported", "articles copied"} <= reported.keys()
    for what, steps in reported.items():
        assert steps[-1][0] == steps[-1][1] > 0, what
    assert [done for done, _ in reported["articles exported"]] == sorted(
        done for done, _ in reported["articles exported"]
    )
    assert len(reported["articles indexed"]) > 2
