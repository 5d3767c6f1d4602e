"""Replay: archived pages are processed again with the current rules; differences are shown, and stored if accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.dedup import fingerprint
from ingest.pipeline.replay import accept, compare, differences
from ingest.pipeline_types import Processed
from store import queries
from store.records import Correction, Fact
from tests.support.runs import FEATURE, fill, one_pass, opened
from tests.support.small_site import SmallSite, page


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with SmallSite() as running:
        yield running


def test_unchanged_rules_change_nothing(site: SmallSite, tmp_path: Path) -> None:
    """With unchanged rules, a replay finds no difference and sends no request."""
    fill(site, {"/a.html": ("一", FEATURE)})
    with opened(tmp_path, site.base) as context:
        one_pass(context)
        asked = site.asked.copy()
        assert list(differences(context)) == []
        assert list(differences(context, extract=False)) == []
        assert site.asked == asked


def test_changed_rule_is_shown_then_appended(site: SmallSite, tmp_path: Path) -> None:
    """With a new extraction rule of the site, the difference names the changed field.

    If accepted, it becomes revision 2, and revision 1 stays.
    """
    fill(site, {"/a.html": ("一", FEATURE)})
    site.pages["/a.html"] = page("一", FEATURE).replace(b"<h1>", b'<h2 class="real">\xe7\x9c\x9f\xe9\xa2\x98</h2><h1>')
    with opened(tmp_path, site.base) as context:
        one_pass(context)
        before = queries.show(context.store, 1)
        rules = tmp_path / "config" / "sources.yaml"
        rules.write_text(rules.read_text() + "    extract: {title: h2.real}\n", encoding="utf-8")
    with opened_as_is(tmp_path) as context:
        (found,) = differences(context)
        assert found.fields == ("title",)
        assert queries.show(context.store, 1).revision == before.revision, "showing changes nothing"
        assert accept(context, [found])[0] is not None
        after = queries.show(context.store, 1)
        assert (after.revision.number, after.revision.content.title) == (2, "真题")
        assert queries.show(context.store, 1, number=1).revision == before.revision
        assert list(differences(context)) == []
        assert queries.verify(context.store, context.config.data / "warc") == []


def opened_as_is(folder: Path):  # type: ignore[no-untyped-def]
    from ingest.config.load import load
    from ingest.pipeline.context import open_context

    return open_context(load(folder, {}))


def test_pages_of_one_article_are_joined_again(site: SmallSite, tmp_path: Path) -> None:
    """A two-page article is joined again from its two archived pages."""
    lines = FEATURE.split("\n")
    more = '<div class="page"><span>1</span> <a href="/a_2.html">2</a> <a href="/a_2.html">下一页</a></div>'
    fill(site, {"/a.html": ("一", "")})
    site.pages["/a.html"] = page("一", "\n".join(lines[:6]), more)
    site.pages["/a_2.html"] = page("一", "\n".join(lines[6:]), '<a href="/a.html">上一页</a>')
    with opened(tmp_path, site.base) as context:
        one_pass(context)
        assert list(differences(context)) == []


def test_missing_archive_record_is_reported(site: SmallSite, tmp_path: Path) -> None:
    """An article whose archive record is missing is reported with the reason and not changed."""
    fill(site, {"/a.html": ("一", FEATURE)})
    with opened(tmp_path, site.base) as context:
        one_pass(context)
    for path in (tmp_path / "data" / "warc").glob("*.gz"):
        path.unlink()
    with opened(tmp_path, site.base) as context:
        (found,) = differences(context)
        assert found.problem and "warc" in found.problem
        assert accept(context, [found]) == (None, [])


def test_compare_names_facts(site: SmallSite, tmp_path: Path) -> None:
    """A fact that the rules no longer find is reported as removed, a new one as added."""
    fill(site, {"/a.html": ("一", FEATURE)})
    with opened(tmp_path, site.base) as context:
        one_pass(context)
        view = queries.show(context.store, 1)
        content = view.revision.content
        assert view.verdict is not None
        again = Processed(content, view.verdict, fingerprint(content.title, content.text), view.facts[1:])
        found = compare(replace(view, facts=view.facts[:-1]), again)
        assert found.facts_gone == view.facts[:1] and found.facts_added == view.facts[-1:]


def test_changed_rule_name_alone_is_not_a_difference(site: SmallSite, tmp_path: Path) -> None:
    """Facts stored under an older rule name or version are not a difference and are not stored again."""
    fill(site, {"/a.html": ("一", FEATURE)})
    with opened(tmp_path, site.base) as context:
        one_pass(context)
        view = queries.show(context.store, 1)
        older = [replace(fact, rule=fact.rule.rpartition("@")[0] + "@0") for fact in view.facts]
        with context.store.batch(at=context.now(), program="t", rules={}) as batch:
            batch.facts(view.revision.id, older[1:])
            batch.facts(view.revision.id, older)
        assert {fact.rule.rpartition("@")[2] for fact in queries.show(context.store, 1).facts} == {"0"}
        assert list(differences(context)) == []


def test_confirmed_fact_is_not_a_difference(site: SmallSite, tmp_path: Path) -> None:
    """A confirmed fact that the rules no longer find is not reported as removed, and a later fact run keeps it.

    Before the confirmation, the fact is reported as removed with the reason.
    """
    fill(site, {"/a.html": ("一", FEATURE)})
    with opened(tmp_path, site.base) as context:
        one_pass(context)
        view = queries.show(context.store, 1)
        quote = view.revision.content.text[:6]
        own = Fact("initiative", quote, 0, 6, {"name": quote, "since": None, "quoted": False}, "gone@1")
        with context.store.batch(at=context.now(), program="t", rules={}) as batch:
            batch.facts(view.revision.id, [own, *view.facts])
        (found,) = differences(context)
        assert [fact.rule for fact in found.facts_gone] == ["gone@1"]
        assert len(found.gone_because) == 1 and "station" in found.gone_because[0]
        with context.store.batch(at=context.now(), program="t", rules={}) as batch:
            batch.correct_fact(
                Correction(1, own.kind, own.quote, own.what, "confirm", "reviewer", context.now(), as_read=own.fields)
            )
        assert list(differences(context)) == []
        with context.store.batch(at=context.now(), program="t", rules={}) as batch:
            batch.facts(view.revision.id, view.facts)
        assert [fact.judged for fact in queries.show(context.store, 1).facts if fact.rule == "gone@1"] == [
            "confirmed by reviewer"
        ]


def test_article_revised_meanwhile_is_not_changed(site: SmallSite, tmp_path: Path) -> None:
    """If a run revises an article after a replay found a difference, accepting the difference changes nothing."""
    fill(site, {"/a.html": ("一", FEATURE)})
    with opened(tmp_path, site.base) as context:
        one_pass(context)
        view = queries.show(context.store, 1)
        older = replace(view.revision.content, title="旧题")
        assert view.verdict is not None
        found = compare(view, Processed(older, view.verdict, fingerprint(older.title, older.text), view.facts))
        fill(site, {"/a.html": ("一", FEATURE.replace("36.8平方公里", "37.2平方公里"))})
        one_pass(context)
        assert accept(context, [found]) == (None, [found])
        newest = queries.show(context.store, 1).revision
        assert newest.number == 2 and newest.content.title != "旧题"
