"""Tests of ingest/deliver/daily_digest.py: the digest reaches each recipient once, through the outbox."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from ingest.config.settings import DigestSettings, Settings, SmtpSettings
from ingest.config.subscriptions import Destination, Recipients, SubscriptionsFile
from ingest.deliver.daily_digest import DailyDigest, daily_digest, digest_content
from ingest.deliver.dispatch import Dispatcher
from ingest.deliver.engineer_message import engineer_content
from ingest.deliver.message_text import plain_text
from store import Store
from store.outbox import list_deliveries
from tests.support.bot_server import BotServer, wecom
from tests.support.digest_samples import digest, period
from tests.support.digest_store import D21, D22, at, put, put_failure
from tests.support.paths import ROOT
from tests.support.smtp_server import Start


@pytest.fixture
def store(lite: Store) -> Store:
    """Return an empty store on SQLite."""
    return lite


def settings(smtp: SmtpSettings | None = None, recipients: tuple[str, ...] = ()) -> Settings:
    """Return default settings with these mail settings and recipients; the time zone is that of Shanghai."""
    return Settings(smtp=smtp or SmtpSettings(), digest=DigestSettings(recipients=recipients))


def make(
    store: Store,
    folder: Path,
    day: date,
    now: datetime,
    *,
    with_: Settings,
    fix: bool = False,
    subscriptions: SubscriptionsFile | None = None,
) -> DailyDigest:
    """Build the day's digest and send it."""
    return daily_digest(
        store,
        with_,
        subscriptions or SubscriptionsFile(),
        day=day,
        now=now,
        folder=folder,
        source_names=["青河网", "慢网"],
        send=True,
        fix=fix,
    )


def titles(made: DailyDigest) -> list[str]:
    """Return the titles of the new stories."""
    return sorted(story.title for story in made.built.digest.stories)


def test_each_recipient_gets_a_digest_once(store: Store, tmp_path: Path, start_smtp: Start) -> None:
    """A digest sent twice reaches each recipient once, with one Message-ID.

    The next day's digest has another Message-ID.
    """
    sink, smtp = start_smtp()
    both = settings(smtp, ("a@news.example", "b@news.example"))
    sink.refuse["b@news.example"] = "451 later"
    put(store, 1, at(D21, 7))
    first = make(store, tmp_path, D21, at(D21, 8), with_=both)
    assert first.delivery is not None
    assert not first.delivery.complete
    assert "sent to 1, 0 had it before, 1 failed\n  b@news.example: refused for now 451 later" in str(first)
    put(store, 2, at(D21, 9))
    sink.refuse.clear()
    second = make(store, tmp_path, D21, at(D21, 10), with_=both)
    assert second.delivery is not None
    assert (second.delivery.sent, second.delivery.already) == (("b@news.example",), ("a@news.example",))
    assert sink.reached() == ["a@news.example", "b@news.example"]
    first_mail, second_mail = (mail for _, mail in sink.mails)
    assert first_mail["Message-ID"] == second_mail["Message-ID"] == first.built.row.message_id
    assert first_mail["Subject"] == second_mail["Subject"] == "所闻 11月21日：特写1篇"
    assert first_mail["List-Id"] == "<digest.suowen.example>"
    make(store, tmp_path, D22, at(D22, 8), with_=both)
    assert sink.mails[-1][1]["Message-ID"] != first.built.row.message_id


def test_deliveries_of_an_older_program_count(store: Store, tmp_path: Path, start_smtp: Start) -> None:
    """A recipient who got the day's digest from a program version without an outbox does not get it again."""
    sink, smtp = start_smtp()
    both = settings(smtp, ("a@news.example", "b@news.example"))
    store.mark_delivered("2026-11-21", "smtp", "a@news.example", at(D21, 8))
    made = make(store, tmp_path, D21, at(D21, 9), with_=both)
    assert made.delivery is not None and made.delivery.already == ("a@news.example",)
    assert sink.reached() == ["b@news.example"]


def test_recipient_added_later_gets_the_digest(store: Store, tmp_path: Path, start_smtp: Start) -> None:
    """If the digest is sent again, only a recipient added in the meantime gets the mail."""
    sink, smtp = start_smtp()
    make(store, tmp_path, D21, at(D21, 8), with_=settings(smtp, ("a@news.example",)))
    make(store, tmp_path, D21, at(D21, 9), with_=settings(smtp, ("a@news.example", "b@news.example")))
    assert sink.reached() == ["a@news.example", "b@news.example"]


def test_digest_goes_to_bots_too(store: Store, tmp_path: Path, start_smtp: Start) -> None:
    """digest.to sends the digest to other destinations, even without a mail server; a failing one is reported."""
    put(store, 1, at(D21, 7))
    with BotServer(wecom) as server:
        rows = tuple(
            Destination(name=name, kind="wecom", url=f"{server.base}/send?key={key}", internal=True)
            for name, key in (("desk", "k"), ("old", "wrong"))
        )
        to = SubscriptionsFile(destinations=rows, digest=Recipients(to=("desk", "old")))
        made = make(store, tmp_path, D21, at(D21, 8), with_=settings(), subscriptions=to)
        assert made.delivery is not None and made.delivery.sent == ("desk",)
        assert dict(made.delivery.failed) == {"old": "93000 invalid webhook url"}
        assert "柳树湾派出所" in server.accepted[0] and "张建国" not in server.accepted[0]
    assert {delivery.state for _, delivery in list_deliveries(store, limit=9)} == {"sent", "refused"}


def test_missing_mail_settings_leave_the_day_open(store: Store, tmp_path: Path) -> None:
    """Without a destination the missing setting is named, and today's digest still includes later features."""
    put(store, 1, at(D21, 7))
    nobody = settings(SmtpSettings(host="mail.example"))
    for with_, missing in ((settings(), "no mail server"), (nobody, "no recipients")):
        made = make(store, tmp_path, D21, at(D21, 8), with_=with_)
        assert (titles(made), made.built.frozen, made.delivery) == (["第1篇"], False, None)
        assert missing in made.unsent
    assert store.digest_row("2026-11-21") is None
    put(store, 2, at(D21, 9))
    assert titles(make(store, tmp_path, D21, at(D21, 10), with_=settings())) == ["第1篇", "第2篇"]


def test_service_freezes_the_day_without_a_destination(store: Store, tmp_path: Path) -> None:
    """Without a destination, the service writes the files and freezes the digest's range of commits."""
    made = make(store, tmp_path, D21, at(D21, 8), with_=settings(), fix=True)
    assert (made.delivery, made.built.frozen) == (None, True)
    assert "not sent: settings.yaml names no mail server" in str(made)
    assert str(made.built.html) in str(made)


def test_engineer_has_a_report_of_his_own(store: Store, tmp_path: Path, start_smtp: Start) -> None:
    """The engineer's report names failing sources, failed pages and counts, once a day.

    The readers' mail does not list them.
    """
    sink, smtp = start_smtp()
    put(store, 1, at(D21, 6))
    for number in range(7):
        put_failure(store, number, at(D21, 6.2))
    with store.batch(at=at(D21, 6.3), program="t", rules={}) as batch:
        batch.source_attempt("慢网", at(D21, 6.3), "fetching https://slow.example/: 503 (server-error)", 0)
    rows = (Destination(name="ops", kind="mail", recipients=("ops@news.example",)),)
    to = SubscriptionsFile(destinations=rows, engineer=Recipients(to=("ops",)))
    for _ in range(2):
        make(store, tmp_path, D21, at(D21, 8), with_=settings(smtp, ("a@news.example",)), subscriptions=to)
    assert sink.reached() == ["a@news.example", "ops@news.example"]
    reader, engineer = (mail for _, mail in sink.mails)
    assert (
        engineer["Subject"].startswith("所闻运行 11月21日：1个来源抓取失败") and "个网页抓取失败" in engineer["Subject"]
    )
    text = engineer.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert all(words in text for words in ("慢网", "连续失败", "https://slow.example/1", "检查网址", "还有2个网页"))
    assert "https://slow.example/1" not in reader.get_body(("html",)).get_content()  # type: ignore[union-attr]


def test_report_on_a_day_without_trouble() -> None:
    """The report of a day without failures states that and has the counts."""
    content = engineer_content(digest(period(outcomes={"unchanged": 31})))
    assert content["headline"] == "所闻运行 11月21日：运行正常，检查网址31次"
    assert "已复查，没有变化 31" in plain_text(content)


def test_bots_without_a_url_are_left_out(store: Store, tmp_path: Path) -> None:
    """Of the shipped destinations only those with a URL get the digest.

    If none has a URL, the reason names the command `suowen test-channel`.
    """
    put(store, 1, at(D21, 6))
    shipped = yaml.safe_load((ROOT / "config" / "subscriptions.yaml").read_text(encoding="utf-8"))
    nobody = make(store, tmp_path, D21, at(D21, 8), with_=settings(), subscriptions=SubscriptionsFile(**shipped))
    assert nobody.delivery is None and "suowen test-channel" in nobody.unsent
    with BotServer(wecom) as server:
        shipped["destinations"][0] |= {"url": f"{server.base}/send?key=k", "internal": True}
        made = make(store, tmp_path, D21, at(D21, 8.1), with_=settings(), subscriptions=SubscriptionsFile(**shipped))
        assert made.delivery is not None and made.delivery.sent == ("wecom",) and made.delivery.complete
        assert server.accepted[0].startswith("**所闻 11月21日：特写1篇")


def test_digest_waits_for_the_end_of_quiet_hours(store: Store, tmp_path: Path) -> None:
    """During quiet hours the digest waits in the outbox with the reason; afterwards it is sent once."""
    put(store, 1, at(D21, 6))
    with BotServer(wecom) as server:
        rows = {
            "name": "desk",
            "kind": "wecom",
            "url": f"{server.base}/send?key=k",
            "internal": True,
            "quiet": "22:00-09:00",
        }
        to = SubscriptionsFile.model_validate({"destinations": [rows], "digest": {"to": ["desk"]}})
        early = make(store, tmp_path, D21, at(D21, 8), with_=settings(), subscriptions=to)
        assert early.delivery is not None and early.delivery.failed == {"desk": "quiet hours until 09:00"}
        assert server.accepted == []
        Dispatcher(store, settings(), to, [], clock=lambda: at(D21, 9.1)).run()
        late = make(store, tmp_path, D21, at(D21, 9.2), with_=settings(), subscriptions=to)
        assert late.delivery is not None and late.delivery.already == ("desk",) and len(server.accepted) == 1


def test_features_of_an_archive_are_one_line_of_the_digest(store: Store, tmp_path: Path, start_smtp: Start) -> None:
    """The digest page, its text and the mail count the features of an archive in one line and do not list them."""
    put(store, 1, at(D21, 7))
    put(store, 2, at(D21, 7.2), fetched=at(D21, 7) - timedelta(days=900))
    put(store, 3, at(D21, 7.3), fetched=at(D21, 7) - timedelta(days=900))
    sink, smtp = start_smtp()
    made = make(store, tmp_path, D21, at(D22, 1), with_=settings(smtp, ("a@news.example",)))
    assert [story.article for story in made.built.digest.stories] == [1]
    line = "另有2篇特写来自旧网页存档，已入库，不在此列出"
    assert line in made.built.html.read_text(encoding="utf-8")
    assert line in made.built.text.read_text(encoding="utf-8")
    assert digest_content(made.built.digest, settings())["note"] == line
    assert line in sink.mails[-1][1].get_body(("plain",)).get_content()
