"""Tests of site rules: entries have a date and a saved page, mistakes are reported, rules of a source are applied."""

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
from ingest.pipeline_types import Page, SiteRules
from tests.support.paths import GATE

PAGES = GATE / "extract"


def entries(name: str) -> list[dict[str, Any]]:
    text = (defaults() / "config" / "extract" / f"{name}.yaml").read_text(encoding="utf-8")
    found: list[dict[str, Any]] = yaml.safe_load(text)[name]
    return found


@pytest.mark.parametrize("entry", entries("containers"), ids=lambda entry: entry["template"])
def test_each_container_is_dated_and_has_a_page(entry: dict[str, Any]) -> None:
    """Each container has a date and a saved page, in which one of its selectors matches.

    The selectors are not tried if the text of the page is in a script.
    """
    assert isinstance(entry["valid_from"], date)
    card = json.loads((PAGES / f"{entry['page']}.json").read_text(encoding="utf-8"))
    text = (PAGES / f"{entry['page']}.html").read_bytes().decode(card["encoding"], "replace")
    text += "".join(re.findall(r'"content": "(.*?)"', text))
    if "allData" in text:
        return  # the text is in a script; the container exists only in the rendered page
    root = html.document_fromstring(re.sub(r"<\?xml[^>]*>", "", text))
    assert any(CSSSelector(selector)(root) for selector in entry["select"])


@pytest.mark.parametrize("entry", entries("sites"), ids=lambda entry: entry["hosts"][0])
def test_each_site_rule_is_dated_and_applies_to_its_page(entry: dict[str, Any]) -> None:
    """Each site rule has a date and a saved page, which is extracted by the rule."""
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


def test_source_rules_are_applied() -> None:
    """Selectors for body, title, date and removed elements are applied; other fields are detected."""
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


def test_selector_without_matches_is_ignored() -> None:
    """If a selector matches nothing (as after a redesign), the page is extracted without it."""
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
    ("name", "text", "message"),
    [
        ("containers", "containers: nonsense", "containers must be a list"),
        ("containers", "containers: [{template: x, select: '#a'}]", "entry 1: select must be a list"),
        ("sites", "sites: [{body: '#a'}]", "entry 1: hosts must be a list"),
        ("sites", "sites: [{hosts: [a.cn], body: '::['}]", "body is not a CSS selector"),
    ],
)
def test_invalid_rules_are_reported(tmp_path: Path, name: str, text: str, message: str) -> None:
    """An invalid rules file is reported in one message with file, entry and the expected value."""
    folder = tmp_path / "config" / "extract"
    folder.mkdir(parents=True)
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(message)):
        rulebook(tmp_path)
