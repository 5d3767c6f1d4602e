"""Rules are data: every entry is dated and proved by a saved page, mistakes are named, a source's rules win."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from lxml import html
from lxml.cssselect import CSSSelector

from ingest.config.data_files import defaults
from ingest.errors import ConfigError
from ingest.extract import extract
from ingest.extract.site_rules import rulebook
from ingest.model import Page, SiteRules
from tests.support.paths import GATE

PAGES = GATE / "extract"


def entries(name: str) -> list[dict[str, Any]]:
    text = (defaults() / "config" / "reading" / f"{name}.yaml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(text)[name]
    return found


@pytest.mark.parametrize("entry", entries("containers"), ids=lambda entry: entry["template"])
def test_each_template_is_dated_and_has_its_page(entry: dict[str, Any]) -> None:
    """The saved page of a template holds one of its containers."""
    assert isinstance(entry["valid_from"], date)
    card = json.loads((PAGES / f"{entry['page']}.json").read_text(encoding="utf-8"))
    text = (PAGES / f"{entry['page']}.html").read_bytes().decode(card["encoding"], "replace")
    text += "".join(re.findall(r'"content": "(.*?)"', text))
    if "allData" in text:
        return  # the page's text is in a script; its container is that of the rendered page
    root = html.document_fromstring(re.sub(r"<\?xml[^>]*>", "", text))
    assert any(CSSSelector(selector)(root) for selector in entry["select"])


@pytest.mark.parametrize("entry", entries("sites"), ids=lambda entry: entry["hosts"][0])
def test_each_site_rule_is_dated_and_reads_its_page(entry: dict[str, Any]) -> None:
    """The saved page of a site rule is read by it."""
    assert isinstance(entry["valid_from"], date)
    card = json.loads((PAGES / f"{entry['page']}.json").read_text(encoding="utf-8"))
    text = (PAGES / f"{entry['page']}.html").read_bytes().decode(card["encoding"], "replace")
    page = Page(
        card["url"], card["url"], 200, {}, b"", text, "utf-8", "meta", datetime.fromisoformat(card["fetched_at"])
    )
    assert extract(page).article.method == f"rule:{entry['hosts'][0]}"


HTML = """<html><head><title>页面标题</title></head><body><h1>页面标题</h1><div class="a"><p>第一个框里的句子,写得很长很长,足够成为正文的一段。</p>
<p>第一个框里的第二句话,同样写得很长很长,足够成为正文。</p></div><div class="b"><h2 class="t">框里的标题</h2><span class="d">2023年4月3日</span>
<p>第二个框里的句子,也写得很长很长,足够成为一段正文了,读的人也看得明白。</p><p class="x">请删去这一句,它不属于正文,虽然它也很长。</p></div></body></html>"""


def test_a_source_can_say_where_everything_is() -> None:
    """Body, title, date and what to take out by selector; the rest is left to the general reader."""
    page = Page(
        "http://a.example/1",
        "http://a.example/1",
        200,
        {},
        b"",
        HTML,
        "utf-8",
        "meta",
        datetime(2023, 5, 6, tzinfo=UTC),
    )
    found = extract(page, SiteRules(body=".b", title=".t", published=".d", remove=(".x",))).article
    assert found.text == "第二个框里的句子,也写得很长很长,足够成为一段正文了,读的人也看得明白。"
    assert (found.title, found.published, found.method) == ("框里的标题", "2023-04-03", "rule:source")
    assert found.origins["published"] == "rule"


def test_a_selector_that_finds_nothing_leaves_the_page_to_the_reader() -> None:
    """After a redesign a rule misses; the general reader still reads the page."""
    page = Page(
        "http://a.example/1",
        "http://a.example/1",
        200,
        {},
        b"",
        HTML,
        "utf-8",
        "meta",
        datetime(2023, 5, 6, tzinfo=UTC),
    )
    assert "第一个框里的句子" in extract(page, SiteRules(body=".gone")).article.text


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("containers", "containers: nonsense", "containers must be a list"),
        ("containers", "containers: [{template: x, select: '#a'}]", "entry 1: select must be a list"),
        ("sites", "sites: [{body: '#a'}]", "entry 1: hosts must be a list"),
        ("sites", "sites: [{hosts: [a.cn], body: '::['}]", "body is no CSS selector"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, name: str, text: str, says: str) -> None:
    """A wrong rules file is one clear line with file, entry and what would be right."""
    folder = tmp_path / "config" / "reading"
    folder.mkdir(parents=True)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(says)):
        rulebook(tmp_path)
