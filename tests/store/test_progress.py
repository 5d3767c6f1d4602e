"""store/progress.py: whoever watches long work is told to its end."""

from __future__ import annotations

from pathlib import Path

from store import Store
from store.backup import backup, restore
from store.export import export
from store.search import reindex
from store.verify import verify
from tests.support.store_samples import article, batch_of, put


def test_long_work_tells_how_far_it_is(store: Store, tmp_path: Path) -> None:
    """Of each kind of work the numbers grow, and the last is all there is."""
    with batch_of(store) as batch:
        for number in range(1, 451):
            put(batch, article(number, text=f"井口派出所第{number}天"), number=number)
    told: dict[str, list[tuple[int, int]]] = {}

    def progress(what: str, done: int, total: int) -> None:
        told.setdefault(what, []).append((done, total))

    reindex(store, progress)
    verify(store, None, progress)
    export(store, tmp_path / "out", "jsonl", ruling=None, progress=progress)
    restore_url = f"sqlite:///{tmp_path}/again.db"
    backup(store, tmp_path / "b.tar", None, progress)
    restore(tmp_path / "b.tar", restore_url, tmp_path / "warc", progress)
    assert {"articles indexed", "revisions checked", "articles exported", "articles copied"} <= told.keys()
    for what, steps in told.items():
        assert steps[-1][0] == steps[-1][1] > 0, what
    assert [done for done, _ in told["articles exported"]] == sorted(done for done, _ in told["articles exported"])
    assert len(told["articles indexed"]) > 2
