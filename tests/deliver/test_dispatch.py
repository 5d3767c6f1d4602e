"""Tests of delivery from the store to a channel: saved searches, alerts, quiet hours, rates, retries, kills."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ingest.config.settings import Settings
from ingest.config.subscriptions import Destination, SubscriptionsFile
from ingest.deliver.bots import DingTalkBot, FeishuBot, WeComBot
from ingest.deliver.channel import Channel, Result
from ingest.deliver.channel_factory import make_channel
from ingest.deliver.dispatch import Attempt, Dispatcher
from ingest.deliver.mail_html import render_mail
from ingest.deliver.message_text import plain_text
from ingest.errors import ConfigError, UsageError
from ingest.record_fact_correction import record_correction
from store import Store, outbox
from store.outbox import Delivery, Message
from store.records import Fact, OutcomeRow
from tests.support.digest_samples import FACTS, TEXT
from tests.support.digest_store import at, put

D = date(2026, 11, 21)
START = at(D, 6)


@pytest.fixture
def store(lite: Store) -> Store:
    """Return an empty store on SQLite."""
    return lite


@dataclass
class Recorder:
    """A channel that records the texts sent; it returns `results` one by one, then "sent"."""

    sent: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)
    per_minute: int = 0

    def recipients(self) -> tuple[str, ...]:
        """Return one recipient."""
        return ("",)

    def parts(self, content: dict[str, Any]) -> list[str]:
        """Return the plain text as the only part."""
        return [plain_text(content)]

    def send(self, message: Message, delivery: Delivery) -> Result:
        """Return the next result; record the text if the state of the result is "sent"."""
        result = self.results.pop(0) if self.results else Result("sent", "ok")
        if result.state == "sent":
            self.sent.append(delivery.body)
            self.ids.append(message.id)
        return result


@dataclass
class Bench:
    """Subscriptions of a store, with a clock that the test sets, and a recorder for each destination."""

    store: Store
    file: SubscriptionsFile
    now: datetime = START
    recorders: dict[str, Recorder] = field(default_factory=dict)

    def dispatcher(self, names: Sequence[str] = (), make: Callable[..., Channel] | None = None) -> Dispatcher:
        """Return a dispatcher with the bench's clock."""

        def recorder(destination: Destination, settings: Settings) -> Channel:
            return self.recorders.setdefault(destination.name, Recorder())

        return Dispatcher(self.store, Settings(), self.file, names, clock=lambda: self.now, make=make or recorder)

    def run(self, hour: float, names: Sequence[str] = (), day: date = D) -> list[Attempt]:
        """Set the clock to this hour of the day and run the dispatcher."""
        self.now = at(day, hour)
        return self.dispatcher(names).run()

    def sent(self, name: str = "desk") -> list[str]:
        """Return the texts that a destination received."""
        return self.recorders[name].sent if name in self.recorders else []


def bench(store: Store, *, destinations: Mapping[str, Mapping[str, Any]] | None = None, **subscription: Any) -> Bench:
    """Return a bench with the subscription "news", started at 06:00."""
    rows = [{"name": name, "kind": "webhook", **extra} for name, extra in (destinations or {"desk": {}}).items()]
    value = {
        "destinations": rows,
        "subscriptions": [{"name": "news", "when": "at once", "to": [row["name"] for row in rows], **subscription}],
    }
    made = Bench(store, SubscriptionsFile.model_validate(value))
    made.run(6)
    return made


def facts_with(old: str, new: str, value: int) -> tuple[str, list[Fact]]:
    """Return TEXT and FACTS, with the quote `old` replaced by `new` and the value of its fact by `value`."""
    text = TEXT.replace(old, new)
    return text, [
        fact if fact.quote != old else replace(fact, quote=new, fields={**fact.fields, "value": value})
        for fact in FACTS
    ]


def test_new_subscription_starts_with_what_comes_after_it(store: Store) -> None:
    """Articles stored before the first run are never sent; later ones are sent once."""
    put(store, 1, at(D, 5))
    desk = bench(store)
    assert desk.run(7) == [] and desk.sent() == []
    put(store, 2, at(D, 8))
    assert [attempt.state for attempt in desk.run(9)] == ["sent"]
    assert "第2篇" in desk.sent()[0] and "第1篇" not in desk.sent()[0]
    assert desk.run(10) == []


def test_message_is_masked(store: Store) -> None:
    """Neither the stored message nor the sent text contains the private name and the phone number of the article."""
    desk = bench(store)
    put(store, 1, at(D, 7), text=TEXT)
    desk.run(8)
    ((message, _),) = outbox.list_deliveries(store, limit=5)
    stored = json.dumps(dict(message.content), ensure_ascii=False) + message.title + desk.sent()[0]
    assert "张建国" not in stored and "13812345678" not in stored and "柳树湾派出所" in stored


@pytest.mark.parametrize(
    ("filters", "matches"),
    [
        ({}, True),
        ({"words": "板凳夜话"}, True),
        ({"words": "板凳 柳树湾"}, True),
        ({"words": "没有的词"}, False),
        ({"stations": ["柳树湾"]}, True),
        ({"stations": ["石桥"]}, False),
        ({"places": ["江南省"]}, True),
        ({"places": ["重庆"]}, False),
        ({"sources": ["青河日报"]}, True),
        ({"sources": ["青河网"]}, True),
        ({"sources": ["别的网"]}, False),
        ({"facts": ["honour"]}, True),
        ({"facts": ["credit"]}, False),
        ({"include": ["figures"]}, False),
    ],
)
def test_saved_search(store: Store, filters: dict[str, Any], matches: bool) -> None:
    """The feature is reported only if it matches the filter of the subscription."""
    desk = bench(store, **filters)
    put(store, 1, at(D, 7))
    desk.run(8)
    assert bool(desk.sent()) == matches


def test_other_rulings_are_sent_when_asked_for(store: Store) -> None:
    """A subscription for the ruling brief reports a brief and no article of another ruling."""
    desk = bench(store, rulings=["brief"], include=["articles"])
    put(store, 1, at(D, 7), ruling="brief")
    put(store, 2, at(D, 7.1), ruling="other")
    desk.run(8)
    assert "【其他文章】1" in desk.sent()[0] and "第1篇" in desk.sent()[0]


def test_changed_figure_has_both_articles_and_quotes(store: Store) -> None:
    """The alert and its title name the station and both values; the alert cites both articles with their quotes."""
    put(store, 1, at(D, 5))
    desk = bench(store, include=["figures"])
    text, facts = facts_with("民警12名", "民警15名", 15)
    put(store, 2, at(D, 7), text=text, facts=facts, published="2026-11-21")
    desk.run(8)
    (sent,) = desk.sent()
    assert "柳树湾派出所 民警12人→15人" in sent
    assert all(part in sent for part in ("news.example/1.html", "news.example/2.html", "民警12名", "民警15名"))
    assert sent.startswith("所闻 11月21日：柳树湾派出所民警12→15")
    desk.run(9)
    assert len(desk.sent()) == 1


def test_edits_removals_and_corrections_of_sent_articles(store: Store) -> None:
    """An edit, a removal and a correction are reported once if the article was sent before, else never."""
    put(store, 1, at(D, 5))  # stored before the subscription, so never sent
    desk = bench(store)
    put(store, 2, at(D, 7))
    desk.run(8)
    for number in (1, 2):
        put(store, number, at(D, 8.5), text=TEXT.replace("民警12名", "民警14名"), outcome="revised")
    desk.run(9)
    assert "【原文有改动】1" in desk.sent()[1] and "〔12→14〕" in desk.sent()[1] and "第1篇" not in desk.sent()[1]
    run = store.start_run(at(D, 9.5), "test")
    for hour in (9.5, 9.6):
        with store.batch(at=at(D, hour), program="t", rules={}) as batch:
            for number in (1, 2):
                url = f"https://news.example/{number}.html?{hour}"
                batch.outcome(OutcomeRow(run, url, "青河网", "gone", "404", at(D, hour), number))
    desk.run(10)
    desk.run(10.5)
    assert "【原文已删除】1" in desk.sent()[2] and "第2篇" in desk.sent()[2]
    record_correction(store, 2, 0, "edit", "老王", at(D, 11), given={"authority": "青河县公安分局"})
    desk.run(12)
    assert "【更正】1" in desk.sent()[3] and "青河县公安分局" in desk.sent()[3]
    assert desk.sent()[3].count("青河县公安局柳树湾派出所") >= 2, "both quotes"
    desk.run(13)
    assert len(desk.sent()) == 4


def test_removal_that_is_stored_late_is_not_missed(store: Store) -> None:
    """A removal that is found before a message, but stored after the message, is reported once, in the next message."""
    desk = bench(store)
    put(store, 1, at(D, 7))
    desk.run(8)
    run = store.start_run(at(D, 7.5), "test")
    desk.run(9)
    with store.batch(at=at(D, 9.5), program="t", rules={}) as batch:
        batch.outcome(OutcomeRow(run, "https://news.example/1.html", "青河网", "gone", "404", at(D, 8.9), 1))
    desk.run(10)
    desk.run(11)
    assert (
        len(desk.sent()) == 2
        and "【原文已删除】1" in desk.sent()[1]
        and "“青河县公安局柳树湾派出所成立于" in desk.sent()[1]
    )


def test_source_that_fails_falls_silent_and_recovers(store: Store) -> None:
    """A source is reported once when it starts to fail and once when it works again."""
    desk = bench(store)

    def attempt(hour: float, error: str | None) -> None:
        with store.batch(at=at(D, hour), program="t", rules={}) as batch:
            batch.source_attempt("慢网", at(D, hour), error, 0 if error else 1)

    attempt(6.5, None)
    desk.run(6.6, ["慢网"])
    for number in range(5):
        attempt(7 + number / 10, "fetching https://slow.example/: the server answered 503 (server-error)")
        desk.run(7.01 + number / 10, ["慢网"])
    assert len(desk.sent()) == 1
    assert "慢网" in desk.sent()[0] and "网站服务器出错（HTTP 503）" in desk.sent()[0]
    attempt(9, None)
    desk.run(9.1, ["慢网"])
    desk.run(9.2, ["慢网"])
    assert len(desk.sent()) == 2 and "已恢复正常" in desk.sent()[1]


def test_source_that_falls_silent(store: Store) -> None:
    """A source that lists no new page for seven days is reported once, and again when it lists one."""
    desk = bench(store)

    def attempt(days: float, new: int) -> None:
        moment = at(D, 6.5) + timedelta(days=days)
        with store.batch(at=moment, program="t", rules={}) as batch:
            batch.source_attempt("静网", moment, None, new)
        desk.now = moment + timedelta(minutes=1)
        desk.dispatcher(["静网"]).run()

    attempt(0, 3)
    for days in (5, 6.9, 7.1, 8, 9):
        attempt(days, 0)
    assert len(desk.sent()) == 1 and "静网没有新文章" in desk.sent()[0] and "7天没有新文章" in desk.sent()[0]
    attempt(9.5, 2)
    attempt(9.6, 0)
    assert len(desk.sent()) == 2 and "静网恢复正常" in desk.sent()[1]


def test_sources_with_one_cause_are_grouped(store: Store) -> None:
    """Twenty-nine sources that fail for one reason are one item; a source with another reason is a second item."""
    desk = bench(store)
    names = [f"网{number:02}" for number in range(30)]
    for number in range(3):
        with store.batch(at=at(D, 7 + number / 10), program="t", rules={}) as batch:
            for name in names:
                cause = "connection refused (network)" if name != "网07" else "the server answered 503 (server-error)"
                batch.source_attempt(name, at(D, 7 + number / 10), f"fetching https://x/: {cause}", 0)
    desk.run(8, names)
    (sent,) = desk.sent()
    assert sent.startswith("所闻 11月21日：网00、网01、网02等30个来源抓取失败")
    assert sent.count("抓取失败：无法连接网站（连接被拒绝）") == 1 and "网站服务器出错（HTTP 503）" in sent


def test_like_events_are_grouped(store: Store) -> None:
    """Five features stored between two runs are reported in one message."""
    desk = bench(store)
    for number in range(1, 6):
        put(store, number, at(D, 7 + number / 100))
    desk.run(8)
    (sent,) = desk.sent()
    assert "【新特写】5" in sent and sent.count("【") == 1


def test_quiet_hours_collect_messages(store: Store) -> None:
    """During quiet hours nothing is sent; afterwards all events are one message. Quiet hours may cross midnight."""
    desk = bench(store, destinations={"desk": {"quiet": "22:00-07:00"}})
    put(store, 1, at(D, 22.5))
    desk.run(22.6)
    put(store, 2, at(D, 23.5))
    desk.run(23.6)
    next_day = D + timedelta(days=1)
    desk.run(6.9, day=next_day)
    assert desk.sent() == []
    desk.run(7.1, day=next_day)
    (sent,) = desk.sent()
    assert "【新特写】2" in sent


def test_destination_without_quiet_hours_is_not_delayed(store: Store) -> None:
    """A destination in its quiet hours gets the message afterwards, another destination at once; each gets it once."""
    desk = bench(store, destinations={"desk": {"quiet": "22:00-07:00"}, "night": {}})
    put(store, 1, at(D, 22.5))
    desk.run(22.6)
    assert (len(desk.sent("night")), len(desk.sent("desk"))) == (1, 0)
    desk.run(7.1, day=D + timedelta(days=1))
    assert (len(desk.sent("night")), len(desk.sent("desk"))) == (1, 1)
    assert desk.recorders["night"].ids == desk.recorders["desk"].ids


@pytest.mark.parametrize(
    ("when", "hours"), [("daily 08:00", [8.1]), ("weekly sat 08:00", [8.1]), ("weekly sun 08:00", [32.1])]
)
def test_schedule(store: Store, when: str, hours: list[float]) -> None:
    """Daily and weekly subscriptions are sent once, at their hour (21 November 2026 is a Saturday)."""
    desk = bench(store, when=when)
    put(store, 1, at(D, 6.5))
    sent = [hour for hour in (7, 7.9, 8.1, 9, 20, 31.9, 32.1, 33, 56.1) if desk.run(hour)]
    assert sent == hours


def test_failed_destination_is_retried_alone(store: Store) -> None:
    """If one of two destinations fails, the other gets its message; the failed one is retried with growing pauses."""
    desk = bench(store, destinations={"desk": {}, "hook": {}})
    put(store, 1, at(D, 7))
    desk.recorders["hook"] = Recorder(results=[Result("later", "503")] * 3)
    tries = []
    for minute in range(0, 20):
        if any(attempt.destination == "hook" for attempt in desk.run(8 + minute / 60)):
            tries.append(minute)
    assert tries == [0, 1, 3, 7]
    assert (len(desk.sent("desk")), len(desk.sent("hook"))) == (1, 1)
    assert desk.recorders["desk"].ids == desk.recorders["hook"].ids


def test_refused_and_expired_messages_are_given_up(store: Store) -> None:
    """After a refusal, or after three days of temporary failures, a message is not tried again until `retry_now`."""
    desk = bench(store, destinations={"desk": {}, "hook": {}})
    put(store, 1, at(D, 7))
    desk.recorders["desk"] = Recorder(results=[Result("refused", "404")])
    desk.recorders["hook"] = Recorder(results=[Result("later", "503")] * 99)
    for hour in range(8, 90):
        desk.run(hour)
    states = {delivery.destination: delivery.state for _, delivery in outbox.list_deliveries(store, limit=9)}
    assert states == {"desk": "refused", "hook": "expired"}
    desk.recorders["hook"].results.clear()
    assert outbox.retry_now(store, desk.now) == 2
    assert [attempt.state for attempt in desk.run(91)] == ["sent", "sent"]


def test_whole_destination_waits_after_a_network_failure(store: Store) -> None:
    """After a network failure the destination's other messages are not tried in that round and get the same reason."""
    desk = bench(store)
    desk.recorders["desk"] = Recorder(results=[Result("later", "timeout", whole=True)])
    for number in (1, 2, 3):
        put(store, number, at(D, 7 + number))
        desk.dispatcher().queue(desk.file.subscriptions[0])
        desk.now = at(D, 7.1 + number)
    assert len(desk.run(12)) == 1
    assert {delivery.answer for _, delivery in outbox.list_deliveries(store, limit=9)} == {"timeout"}
    assert [attempt.state for attempt in desk.run(12.1)] == ["sent"] * 3


def test_rate_limit_of_a_destination(store: Store) -> None:
    """At most `per_minute` messages are tried in a minute; the others follow later, and none is lost."""
    desk = bench(store)
    desk.recorders["desk"] = Recorder(per_minute=20)
    for number in range(1, 46):
        message = Message(f"m{number:02}", "news", desk.now, "标题", {"sections": []})
        outbox.enqueue(store, message, desk.dispatcher().deliveries(message, ["desk"]))
    counts = [len(desk.run(8 + minute / 30)) for minute in range(4)]
    assert counts == [20, 20, 5, 0]


def test_interrupted_delivery_is_known(store: Store) -> None:
    """A delivery whose process ended during sending is claimed again after its claim expires.

    It is marked as interrupted.
    """
    desk = bench(store)
    message = Message("m1", "news", desk.now, "标题", {"sections": []})
    outbox.enqueue(store, message, desk.dispatcher().deliveries(message, ["desk"]))
    first = outbox.claim(store, "desk", desk.now, 60)
    assert first is not None and first.answer == "" and outbox.claim(store, "desk", desk.now, 60) is None
    second = outbox.claim(store, "desk", desk.now + timedelta(seconds=61), 60)
    assert second is not None and (second.answer, second.attempts) == (outbox.INTERRUPTED, 2)


def test_rate_limit_counts_all_processes(store: Store) -> None:
    """A claim is refused if all processes together have tried `per_minute` deliveries within the last minute."""
    desk = bench(store)
    for number in range(3):
        message = Message(f"m{number}", "news", desk.now, "标题", {"sections": []})
        outbox.enqueue(store, message, desk.dispatcher().deliveries(message, ["desk"]))
    taken = [outbox.claim(store, "desk", desk.now, 60, per_minute=2) for _ in range(3)]
    assert [bool(delivery) for delivery in taken] == [True, True, False]
    assert outbox.claim(store, "desk", desk.now + timedelta(seconds=61), 60, per_minute=2) is not None


def test_unusable_destination_does_not_stop_the_others(store: Store) -> None:
    """If the channel of a destination cannot be created, its delivery stores the reason; the others are sent."""
    desk = bench(store, destinations={"desk": {}, "hook": {}})
    put(store, 1, at(D, 7))

    def make(destination: Destination, settings: Settings) -> Channel:
        if destination.name == "hook":
            raise ConfigError(["destination hook: not usable"])
        return desk.recorders.setdefault(destination.name, Recorder())

    desk.now = at(D, 8)
    desk.dispatcher(make=make).run()
    assert len(desk.sent()) == 1
    answers = {delivery.destination: delivery.answer for _, delivery in outbox.list_deliveries(store, limit=9)}
    assert answers["hook"] == "destination hook: not usable"


def test_enormous_articles_do_not_flood_anybody(store: Store) -> None:
    """For 210 features with titles of 280,000 characters, a mail has less than 102 kB and a bot gets at most ten
    messages.
    """
    desk = bench(store)
    for number in range(1, 4):
        put(store, number, at(D, 7), title="<@all>长" * 40_000)
    subscription = desk.file.subscriptions[0]
    desk.now = at(D, 8)
    content = dict(desk.dispatcher().preview(subscription).content)
    content["sections"][0]["items"] *= 70
    assert len(render_mail(content, made_at=desk.now).encode()) < 102_000
    for bot in (WeComBot, DingTalkBot, FeishuBot):
        parts = bot("https://x").parts(content)
        assert 1 < len(parts) <= 10 and "还有" in parts[-1] and max(len(part.encode()) for part in parts) <= bot.limit


def test_two_processes_make_one_message(store: Store) -> None:
    """If two dispatchers collect the same range of commits, only one message is stored."""
    desk = bench(store)
    put(store, 1, at(D, 7))
    desk.now = at(D, 8)
    subscription = desk.file.subscriptions[0]
    first, second = desk.dispatcher(), desk.dispatcher()
    state = outbox.subscription_state(store, "news")
    assert state is not None
    original = outbox.enqueue
    assert first.queue(subscription) is not None
    collected = second.preview(subscription, since=state.upto)
    late = Message("late", "news", desk.now, "x", dict(collected.content))
    assert not original(store, late, [], move=(state, collected.state))
    assert second.queue(subscription) is None


def test_preview_stores_nothing(store: Store) -> None:
    """A preview has the new articles, with `since` also older ones, and changes neither subscription nor outbox."""
    put(store, 1, at(D, 5))
    desk = bench(store)
    put(store, 2, at(D, 7))
    subscription = desk.file.subscriptions[0]
    before = outbox.subscription_state(store, "news")
    text = plain_text(desk.dispatcher().preview(subscription).content)
    assert "第2篇" in text and "第1篇" not in text
    assert "第1篇" in plain_text(desk.dispatcher().preview(subscription, since=0).content)
    assert outbox.subscription_state(store, "news") == before and outbox.list_deliveries(store, limit=5) == []


def test_unknown_names(store: Store) -> None:
    """An unknown subscription or destination is an error that lists the known ones."""
    desk = bench(store)
    with pytest.raises(UsageError, match=r"no such subscription in config/subscriptions\.yaml; known: digest, news"):
        desk.dispatcher().subscription("x")
    with pytest.raises(UsageError, match=r"no such destination in config/subscriptions\.yaml; known: desk"):
        desk.dispatcher().test("x")


def test_clock_is_aware() -> None:
    """The default clock returns a time with a time zone."""
    assert Dispatcher.__init__.__kwdefaults__["clock"]().tzinfo is UTC


def test_webhook_without_a_secret_is_not_used(store: Store) -> None:
    """Webhooks must be signed: without a secret the message waits, and the reason names the variable to set."""
    desk = bench(store, destinations={"desk": {"url": "https://hooks.invalid/x"}})
    put(store, 1, at(D, 7))
    desk.now = at(D, 8)
    (attempt,) = desk.dispatcher(make=make_channel).run()
    assert (
        attempt.state == "waiting" and "set the environment variable SUOWEN_DESTINATION__DESK__SECRET" in attempt.answer
    )
    with pytest.raises(ConfigError, match="webhooks are signed"):
        desk.dispatcher(make=make_channel).test("desk")


def test_articles_of_an_archive_are_not_sent(store: Store) -> None:
    """Features and briefs whose page was fetched years ago are not reported; later articles are."""
    desk = bench(store, rulings=["brief"], include=["features", "articles"])
    put(store, 1, at(D, 7), fetched=at(D, 7) - timedelta(days=900))
    put(store, 2, at(D, 7.1), fetched=at(D, 7) - timedelta(days=900), ruling="brief")
    desk.run(8)
    assert desk.sent() == []
    put(store, 3, at(D, 9))
    desk.run(10)
    assert "第3篇" in desk.sent()[0]
