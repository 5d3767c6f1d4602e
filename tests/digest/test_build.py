"""ingest/digest/build.py with a real store: which commits a day's digest covers, its files, who gets it when."""

from __future__ import annotations

import resource
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ingest.config.settings import DigestSettings, Settings, SmtpSettings
from ingest.digest import BuiltDigest, make_digest, prune_outcomes
from ingest.errors import UsageError
from store import Store
from store.records import Correction, Fact, Fingerprint, Match, OutcomeRow, Verdict
from tests.support.digest_samples import FACTS, TEXT, article
from tests.support.smtp_server import Start

SHANGHAI = ZoneInfo("Asia/Shanghai")
D20, D21, D22 = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)


def at(day: date, hour: float) -> datetime:
    """A moment of a day in Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(hours=hour)


def put(
    store: Store,
    number: int,
    moment: datetime,
    *,
    text: str = TEXT,
    ruling: str = "feature",
    facts: Sequence[Fact] = FACTS,
    match: Match | None = None,
    outcome: str = "stored",
    published: str = "2026-11-20T08:12+08:00",
) -> int:
    """One article stored in a batch of its own; its story or article number."""
    made = article(number, text=text, title=f"第{number}篇", fetched_at=moment, published=published)
    run = store.start_run(moment, "test")
    with store.batch(at=moment, program="suowen test", rules={}) as batch:
        added = batch.article(made, "青河网", None)
        batch.verdict(added.revision, Verdict(ruling, 0.9, ("理由",), "t@1"))  # type: ignore[arg-type]
        batch.facts(added.revision, [fact for fact in facts if text[fact.start : fact.end] == fact.quote])
        story = batch.story(added.article, Fingerprint(f"{number}", (), "t@1"), match)
        batch.outcome(OutcomeRow(run, made.url, "青河网", outcome, "", moment, added.article))
    return story


def fail(store: Store, number: int, moment: datetime) -> None:
    """One page that was not had; no commit comes of it."""
    run = store.start_run(moment, "test")
    with store.batch(at=moment, program="suowen test", rules={}) as batch:
        batch.outcome(OutcomeRow(run, f"https://slow.example/{number}", "慢网", "timeout", "30 s", moment))


def settings(smtp: SmtpSettings | None = None, recipients: tuple[str, ...] = ()) -> Settings:
    """Settings with Shanghai's zone."""
    return Settings(smtp=smtp or SmtpSettings(), digest=DigestSettings(recipients=recipients))


def make(
    store: Store, folder: Path, day: date, now: datetime, *, send: bool = False, with_: Settings | None = None
) -> BuiltDigest:
    """The day's digest, with its stretch fixed when it is sent, as the service does it."""
    return make_digest(
        store,
        with_ or settings(),
        day=day,
        now=now,
        folder=folder,
        source_names=["青河网", "慢网"],
        send=send,
        fix=send,
    )


def titles(made: BuiltDigest) -> list[str]:
    """Titles of the new stories."""
    return sorted(story.title for story in made.digest.stories)


def test_files_are_written_whole(store: Store, tmp_path: Path) -> None:
    """Both files carry the day in their names, say the same, and nothing else is left in the folder."""
    put(store, 1, at(D21, 7))
    made = make(store, tmp_path / "digests", D21, at(D21, 8))
    assert sorted(path.name for path in (tmp_path / "digests").iterdir()) == [
        "digest-2026-11-21.html",
        "digest-2026-11-21.txt",
    ]
    assert "第1篇" in made.html.read_text(encoding="utf-8")
    assert "第1篇" in made.text.read_text(encoding="utf-8")
    assert made.delivery is None


def test_today_is_open_until_it_is_sent(store: Store, tmp_path: Path) -> None:
    """Asked without sending, today's digest shows everything up to now each time; sending fixes its stretch."""
    put(store, 1, at(D21, 7))
    assert titles(make(store, tmp_path, D21, at(D21, 8))) == ["第1篇"]
    put(store, 2, at(D21, 9))
    sent = make(store, tmp_path, D21, at(D21, 10), send=True)
    assert (titles(sent), sent.frozen) == (["第1篇", "第2篇"], True)
    put(store, 3, at(D21, 11))
    again = make(store, tmp_path, D21, at(D21, 12))
    assert titles(again) == ["第1篇", "第2篇"]
    assert again.row == sent.row


def test_the_next_digest_begins_where_the_last_ended(store: Store, tmp_path: Path) -> None:
    """Nothing is lost and nothing comes twice: what came after yesterday's 08:00 is in today's."""
    put(store, 1, at(D21, 7))
    make(store, tmp_path, D21, at(D21, 8), send=True)
    put(store, 2, at(D21, 9))
    put(store, 3, at(D22, 7))
    assert titles(make(store, tmp_path, D22, at(D22, 8), send=True)) == ["第2篇", "第3篇"]


def test_days_without_a_digest_are_caught_up_by_one(store: Store, tmp_path: Path) -> None:
    """S6: after three days down one digest covers them all, and says how far it reaches back."""
    make(store, tmp_path, date(2026, 11, 18), at(date(2026, 11, 18), 8), send=True)
    for number, day in enumerate((date(2026, 11, 18), D20, D22), start=1):
        put(store, number, at(day, 9))
    made = make(store, tmp_path, D22, at(D22, 10), send=True)
    assert titles(made) == ["第1篇", "第2篇", "第3篇"]
    assert made.digest.since == date(2026, 11, 18)


def test_the_first_digest_begins_with_the_store(store: Store, tmp_path: Path) -> None:
    """Started after the hour: what came on the days before the first digest is in it, features and failures alike."""
    fail(store, 1, at(date(2026, 11, 18), 23))
    put(store, 1, at(date(2026, 11, 19), 12))
    put(store, 2, at(D20, 23.9))
    put(store, 3, at(D21, 0.1))
    made = make(store, tmp_path, D21, at(D21, 8), send=True)
    assert titles(made) == ["第1篇", "第2篇", "第3篇"]
    assert (made.digest.total, made.digest.since) == (4, date(2026, 11, 19))
    put(store, 4, at(D21, 9))
    assert titles(make(store, tmp_path, D22, at(D22, 8), send=True)) == ["第4篇"]


def test_a_day_that_is_over_ends_at_local_midnight(store: Store, tmp_path: Path) -> None:
    """23:54 in Shanghai is the day before 0:06, though both are one day in UTC."""
    put(store, 1, at(D20, 23.9))
    put(store, 2, at(D21, 0.1))
    assert titles(make(store, tmp_path, D20, at(D21, 8))) == ["第1篇"]
    assert titles(make(store, tmp_path, D21, at(D21, 8))) == ["第2篇"]
    assert at(D20, 23.9).astimezone(UTC).date() == at(D21, 0.1).astimezone(UTC).date()


def test_a_past_day_can_be_looked_back_at(store: Store, tmp_path: Path) -> None:
    """A day before the latest digest shows what came on that day, and changes no later digest."""
    put(store, 1, at(D20, 9))
    put(store, 2, at(D21, 9))
    first = make(store, tmp_path, D22, at(D22, 8), send=True)
    assert titles(make(store, tmp_path, D20, at(D22, 9))) == ["第1篇"]
    assert titles(make(store, tmp_path, D21, at(D22, 9))) == ["第2篇"]
    again = make(store, tmp_path, D22, at(D22, 10))
    assert (again.row, again.digest.outcomes) == (first.row, first.digest.outcomes)


def test_a_day_to_come_is_refused(store: Store, tmp_path: Path) -> None:
    """Tomorrow's digest is a mistake of who asks; 23:00 UTC is already tomorrow in Shanghai."""
    with pytest.raises(UsageError, match="yet to come"):
        make(store, tmp_path, D22, at(D21, 12))
    make(store, tmp_path, D22, datetime(2026, 11, 21, 17, 0, tzinfo=UTC))


def test_an_empty_day_is_a_digest(store: Store, tmp_path: Path) -> None:
    """P7: nothing stored, everything failed: the digest is made and counts the failures, though there is no commit."""
    fail(store, 1, at(D21, 7))
    fail(store, 2, at(D21, 7.5))
    made = make(store, tmp_path, D21, at(D21, 8), send=True)
    assert made.digest.headline.startswith("没有新特写")
    assert [(failure.code, failure.count) for failure in made.digest.failures] == [("timeout", 2)]
    assert made.digest.total == 2


def test_outcomes_are_counted_in_one_digest_each(store: Store, tmp_path: Path) -> None:
    """The footers of two days together count every outcome row once."""
    fail(store, 1, at(D21, 7))
    first = make(store, tmp_path, D21, at(D21, 8), send=True)
    fail(store, 2, at(D21, 9))
    put(store, 3, at(D21, 22))
    fail(store, 4, at(D22, 6))
    second = make(store, tmp_path, D22, at(D22, 8), send=True)
    assert (first.digest.total, second.digest.total) == (1, 3)


def test_outcomes_are_kept_until_they_are_told_and_old(store: Store, tmp_path: Path) -> None:
    """Rows go when they are older than their days and no digest, neither the next nor the newest, counts them."""
    months = [D20 + timedelta(days=100 * n) for n in range(4)]
    for number, day in enumerate(months):
        fail(store, number, at(day, 7))
    assert prune_outcomes(store, settings(), at(months[3], 8)) == 0  # no digest has told them
    put(store, 9, at(months[1], 7))
    first = make(store, tmp_path, months[1], at(months[1], 8), send=True)
    assert (first.digest.total, first.digest.pruned) == (3, False)
    assert prune_outcomes(store, settings(), at(months[3], 8)) == 0  # the newest may be sent again, and is the first
    assert make(store, tmp_path, months[2], at(months[2], 8), send=True).digest.total == 1
    assert prune_outcomes(store, settings(), at(D20 + timedelta(days=89), 8)) == 0  # told, but not old
    assert prune_outcomes(store, settings(), at(months[3], 8)) == 3
    assert make(store, tmp_path, months[2], at(months[3], 8)).digest.total == 1  # the newest, asked for again
    last = make(store, tmp_path, months[3], at(months[3], 8), send=True)
    assert (last.digest.total, last.digest.pruned) == (1, False)
    assert prune_outcomes(store, settings(), at(months[3], 9)) == 1
    assert make(store, tmp_path, months[3], at(months[3], 9)).digest.total == 1


def test_a_digest_that_can_no_longer_count_says_so(store: Store, tmp_path: Path) -> None:
    """An old day asked for again, its rows gone: in page and text the count is called too low."""
    fail(store, 1, at(D20, 7))
    for day in (D20, D21, D22):
        put(store, day.day, at(day, 7))
        make(store, tmp_path, day, at(day, 8), send=True)
    assert "数目不全" not in make(store, tmp_path, D20, at(D22, 9)).text.read_text(encoding="utf-8")
    later = at(D22, 9) + timedelta(days=200)
    assert prune_outcomes(store, settings(), later) == 3
    for day, gone in ((D20, True), (D21, True), (D22, False)):
        made = make(store, tmp_path, day, later)
        assert made.digest.pruned == gone
        assert ["数目不全" in path.read_text(encoding="utf-8") for path in (made.html, made.text)] == [gone, gone]


def test_a_disk_that_takes_no_more(store: Store, tmp_path: Path) -> None:
    """The disk refuses in the middle of a file: the day's old files stay as they were, and no half of one beside."""
    made = make(store, tmp_path / "digests", D21, at(D21, 8))
    before = {path: path.read_bytes() for path in (made.html, made.text)}
    put(store, 1, at(D21, 7))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(OSError, match="File too large"):
            make(store, tmp_path / "digests", D21, at(D21, 9))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {path: path.read_bytes() for path in (tmp_path / "digests").iterdir()} == before


def test_a_new_and_at_once_revised_story_is_new_and_revised(store: Store, tmp_path: Path) -> None:
    """Stored in one pass, changed in the next: a new story with its newest text, and a change."""
    put(store, 1, at(D21, 6))
    put(store, 1, at(D21, 7), text=TEXT.replace("民警12名", "民警14名"), outcome="revised")
    made = make(store, tmp_path, D21, at(D21, 8), send=True)
    assert titles(made) == ["第1篇"]
    assert [(change.before, change.after) for change in made.digest.changes] == [(1, 2)]
    put(store, 1, at(D21, 9), text=TEXT.replace("民警12名", "民警16名"), outcome="revised")
    later = make(store, tmp_path, D22, at(D22, 8), send=True)
    assert titles(later) == []
    assert len(later.digest.changes) == 1


def test_a_changed_brief_is_no_news(store: Store, tmp_path: Path) -> None:
    """Edits of what is no feature are counted, not told."""
    put(store, 1, at(D20, 6), ruling="other", facts=())
    put(store, 1, at(D21, 7), ruling="other", facts=(), text=TEXT + "\n又一段。", outcome="revised")
    made = make(store, tmp_path, D21, at(D21, 8))
    assert made.digest.changes == ()
    assert ("revised", "原文有改动", 1) in made.digest.outcomes


def test_a_changed_feature_masks_its_private_persons(store: Store, tmp_path: Path) -> None:
    """The change of an older feature hides the names that its facts mark as private."""
    put(store, 1, at(D20, 6))
    put(store, 1, at(D21, 7), text=TEXT.replace("锦旗送到", "锦旗亲手送到"), outcome="revised")
    made = make(store, tmp_path, D21, at(D21, 8))
    assert len(made.digest.changes) == 1
    assert "张建国" not in made.html.read_text(encoding="utf-8")
    assert "张某" in made.html.read_text(encoding="utf-8")


def test_a_name_that_the_site_took_out_does_not_come_back(store: Store, tmp_path: Path) -> None:
    """The site replaced a private name by 张某: the struck-out words of the change do not show it either."""
    put(store, 1, at(D20, 6))
    put(store, 1, at(D21, 7), text=TEXT.replace("张建国", "张某某"), outcome="revised")
    made = make(store, tmp_path, D21, at(D21, 8))
    assert len(made.digest.changes) == 1
    assert "张建国" not in made.html.read_text(encoding="utf-8")


def test_a_repost_of_an_old_story_is_told_again(store: Store, tmp_path: Path) -> None:
    """A copy that joins yesterday's story is listed apart, under the story it tells."""
    story = put(store, 1, at(D20, 6))
    make(store, tmp_path, D20, at(D20, 8), send=True)
    put(store, 2, at(D21, 6), match=Match(story, 1, "repost", 0.95, "text"), outcome="repost")
    made = make(store, tmp_path, D21, at(D21, 8), send=True)
    assert titles(made) == []
    assert [(known.title, [one.title for one in known.copies]) for known in made.digest.retold] == [
        ("第1篇", ["第2篇"])
    ]


def test_a_changed_figure_is_told_once_with_both_articles(store: Store, tmp_path: Path) -> None:
    """民警 12 -> 15: told in the digest of the later article, with both quotes, and in no later one; fails when the
    earlier article's private person is shown."""
    later = TEXT.replace("民警12名", "民警15名").replace("张建国", "王小丽")
    facts = [
        fact if fact.quote != "民警12名" else replace(fact, quote="民警15名", fields={**fact.fields, "value": 15})
        for fact in FACTS
    ]
    put(store, 1, at(D20, 6))
    assert make(store, tmp_path, D20, at(D20, 8), send=True).digest.figures == ()
    put(store, 2, at(D21, 6), text=later, facts=facts, published="2026-11-21")
    made = make(store, tmp_path, D21, at(D21, 8), send=True)
    (figure,) = made.digest.figures
    assert (figure.station, figure.what) == ("柳树湾派出所", "警力 民警")
    assert [(side.value, side.title, side.quote) for side in (figure.before, figure.after)] == [
        ("12人", "第1篇", "民警12名"),
        ("15人", "第2篇", "民警15名"),
    ]
    for path in (made.html, made.text):
        page = path.read_text(encoding="utf-8")
        assert "数字有变" in page and "张建国" not in page
    put(store, 3, at(D22, 6), text=later, facts=facts, published="2026-11-22")
    assert make(store, tmp_path, D22, at(D22, 8), send=True).digest.figures == ()


def test_a_figure_that_goes_back_is_told_and_a_rejected_station_breaks_nothing(store: Store, tmp_path: Path) -> None:
    """12, 15, then 12 again: the third article's change is told though its value was told before. When a person rejects
    the station, its figures have no card, and the digest is made all the same."""
    later = TEXT.replace("民警12名", "民警15名")
    more = [
        fact if fact.quote != "民警12名" else replace(fact, quote="民警15名", fields={**fact.fields, "value": 15})
        for fact in FACTS
    ]
    put(store, 1, at(D20, 6))
    put(store, 2, at(D20, 7), text=later, facts=more, published="2026-11-21")
    make(store, tmp_path, D20, at(D20, 8), send=True)
    put(store, 3, at(D21, 6), published="2026-11-22")
    (figure,) = make(store, tmp_path, D21, at(D21, 8), send=True).digest.figures
    assert (figure.before.value, figure.after.value, figure.after.title) == ("15人", "12人", "第3篇")
    put(store, 4, at(D22, 6), text=later, facts=more, published="2026-11-23")
    where = next(fact for fact in FACTS if fact.kind == "station")
    with store.batch(at=at(D22, 7), program="t", rules={}) as batch:
        for number in range(1, 5):
            batch.judge_fact(Correction(number, "station", where.quote, where.what, "reject", "审", at(D22, 7)))
    assert make(store, tmp_path, D22, at(D22, 8), send=True).digest.figures == ()


def test_sent_once_a_day_to_each(store: Store, tmp_path: Path, start_smtp: Start) -> None:
    """Two sendings of a day reach each recipient once, under one Message-ID; the next day has another."""
    sink, smtp = start_smtp()
    both = settings(smtp, ("a@news.example", "b@news.example"))
    sink.refuse["b@news.example"] = "451 later"
    put(store, 1, at(D21, 7))
    first = make(store, tmp_path, D21, at(D21, 8), send=True, with_=both)
    assert first.delivery is not None
    assert not first.delivery.complete
    assert "mailed to 1, 0 had it before, 1 failed\n  b@news.example: refused for now 451 later" in str(first)
    put(store, 2, at(D21, 9))
    sink.refuse.clear()
    second = make(store, tmp_path, D21, at(D21, 10), send=True, with_=both)
    assert second.delivery is not None
    assert second.delivery.already == ("a@news.example",)
    assert sink.reached() == ["a@news.example", "b@news.example"]
    first_mail, second_mail = (mail for _, mail in sink.mails)
    assert first_mail["Message-ID"] == second_mail["Message-ID"] == first.row.message_id
    assert first_mail["Subject"] == second_mail["Subject"]
    make(store, tmp_path, D22, at(D22, 8), send=True, with_=both)
    assert sink.mails[-1][1]["Message-ID"] != first.row.message_id


def test_what_cannot_be_mailed_does_not_end_the_day(store: Store, tmp_path: Path) -> None:
    """Asked to send without a mail server, or without recipients: it says so, and later features are in today's."""
    put(store, 1, at(D21, 7))
    nobody = settings(SmtpSettings(host="mail.example"))
    for with_, lacks in ((settings(), "no mail server"), (nobody, "no recipients")):
        made = make_digest(store, with_, day=D21, now=at(D21, 8), folder=tmp_path, source_names=[], send=True)
        assert (titles(made), made.frozen, made.delivery) == (["第1篇"], False, None)
        assert lacks in made.unsent
    assert store.digest_row("2026-11-21") is None
    put(store, 2, at(D21, 9))
    assert titles(make(store, tmp_path, D21, at(D21, 10))) == ["第1篇", "第2篇"]


def test_without_a_server_the_service_writes_and_fixes_it(store: Store, tmp_path: Path) -> None:
    """At its hour, without a configured mail server: no failure, the files are there, the stretch is fixed."""
    made = make(store, tmp_path, D21, at(D21, 8), send=True)
    assert (made.delivery, made.frozen) == (None, True)
    assert "not mailed: settings.yaml names no mail server" in str(made)
    assert str(made.html) in str(made)
