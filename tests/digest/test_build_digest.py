"""Tests of ingest/digest/build_digest.py with a real store: covered commits and files."""

from __future__ import annotations

import resource
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from ingest.config.settings import Settings
from ingest.digest import BuiltDigest, make_digest, prune_outcomes
from ingest.errors import UsageError
from store import Store
from store.records import Correction, Fact, Match
from tests.support.digest_samples import FACTS, TEXT
from tests.support.digest_store import D20, D21, D22, at, put, put_failure


def make(store: Store, folder: Path, day: date, now: datetime, *, fix: bool = False) -> BuiltDigest:
    """Build the day's digest and, if `fix` is true, freeze its range, as the service does."""
    return make_digest(
        store,
        Settings(),
        day=day,
        now=now,
        folder=folder,
        source_names=["青河网", "慢网"],
        fix=fix,
    )


def titles(built: BuiltDigest) -> list[str]:
    """Return the titles of the new stories."""
    return sorted(story.title for story in built.digest.stories)


def test_both_files_are_written(store: Store, tmp_path: Path) -> None:
    """The names of both files contain the day, both files contain the story, and no temporary file is left."""
    put(store, 1, at(D21, 7))
    built = make(store, tmp_path / "digests", D21, at(D21, 8))
    assert sorted(path.name for path in (tmp_path / "digests").iterdir()) == [
        "digest-2026-11-21.html",
        "digest-2026-11-21.txt",
    ]
    assert "第1篇" in built.html.read_text(encoding="utf-8")
    assert "第1篇" in built.text.read_text(encoding="utf-8")


def test_todays_digest_is_open_until_fixed(store: Store, tmp_path: Path) -> None:
    """Today's digest covers all commits so far each time it is built, until its range is frozen."""
    put(store, 1, at(D21, 7))
    assert titles(make(store, tmp_path, D21, at(D21, 8))) == ["第1篇"]
    put(store, 2, at(D21, 9))
    sent = make(store, tmp_path, D21, at(D21, 10), fix=True)
    assert (titles(sent), sent.frozen) == (["第1篇", "第2篇"], True)
    put(store, 3, at(D21, 11))
    again = make(store, tmp_path, D21, at(D21, 12))
    assert titles(again) == ["第1篇", "第2篇"]
    assert again.row == sent.row


def test_next_digest_starts_where_the_last_ended(store: Store, tmp_path: Path) -> None:
    """Articles stored after yesterday's digest at 08:00 are in today's, and no article is in both."""
    put(store, 1, at(D21, 7))
    make(store, tmp_path, D21, at(D21, 8), fix=True)
    put(store, 2, at(D21, 9))
    put(store, 3, at(D22, 7))
    assert titles(make(store, tmp_path, D22, at(D22, 8), fix=True)) == ["第2篇", "第3篇"]


def test_one_digest_covers_days_without_a_digest(store: Store, tmp_path: Path) -> None:
    """After three days without the service, one digest covers all of them and names its first day (FAULTS S6)."""
    make(store, tmp_path, date(2026, 11, 18), at(date(2026, 11, 18), 8), fix=True)
    for number, day in enumerate((date(2026, 11, 18), D20, D22), start=1):
        put(store, number, at(day, 9))
    built = make(store, tmp_path, D22, at(D22, 10), fix=True)
    assert titles(built) == ["第1篇", "第2篇", "第3篇"]
    assert built.digest.since == date(2026, 11, 18)


def test_first_digest_covers_the_whole_store(store: Store, tmp_path: Path) -> None:
    """The first digest includes features and failures of all earlier days."""
    put_failure(store, 1, at(date(2026, 11, 18), 23))
    put(store, 1, at(date(2026, 11, 19), 12))
    put(store, 2, at(D20, 23.9))
    put(store, 3, at(D21, 0.1))
    built = make(store, tmp_path, D21, at(D21, 8), fix=True)
    assert titles(built) == ["第1篇", "第2篇", "第3篇"]
    assert (built.digest.total, built.digest.since) == (4, date(2026, 11, 19))
    put(store, 4, at(D21, 9))
    assert titles(make(store, tmp_path, D22, at(D22, 8), fix=True)) == ["第4篇"]


def test_a_past_day_ends_at_local_midnight(store: Store, tmp_path: Path) -> None:
    """Articles stored at 23:54 and 0:06 in Shanghai are in two digests, although both times are on one day in UTC."""
    put(store, 1, at(D20, 23.9))
    put(store, 2, at(D21, 0.1))
    assert titles(make(store, tmp_path, D20, at(D21, 8))) == ["第1篇"]
    assert titles(make(store, tmp_path, D21, at(D21, 8))) == ["第2篇"]
    assert at(D20, 23.9).astimezone(UTC).date() == at(D21, 0.1).astimezone(UTC).date()


def test_digest_of_a_past_day(store: Store, tmp_path: Path) -> None:
    """The digest of a day before the latest digest covers the commits of that day and does not change later digests."""
    put(store, 1, at(D20, 9))
    put(store, 2, at(D21, 9))
    first = make(store, tmp_path, D22, at(D22, 8), fix=True)
    assert titles(make(store, tmp_path, D20, at(D22, 9))) == ["第1篇"]
    assert titles(make(store, tmp_path, D21, at(D22, 9))) == ["第2篇"]
    again = make(store, tmp_path, D22, at(D22, 10))
    assert (again.row, again.digest.outcomes) == (first.row, first.digest.outcomes)


def test_future_day_is_refused(store: Store, tmp_path: Path) -> None:
    """A day that has not begun in Shanghai raises UsageError; there, the next day begins at 16:00 UTC."""
    with pytest.raises(
        UsageError, match="2026-11-22 is in the future; the latest possible digest is today's, 2026-11-21"
    ):
        make(store, tmp_path, D22, at(D21, 12))
    make(store, tmp_path, D22, datetime(2026, 11, 21, 17, 0, tzinfo=UTC))


def test_day_with_only_failures_has_a_digest(store: Store, tmp_path: Path) -> None:
    """If every fetch failed, there is no commit, but the digest is built and counts the failures (FAULTS P7)."""
    put_failure(store, 1, at(D21, 7))
    put_failure(store, 2, at(D21, 7.5))
    built = make(store, tmp_path, D21, at(D21, 8), fix=True)
    assert built.digest.headline.startswith("没有新特写")
    assert [(failure.code, failure.count) for failure in built.digest.failures] == [("timeout", 2)]
    assert built.digest.total == 2


def test_each_outcome_is_counted_in_one_digest(store: Store, tmp_path: Path) -> None:
    """The footers of two consecutive digests count every outcome row exactly once."""
    put_failure(store, 1, at(D21, 7))
    first = make(store, tmp_path, D21, at(D21, 8), fix=True)
    put_failure(store, 2, at(D21, 9))
    put(store, 3, at(D21, 22))
    put_failure(store, 4, at(D22, 6))
    second = make(store, tmp_path, D22, at(D22, 8), fix=True)
    assert (first.digest.total, second.digest.total) == (1, 3)


def test_outcomes_are_pruned_when_counted_and_old(store: Store, tmp_path: Path) -> None:
    """Outcome rows are deleted if older than the retention, unless the newest or the next digest counts them."""
    months = [D20 + timedelta(days=100 * n) for n in range(4)]
    for number, day in enumerate(months):
        put_failure(store, number, at(day, 7))
    assert prune_outcomes(store, Settings(), at(months[3], 8)) == 0  # no digest has counted them
    put(store, 9, at(months[1], 7))
    first = make(store, tmp_path, months[1], at(months[1], 8), fix=True)
    assert (first.digest.total, first.digest.pruned) == (3, False)
    assert prune_outcomes(store, Settings(), at(months[3], 8)) == 0  # the newest digest may be sent again
    assert make(store, tmp_path, months[2], at(months[2], 8), fix=True).digest.total == 1
    assert prune_outcomes(store, Settings(), at(D20 + timedelta(days=89), 8)) == 0  # counted, but not old
    assert prune_outcomes(store, Settings(), at(months[3], 8)) == 3
    assert (
        make(store, tmp_path, months[2], at(months[3], 8)).digest.total == 1
    )  # the newest digest, built again, has the same total
    last = make(store, tmp_path, months[3], at(months[3], 8), fix=True)
    assert (last.digest.total, last.digest.pruned) == (1, False)
    assert prune_outcomes(store, Settings(), at(months[3], 9)) == 1
    assert make(store, tmp_path, months[3], at(months[3], 9)).digest.total == 1


def test_incomplete_counts_are_marked(store: Store, tmp_path: Path) -> None:
    """An old digest built again after its rows were deleted marks its counts as incomplete, in HTML and text."""
    put_failure(store, 1, at(D20, 7))
    for day in (D20, D21, D22):
        put(store, day.day, at(day, 7))
        make(store, tmp_path, day, at(day, 8), fix=True)
    assert "数目不全" not in make(store, tmp_path, D20, at(D22, 9)).text.read_text(encoding="utf-8")
    later = at(D22, 9) + timedelta(days=200)
    assert prune_outcomes(store, Settings(), later) == 3
    for day, pruned in ((D20, True), (D21, True), (D22, False)):
        built = make(store, tmp_path, day, later)
        assert built.digest.pruned == pruned
        assert ["数目不全" in path.read_text(encoding="utf-8") for path in (built.html, built.text)] == [pruned, pruned]


def test_full_disk_leaves_old_files_unchanged(store: Store, tmp_path: Path) -> None:
    """A failed write in the middle of a file leaves the day's old files unchanged and no partial file."""
    built = make(store, tmp_path / "digests", D21, at(D21, 8))
    before = {path: path.read_bytes() for path in (built.html, built.text)}
    put(store, 1, at(D21, 7))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            make(store, tmp_path / "digests", D21, at(D21, 9))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {path: path.read_bytes() for path in (tmp_path / "digests").iterdir()} == before


def test_new_story_that_is_revised_is_new_and_revised(store: Store, tmp_path: Path) -> None:
    """A story stored in one pass and changed in the next is listed as new, with its newest text, and as changed."""
    put(store, 1, at(D21, 6))
    put(store, 1, at(D21, 7), text=TEXT.replace("民警12名", "民警14名"), outcome="revised")
    built = make(store, tmp_path, D21, at(D21, 8), fix=True)
    assert titles(built) == ["第1篇"]
    assert [(change.before, change.after) for change in built.digest.changes] == [(1, 2)]
    put(store, 1, at(D21, 9), text=TEXT.replace("民警12名", "民警16名"), outcome="revised")
    later = make(store, tmp_path, D22, at(D22, 8), fix=True)
    assert titles(later) == []
    assert len(later.digest.changes) == 1


def test_edits_of_briefs_are_not_shown(store: Store, tmp_path: Path) -> None:
    """Edits of articles that are not features are counted but not shown."""
    put(store, 1, at(D20, 6), ruling="other", facts=())
    put(store, 1, at(D21, 7), ruling="other", facts=(), text=TEXT + "\n又一段。", outcome="revised")
    built = make(store, tmp_path, D21, at(D21, 8))
    assert built.digest.changes == ()
    assert ("revised", "原文有改动", 1) in built.digest.outcomes


def test_edit_masks_private_persons(store: Store, tmp_path: Path) -> None:
    """The edit of an older feature masks the persons that its facts mark as private."""
    put(store, 1, at(D20, 6))
    put(store, 1, at(D21, 7), text=TEXT.replace("锦旗送到", "锦旗亲手送到"), outcome="revised")
    built = make(store, tmp_path, D21, at(D21, 8))
    assert len(built.digest.changes) == 1
    assert "张建国" not in built.html.read_text(encoding="utf-8")
    assert "张某" in built.html.read_text(encoding="utf-8")


def test_removed_private_name_stays_masked(store: Store, tmp_path: Path) -> None:
    """If the site replaces a private name by 张某某, the deleted text of the edit does not show the name."""
    put(store, 1, at(D20, 6))
    put(store, 1, at(D21, 7), text=TEXT.replace("张建国", "张某某"), outcome="revised")
    built = make(store, tmp_path, D21, at(D21, 8))
    assert len(built.digest.changes) == 1
    assert "张建国" not in built.html.read_text(encoding="utf-8")


def test_repost_of_an_old_story_is_listed_apart(store: Store, tmp_path: Path) -> None:
    """A new copy of yesterday's story is listed among the reposts, under that story."""
    story = put(store, 1, at(D20, 6))
    make(store, tmp_path, D20, at(D20, 8), fix=True)
    put(store, 2, at(D21, 6), match=Match(story, 1, "repost", 0.95, "text"), outcome="repost")
    built = make(store, tmp_path, D21, at(D21, 8), fix=True)
    assert titles(built) == []
    assert [(story.title, [copy.title for copy in story.copies]) for story in built.digest.reposted] == [
        ("第1篇", ["第2篇"])
    ]


def test_changed_figure_is_shown_once_with_both_articles(store: Store, tmp_path: Path) -> None:
    """A change of 民警 from 12 to 15 is shown once, in the digest of the later article, with both quotes.

    The private person of the earlier article is masked.
    """
    later = TEXT.replace("民警12名", "民警15名").replace("张建国", "王小丽")
    facts = [
        fact if fact.quote != "民警12名" else replace(fact, quote="民警15名", fields={**fact.fields, "value": 15})
        for fact in FACTS
    ]
    put(store, 1, at(D20, 6))
    assert make(store, tmp_path, D20, at(D20, 8), fix=True).digest.figures == ()
    put(store, 2, at(D21, 6), text=later, facts=facts, published="2026-11-21")
    built = make(store, tmp_path, D21, at(D21, 8), fix=True)
    (figure,) = built.digest.figures
    assert (figure.station, figure.what) == ("柳树湾派出所", "警力 民警")
    assert [(side.value, side.title, side.quote) for side in (figure.before, figure.after)] == [
        ("12人", "第1篇", "民警12名"),
        ("15人", "第2篇", "民警15名"),
    ]
    for path in (built.html, built.text):
        page = path.read_text(encoding="utf-8")
        assert "数字有变" in page and "张建国" not in page
    put(store, 3, at(D22, 6), text=later, facts=facts, published="2026-11-22")
    assert make(store, tmp_path, D22, at(D22, 8), fix=True).digest.figures == ()


def test_figure_that_reverts_is_shown_and_rejected_station_is_skipped(store: Store, tmp_path: Path) -> None:
    """After the figures 12, 15 and 12, the change back to 12 is shown although 12 is not new.

    If the station facts are rejected, the digest shows no figures but is still built.
    """
    later = TEXT.replace("民警12名", "民警15名")
    more = [
        fact if fact.quote != "民警12名" else replace(fact, quote="民警15名", fields={**fact.fields, "value": 15})
        for fact in FACTS
    ]
    put(store, 1, at(D20, 6))
    put(store, 2, at(D20, 7), text=later, facts=more, published="2026-11-21")
    make(store, tmp_path, D20, at(D20, 8), fix=True)
    put(store, 3, at(D21, 6), published="2026-11-22")
    (figure,) = make(store, tmp_path, D21, at(D21, 8), fix=True).digest.figures
    assert (figure.before.value, figure.after.value, figure.after.title) == ("15人", "12人", "第3篇")
    put(store, 4, at(D22, 6), text=later, facts=more, published="2026-11-23")
    where = next(fact for fact in FACTS if fact.kind == "station")
    with store.batch(at=at(D22, 7), program="t", rules={}) as batch:
        for number in range(1, 5):
            batch.correct_fact(Correction(number, "station", where.quote, where.what, "reject", "审", at(D22, 7)))
    assert make(store, tmp_path, D22, at(D22, 8), fix=True).digest.figures == ()


def with_officers(count: int) -> tuple[str, list[Fact]]:
    """Return the text and the facts of an article that states `count` 民警."""
    quote = f"民警{count}名"
    facts = [
        replace(fact, quote=quote, fields={**fact.fields, "value": count}) if fact.quote == "民警12名" else fact
        for fact in FACTS
    ]
    return TEXT.replace("民警12名", quote), facts


@pytest.mark.parametrize("newest_first", [False, True])
def test_figure_changed_within_the_first_digest_is_shown(store: Store, tmp_path: Path, newest_first: bool) -> None:
    """If the articles with the old and the new figure are new in one digest, the digest shows the change once.

    The order in which the articles are stored does not matter.
    """
    text, facts = with_officers(15)
    steps = [(1, {}, "2026-11-19"), (2, {"text": text, "facts": facts}, "2026-11-20")]
    for number, (_, content, published) in enumerate(reversed(steps) if newest_first else steps):
        put(store, number + 1, at(D20, 5 + number), published=published, **content)  # type: ignore[arg-type]
    (figure,) = make(store, tmp_path, D20, at(D20, 8), fix=True).digest.figures
    assert (figure.before.value, figure.after.value) == ("12人", "15人")
    put(store, 3, at(D21, 6), text=text, facts=facts, published="2026-11-21")
    assert make(store, tmp_path, D21, at(D21, 8), fix=True).digest.figures == ()


def test_figure_changed_by_an_older_article_is_shown_once(store: Store, tmp_path: Path) -> None:
    """If the older article is stored last, the digest that lists it shows the change.

    A third article dated in between does not repeat the change.
    """
    text, facts = with_officers(15)
    put(store, 1, at(D20, 6), text=text, facts=facts, published="2026-11-20")
    assert make(store, tmp_path, D20, at(D20, 8), fix=True).digest.figures == ()
    put(store, 2, at(D21, 6), published="2015-03-01")
    (figure,) = make(store, tmp_path, D21, at(D21, 8), fix=True).digest.figures
    assert (figure.before.value, figure.after.value) == ("12人", "15人")
    put(store, 3, at(D22, 6), published="2018-03-01")
    assert make(store, tmp_path, D22, at(D22, 8), fix=True).digest.figures == ()
