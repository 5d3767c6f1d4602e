"""Tests of crawl passes over real HTTP, with real files and a real store: outcomes, articles, revisions and errors."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ingest.config.load import load
from ingest.config.settings import RecheckSettings
from ingest.dedup import Comparisons, fingerprint
from ingest.fetch import Fetcher
from ingest.pipeline.add_inputs import add
from ingest.pipeline.context import open_context
from ingest.pipeline.crawl import run_pass
from ingest.pipeline.rebuild_lsh_keys import rebuild_lsh_keys
from ingest.pipeline.results import Visit
from ingest.pipeline.save import _save_visit
from ingest.pipeline.source_listings import due_again
from ingest.pipeline_types import Candidate, Processed
from store import StoreError, queries
from store.records import Article, KnownUrl, Verdict
from tests.support.runs import BRIEF, FEATURE, OTHER, fill, one_pass, opened, working_folder
from tests.support.small_site import SOURCES, NullProgress, SmallSite, page, rss


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with SmallSite() as running:
        yield running


def test_feature_is_stored_with_its_facts(site: SmallSite, tmp_path: Path) -> None:
    """A listed feature is stored as an article with verdict, story and facts with quotes.

    Its page is in the archive.
    """
    fill(site, {"/a.html": ("两路派出所的枫桥路", FEATURE)})
    with opened(tmp_path, site.base) as context:
        summary = one_pass(context)
        assert summary.outcomes == {"stored": 1}
        view = queries.show(context.store, 1)
        assert view.revision.content.title == "两路派出所的枫桥路"
        assert view.revision.content.source == "示例日报"
        assert "辖区面积36.8平方公里" in view.revision.content.text
        assert view.verdict is not None and view.verdict.ruling == "feature" and view.verdict.reasons
        assert {"station", "area", "force"} <= {fact.kind for fact in view.facts}
        for fact in view.facts:
            assert view.revision.content.text[fact.start : fact.end] == fact.quote
        assert view.story is not None and view.story.representative.article == 1
        assert queries.verify(context.store, context.config.data / "warc") == []


def test_second_pass_stores_nothing(site: SmallSite, tmp_path: Path) -> None:
    """If no page changed, a second pass makes no commit."""
    fill(site, {"/a.html": ("一", FEATURE), "/b.html": ("二", OTHER)})
    with opened(tmp_path, site.base) as context:
        one_pass(context)
        before = queries.last_commit(context.store)
        second = one_pass(context)
        assert second.commits == [] and queries.last_commit(context.store) == before


def test_edit_becomes_a_revision(site: SmallSite, tmp_path: Path) -> None:
    """If the site edits a page, the article gets revision 2, and revision 1 stays unchanged."""
    fill(site, {"/a.html": ("一", FEATURE)})
    with opened(tmp_path, site.base) as context:
        one_pass(context)
        fill(site, {"/a.html": ("一", FEATURE.replace("36.8平方公里", "37.2平方公里")), "/b.html": ("二", OTHER)})
        assert one_pass(context).outcomes["revised"] == 1
        assert "37.2平方公里" in queries.show(context.store, 1).revision.content.text
        assert "36.8平方公里" in queries.show(context.store, 1, number=1).revision.content.text


def test_page_boilerplate_is_not_an_edit(site: SmallSite, tmp_path: Path) -> None:
    """Changed view counts and a list of related stories make no revision; a new sentence does."""
    with opened(tmp_path, site.base) as context:
        for added, outcome in (
            ("\n浏览次数:12", "stored"),
            ("\n浏览次数:345\n相关阅读:\n本县召开夏季治安会", "unchanged"),
            ("\n浏览次数:346\n派出所还添了一辆车。", "revised"),
        ):
            with context.store.batch(at=context.now(), program="test", rules={}) as batch:
                article = Article("http://a.example.cn/1", "一", FEATURE + added, context.now())
                processed = Processed(article, Verdict("feature", 1.0, (), "t"), fingerprint("一", article.text))
                candidate = Candidate(article.url, "small", "list")
                saved = _save_visit(batch, Visit(candidate, processed), context.now(), Counter(), Comparisons())
                assert saved.code == outcome
        assert len(queries.show(context.store, 1).revisions) == 2


@pytest.mark.parametrize("space", ["&nbsp;", " ", "\u3000"])
def test_space_between_han_characters_is_not_an_edit(site: SmallSite, tmp_path: Path, space: str) -> None:
    """A new space between two Han characters makes no revision; a space removed between Latin words makes one."""
    text = FEATURE + "\n派出所的口号是 serve the people,大家都记得。"
    fill(site, {"/a.html": ("渡口的灯", text)})
    with opened(tmp_path, site.base) as context:
        one_pass(context)
        site.pages["/a.html"] = page(f"渡口{space}的灯", text.replace("派出所", f"派出{space}所"))
        summary = one_pass(context)
        assert (summary.outcomes, summary.commits) == ({"unchanged": 1}, [])
        site.pages["/a.html"] = page("渡口的灯", text.replace("the people", "thepeople"))
        assert one_pass(context).outcomes == {"revised": 1}


def test_rebuilt_lsh_keys_find_copies_and_keep_stories(tmp_path: Path) -> None:
    """`rebuild_lsh_keys` replaces keys made by an older method; the article is then found by its new keys.

    A second call changes no key, and the article is still in a story.
    """
    article = Article("http://a.example.cn/1", "一", FEATURE, datetime(2026, 1, 1, tzinfo=UTC))
    now = fingerprint("一", FEATURE)
    with opened(tmp_path, "http://127.0.0.1") as context:
        with context.store.batch(at=context.now(), program="test", rules={}) as batch:
            number = batch.article(article, "small", None).article
            batch.story(number, replace(now, method="older", bands=("00" * 9,)), None)
        for keyed, found in ((1, [number]), (0, [number])):
            assert rebuild_lsh_keys(context.store, context.now(), size=1) == keyed
            with context.store.batch(at=context.now(), program="test", rules={}) as batch:
                assert [neighbour.article for neighbour in batch.neighbours(now.bands, now.method)] == found
        assert queries.show(context.store, number).story is not None


def test_article_of_a_removed_page_stays(site: SmallSite, tmp_path: Path) -> None:
    """If an article's page answers 404 later, the outcome is "gone" and the article does not change."""
    fill(site, {"/a.html": ("一", FEATURE)})
    with opened(tmp_path, site.base) as context:
        one_pass(context)
        site.pages["/a.html"] = 404
        assert one_pass(context).outcomes == {"gone": 1}
        assert "36.8平方公里" in queries.show(context.store, 1).revision.content.text
        assert queries.show(context.store, 1).revision.number == 1


def test_repost_joins_the_story(site: SmallSite, tmp_path: Path) -> None:
    """An article with another title and URL but the same text joins the story of the first one, even in one batch."""
    fill(site, {"/a.html": ("一", OTHER), "/b.html": ("大连公安的红砖青瓦", "来源:别处\n" + OTHER)})
    with opened(tmp_path, site.base) as context:
        assert one_pass(context).outcomes == {"stored": 1, "repost": 1}
        story = queries.show(context.store, 2).story
        assert story is not None and story.representative.article == 1
        assert [copy.article for copy in story.copies] == [2]


BLOCK = "\n".join(
    [
        "尊敬的用户,您好!由于您所在的网络近期对本网站的访问请求数量超出了正常范围,为保障广大网民的正常浏览,"
        "系统已经自动启用了防护措施。请您稍后再次尝试打开页面,或者致电网站管理员说明情况。"
    ]
    * 3
)


def test_block_page_in_unknown_words_is_not_stored(site: SmallSite, tmp_path: Path) -> None:
    """FAULTS H11: a text at several listed addresses that matches none of their titles is not stored.

    The text makes neither a new article nor a revision; the real article is stored when its page shows it.
    """
    titles = {"/a.html": "山里的马背派出所", "/b.html": "渡口边的灯火", "/c.html": "铝城百面锦旗"}
    blocked = {path: page("安全提示", BLOCK) for path in titles}
    site.pages.update(blocked)
    site.pages["/rss.xml"] = rss(site.base, titles)
    with opened(tmp_path, site.base) as context:
        assert one_pass(context).outcomes == {"block-page": 3}
        assert queries.list_articles(context.store) == []
        fill(site, {path: (title, FEATURE) for path, title in titles.items() if path == "/a.html"})
        assert add(context, [f"{site.base}/a.html"], [], NullProgress()).outcomes == {"stored": 1}
        site.pages.update(blocked)
        assert one_pass(context).outcomes["block-page"] == 1
        assert queries.show(context.store, 1).revision.number == 1


def test_notice_listed_twice_is_not_a_block_page(site: SmallSite, tmp_path: Path) -> None:
    """A brief at two addresses, both listed with its title, is stored; the second address is a repost."""
    fill(site, {"/a.html": ("清河警方破获盗窃电动车案", BRIEF), "/b.html": ("清河警方破获盗窃电动车案", BRIEF)})
    with opened(tmp_path, site.base) as context:
        assert one_pass(context).outcomes == {"not-feature": 1, "repost": 1}


def test_failures_are_outcomes(site: SmallSite, tmp_path: Path) -> None:
    """A 404, a 500, a page forbidden by robots.txt and a PDF have outcomes; the feature beside them is stored.

    The next pass does not request the removed page, and no pass requests the forbidden one.
    """
    fill(
        site,
        {
            "/a.html": ("一", FEATURE),
            "/gone.html": ("无", ""),
            "/bad.html": ("错", ""),
            "/private/x.html": ("禁", BRIEF),
            "/p.pdf": ("文", ""),
        },
    )
    site.pages |= {"/gone.html": 404, "/bad.html": 500, "/p.pdf": b"%PDF-1.7 \x00\x01\x02" + b"\x00" * 500}
    with opened(tmp_path, site.base) as context:
        assert one_pass(context).outcomes == {"stored": 1, "gone": 1, "server-error": 1, "robots": 1, "not-html": 1}
        asked = site.asked.copy()
        again = one_pass(context)
        assert site.asked["/gone.html"] == asked["/gone.html"], "a removed page is not requested again for a while"
        assert site.asked["/private/x.html"] == 0, "a forbidden page is never requested"
        assert sum(again.outcomes.values()) <= 5


def test_failing_listing_is_reported(site: SmallSite, tmp_path: Path) -> None:
    """A source whose feed answers with an error is counted as failed; the health table contains the reason."""
    site.pages["/rss.xml"] = 500
    with opened(tmp_path, site.base) as context:
        assert "small" in one_pass(context).failed_sources
        (health,) = context.store.health(["small"], datetime.now(UTC))
        assert health.failures == 1 and health.last_error and "rss.xml" in health.last_error


def test_two_page_article_is_one_article(site: SmallSite, tmp_path: Path) -> None:
    """The link 下一页 (next page) is followed and the pages are joined; the second page is not a separate article."""
    lines = FEATURE.split("\n")
    half = len(lines) // 2
    more = '<div class="page"><span>1</span> <a href="/a_2.html">2</a> <a href="/a_2.html">下一页</a></div>'
    fill(site, {"/a.html": ("一", "")})
    site.pages["/a.html"] = page("一", "\n".join(lines[:half]), more)
    site.pages["/a_2.html"] = page("一", "\n".join(lines[half:]), '<a href="/a.html">上一页</a>')
    with opened(tmp_path, site.base) as context:
        assert one_pass(context).outcomes == {"stored": 1}
        text = queries.show(context.store, 1).revision.content.text
        assert lines[1][:40] in text and lines[-1][:40] in text


def test_budget_limits_a_pass(site: SmallSite, tmp_path: Path) -> None:
    """New pages beyond the budget wait in the queue for the next pass, and none is lost."""
    fill(site, {f"/{n}.html": (f"第{n}篇", f"{BRIEF}第{n}次。") for n in range(7)})
    working_folder(tmp_path, site.base)
    (tmp_path / "config" / "settings.yaml").write_text("budget: 3\nrecheck: {until_days: 0}\n", encoding="utf-8")
    with open_context(load(tmp_path, {})) as context:
        fetched, rows = [], []
        for _ in range(3):
            before = len([path for path in site.asked if path[1:2].isdigit()])
            summary = one_pass(context)
            rows.append(sum(summary.outcomes.values()))
            fetched.append(len([path for path in site.asked if path[1:2].isdigit()]) - before)
        assert fetched == [3, 3, 1]
        assert rows == [7, 3, 1], "each URL of a pass has one outcome in it, queued ones too"


def test_archived_page_of_a_crash_is_stored(site: SmallSite, tmp_path: Path) -> None:
    """A page that a crashed process archived but did not store is stored by the next pass without a new fetch."""
    fill(site, {"/a.html": ("一", FEATURE)})
    with opened(tmp_path, site.base) as context:
        source = context.config.sources[0]
        context.fetcher.fetch(site.base + "/a.html", kind="article", source=source)
    site.pages["/rss.xml"] = rss(site.base, {})
    with opened(tmp_path, site.base, "{until_days: 0}") as context:
        assert one_pass(context).outcomes["stored"] == 1
        assert site.asked["/a.html"] == 1
        assert one_pass(context).outcomes == {}, "adopted once"
        assert queries.verify(context.store, context.config.data / "warc") == []


def test_unexpected_error_stops_the_run(site: SmallSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected error of `visit_candidate` itself ends the pass with this error."""
    fill(site, {"/a.html": ("一", FEATURE)})
    with opened(tmp_path, site.base) as context:
        monkeypatch.setattr("ingest.pipeline.crawl.visit_candidate", lambda *arguments: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            one_pass(context)


def broken(*arguments: object) -> None:
    """Raise an error as a bug in a worker would."""
    raise KeyError("a bug")


def test_bug_in_one_page_is_its_outcome(
    site: SmallSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A bug while a page is processed is logged with its traceback; the page has the outcome "error".

    The run continues, and later runs do not process the page again.
    """
    fill(site, {"/a.html": ("一", FEATURE)})
    with opened(tmp_path, site.base) as context:
        monkeypatch.setattr("ingest.pipeline.visit.process_pages", broken)
        assert one_pass(context).outcomes == {"error": 1}
        assert "KeyError" in caplog.text
        assert one_pass(context).outcomes.get("error", 0) == 0


@pytest.mark.parametrize("place", ["ingest.fetch.client.Fetcher.fetch", "ingest.pipeline.save.find_near_duplicate"])
def test_bug_with_one_candidate_does_not_stop_the_others(
    site: SmallSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """After an unexpected error while a page is fetched or compared, its outcome is "error".

    The other pages are stored.
    """
    fill(site, {"/a.html": ("渡口的灯", FEATURE), "/b.html": ("老街来信", OTHER), "/c.html": ("警情通报", BRIEF)})
    module, _, name = place.rpartition(".")
    owner = Fetcher if name == "fetch" else sys.modules[module]
    real = getattr(owner, name)

    def failing(*arguments: Any, **options: Any) -> Any:
        if arguments[0] == "老街来信" or str(arguments[1]).endswith("/b.html"):
            raise KeyError("a bug")
        return real(*arguments, **options)

    monkeypatch.setattr(owner, name, failing)
    with opened(tmp_path, site.base) as context:
        summary = one_pass(context)
        assert summary.outcomes["error"] == 1 and sum(summary.outcomes.values()) == 3
        assert "KeyError: 'a bug'" in summary.failures[0].detail
        assert len(queries.list_articles(context.store)) == 2
        assert queries.verify(context.store, tmp_path / "data" / "warc") == []


def test_bug_with_one_listing_does_not_stop_the_others(
    site: SmallSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected error while one listing is fetched makes that listing fail; the pages of the other are stored."""
    fill(site, {"/a.html": ("甲", FEATURE)})
    working_folder(tmp_path, site.base)
    sources = tmp_path / "config" / "sources.yaml"
    more = f"      - feed: {site.base}/rss.xml\n      - feed: {site.base}/bad.xml\n"
    sources.write_text(sources.read_text().replace(f"      - feed: {site.base}/rss.xml\n", more), encoding="utf-8")
    real = Fetcher.fetch

    def failing(self: Fetcher, url: str, **options: Any) -> Any:
        if url.endswith("bad.xml"):
            raise KeyError("a bug")
        return real(self, url, **options)

    monkeypatch.setattr(Fetcher, "fetch", failing)
    with open_context(load(tmp_path, {})) as context:
        summary = one_pass(context)
        assert summary.outcomes == {"stored": 1, "error": 1} and "KeyError" in summary.failed_sources["small"]


def test_incomplete_page_removes_no_text(tmp_path: Path) -> None:
    """A possibly incomplete page with less text than stored has the outcome "incomplete" and makes no revision."""
    with SmallSite() as site, opened(tmp_path, site.base) as context:
        fill(site, {"/a.html": ("一", FEATURE)})
        one_pass(context)
        site.open_ended.add("/a.html")
        site.pages["/a.html"] = page("一", "\n".join(FEATURE.split("\n")[:8])).removesuffix(b"</body></html>")
        assert one_pass(context).outcomes["incomplete"] == 1
        assert queries.show(context.store, 1).revision.number == 1


def test_slow_host_takes_no_time_of_other_hosts(tmp_path: Path) -> None:
    """job_deadline applies to each host separately: a slow host takes no time from the host after it.

    The remaining candidates of the slow host stay queued. `add` has no deadline.
    """
    with SmallSite() as slow, SmallSite("127.0.0.2") as quick:
        for site in (slow, quick):
            fill(site, {f"/{n}.html": (f"第{n}篇", f"{BRIEF}第{n}次。") for n in range(3)})
        first, second = (SOURCES.format(base=site.base) for site in (slow, quick))
        slow_source = first.replace("delay: 0", "delay: 1.5")
        quick_source = second.replace("sources:\n", "").replace("name: small", "name: tiny")
        working_folder(tmp_path, slow.base)
        (tmp_path / "config" / "sources.yaml").write_text(slow_source + quick_source, encoding="utf-8")
        (tmp_path / "config" / "settings.yaml").write_text("job_deadline: 1\nfetch: {hosts_at_once: 1}\n")
        with open_context(load(tmp_path, {})) as context:
            summary = one_pass(context)
            assert summary.outcomes["queued"] >= 1
            assert [quick.asked[f"/{n}.html"] for n in range(3)] == [1, 1, 1]
            added = add(context, [f"{slow.base}/{n}.html" for n in range(3)], [], NullProgress())
            assert sum(added.outcomes.values()) == 3


def test_failing_store_stops_fetching(site: SmallSite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a batch cannot be stored, the pass ends with the error before all pages are requested."""
    fill(site, {f"/{n}.html": (f"第{n}篇", f"{BRIEF}第{n}次。") for n in range(30)})
    working_folder(tmp_path, site.base)
    (tmp_path / "config" / "settings.yaml").write_text("batch: 1\n", encoding="utf-8")
    with open_context(load(tmp_path, {})) as context:

        def refuse(*arguments: object) -> None:
            raise StoreError("the disk is full")

        monkeypatch.setattr("ingest.pipeline.crawl.save", refuse)
        with pytest.raises(StoreError):
            one_pass(context)
        assert len([path for path in site.asked if path[1:2].isdigit()]) < 30


def test_stopping_leaves_the_rest_queued(site: SmallSite, tmp_path: Path) -> None:
    """A stop before the first fetch loses no candidate: the next pass visits all of them."""
    fill(site, {f"/{n}.html": (f"第{n}篇", f"{BRIEF}第{n}次。") for n in range(3)})
    stop = threading.Event()
    with opened(tmp_path, site.base) as context:

        class Stopper(NullProgress):
            def listed(self, source: str, candidates: int, error: str | None) -> None:
                stop.set()

        run_pass(context, context.config.sources, trigger="test", progress=Stopper(), stop=stop)
        assert not any(path[1:2].isdigit() for path in site.asked)
        assert sum(one_pass(context).outcomes.values()) == 3


def test_add_takes_urls_pages_and_warc_files(site: SmallSite, tmp_path: Path) -> None:
    """`add` stores the articles of URLs and of a saved page. The WARC files rebuild them in another folder."""
    fill(site, {"/a.html": ("一", FEATURE)})
    saved = tmp_path / "saved.html"
    canonical = b'<link rel="canonical" href="http://news.example.cn/2.html"></head>'
    saved.write_bytes(page("二", OTHER).replace(b"</head>", canonical))
    with opened(tmp_path / "home", site.base) as context:
        summary = add(context, [site.base + "/a.html", site.base + "/gone.html"], [saved], NullProgress())
        assert summary.outcomes == {"stored": 2, "gone": 1}
        urls = {row.url for row in queries.list_articles(context.store)}
        assert urls == {site.base + "/a.html", "http://news.example.cn/2.html"}
        warcs = sorted((context.config.data / "warc").glob("*.warc.gz"))
    with opened(tmp_path / "other", site.base) as context:
        again = add(context, [], warcs, NullProgress())
        assert again.outcomes["stored"] == 2, "an archive rebuilds the store"
        assert queries.verify(context.store, context.config.data / "warc") == []


NOW = datetime(2026, 11, 21, tzinfo=UTC)
RULE = RecheckSettings()


@pytest.mark.parametrize(
    ("seen", "checked", "claimed", "due"),
    [
        (timedelta(hours=10), timedelta(hours=3), None, True),  # 3 h > 0.2 x 10 h
        (timedelta(hours=30), timedelta(hours=3), None, False),  # 3 h < 0.2 x 30 h
        (timedelta(hours=30), timedelta(hours=3), "2026-11-21", True),  # the listing claims a new date
        (timedelta(hours=1), timedelta(minutes=30), "2026-11-21", False),  # before the minimum interval
        (timedelta(days=31), timedelta(days=20), "2026-11-21", False),  # old articles are not checked
    ],
)
def test_due_again(seen: timedelta, checked: timedelta, claimed: str | None, due: bool) -> None:
    """`due_again` decides by the time since first seen, the time since the last check, and the date in the listing."""
    known = KnownUrl("u", 1, NOW - seen, NOW - checked, "2026-11-01")
    assert due_again(known, claimed, NOW, RULE) is due


@pytest.mark.parametrize("listed", [["/r/1"], ["/r/1", "/a.html"], ["/a.html", "/r/1", "/r/2"]])
def test_forwarding_url_is_a_spelling_of_the_article(site: SmallSite, tmp_path: Path, listed: list[str]) -> None:
    """An article listed under forwarding URLs is stored once, under the URL that responds, without tracking parameters.

    A second pass does not request the forwarding URL /r/1 again.
    """
    site.pages["/a.html"] = site.pages["/a.html?utm_source=feed"] = page("两路派出所的枫桥路", FEATURE)
    site.redirects = {"/r/1": "/a.html?utm_source=feed", "/r/2": "/r/1"}
    site.pages["/rss.xml"] = rss(site.base, dict.fromkeys(listed, "两路派出所的枫桥路"))
    with opened(tmp_path, site.base) as context:
        first = one_pass(context)
        requests = site.asked["/r/1"]
        second = one_pass(context)
        since = context.now() - timedelta(days=1)
        assert [known.url for known in context.store.recent("small", since, 9)] == [f"{site.base}/a.html"]
        assert first.outcomes["stored"] == 1 and "queued" not in first.outcomes
        assert set(second.outcomes) <= {"known", "unchanged"} and second.commits == []
        assert site.asked["/r/1"] == requests
        assert queries.verify(context.store, context.config.data / "warc") == []


def test_article_is_stored_under_the_canonical_url_of_its_page(site: SmallSite, tmp_path: Path) -> None:
    """Two listed URLs that answer with the same page make one article, stored under the page's canonical URL.

    A second pass does not request the first listed URL again.
    """
    head = f'<head><link rel="canonical" href="{site.base}/2026/20261120.html">'.encode()
    content = page("两路派出所的枫桥路", FEATURE).replace(b"<head>", head, 1)
    assert head in content
    for path in ("/go/77", "/go/78", "/2026/20261120.html"):
        site.pages[path] = content
    site.pages["/rss.xml"] = rss(site.base, dict.fromkeys(["/go/77", "/go/78"], "两路派出所的枫桥路"))
    with opened(tmp_path, site.base) as context:
        one_pass(context)
        second = one_pass(context)
        since = context.now() - timedelta(days=1)
        known = context.store.recent("small", since, 9)
        assert [row.url for row in known] == [f"{site.base}/2026/20261120.html"]
        assert second.commits == [] and site.asked["/go/77"] == 1
        assert queries.show(context.store, known[0].article).captures, "replay needs the page"
        assert queries.verify(context.store, context.config.data / "warc") == []


def test_canonical_url_that_all_pages_share_makes_no_article_of_several(site: SmallSite, tmp_path: Path) -> None:
    """Four pages make four articles; a canonical URL that two of the pages share is used for one of them only.

    A canonical URL is ignored if it has another number than the page's URL, or no number.
    """
    pages = {"/a/20261.html": "/a/20260.html", "/go/1": "/b/300.html", "/go/2": "/b/300.html", "/c?id=31": "/c"}
    for number, (path, canonical) in enumerate(pages.items()):
        head = f'<head><link rel="canonical" href="{canonical}">'.encode()
        site.pages[path] = page(f"第{number}篇", f"{BRIEF}第{number}次。").replace(b"<head>", head, 1)
    with opened(tmp_path, site.base) as context:
        add(context, [site.base + path for path in pages], [], NullProgress())
        urls = {row.url.removeprefix(site.base) for row in queries.list_articles(context.store)}
        assert len(urls) == 4 and urls >= {"/a/20261.html", "/b/300.html", "/c?id=31"}


def test_redirect_of_a_missing_article_to_the_home_page(site: SmallSite, tmp_path: Path) -> None:
    """The home page never becomes the URL of an article; a stored article keeps its URL if its page moves."""
    fill(site, {"/a.html": ("两路派出所的枫桥路", FEATURE)})
    with opened(tmp_path, site.base) as context:
        one_pass(context)
        site.pages["/new/a.html"] = site.pages["/"] = page("两路派出所的枫桥路", FEATURE)
        site.redirects = {"/a.html": "/new/a.html", "/b.html": "/"}
        add(context, [f"{site.base}/a.html", f"{site.base}/b.html"], [], NullProgress())
        since = context.now() - timedelta(days=1)
        urls = {known.url for known in context.store.recent("small", since, 9)}
        assert f"{site.base}/a.html" in urls and not urls & {f"{site.base}/new/a.html", f"{site.base}/"}
