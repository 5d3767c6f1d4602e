"""Tests of topic files: a working folder with a fire-station topic, and a topic that is edited later."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.config.data_files import defaults
from ingest.config.load import load
from ingest.pipeline.context import open_context
from store import masked_views, queries
from tests.support.command import run_text
from tests.support.paths import DOCS
from tests.support.runs import BRIEF, FEATURE, fill, one_pass, working_folder
from tests.support.small_site import SmallSite

PAGE = DOCS / "topics.md"
FIRE = """走进南门消防救援站,一棵五十年的老槐树下停着六辆红色消防车。站长詹磊说,这棵树是1974年建站那年种的,一茬茬消防员都在树下照过相。
南门消防救援站隶属临江市消防救援支队,全站34人,管辖区域9.7平方公里,常住人口14万。
清晨六点,班长马腾已经在车库里一件件擦器材。他入伍15年,出警2600多次,救出过91个人。“器材擦得亮,心里才亮堂。”马腾说。
前年化工厂大火,他背着空气呼吸器冲进去三次,第三次出来时靴子粘在了地上。妻子在电话里哭,他只说:“没事,吃过饭了。”
街坊李奶奶每天傍晚都来站门口坐一会儿。“有他们在,我睡得着。”老人说。
十多年来,詹磊带着消防员挨家挨户给老楼换电线、装报警器,居民叫他们“南门邻居”。
南门站先后荣立集体一等功1次、二等功3次。墙上的锦旗,大的小的,挂了两层楼。"""


def documented_topic() -> str:
    """Return the topic file printed in docs/topics.md."""
    found = re.search(r"```yaml\n(name: fire-station\n.*?)```", PAGE.read_text(encoding="utf-8"), re.S)
    assert found
    return found[1]


def suowen(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_text(*arguments, cwd=home)


@pytest.fixture
def site() -> Iterator[SmallSite]:
    with SmallSite() as running:
        fill(
            running,
            {
                "/fire.html": ("南门的老槐树", FIRE),
                "/police.html": ("两路派出所的枫桥路", FEATURE),
                "/short.html": ("破案", BRIEF),
            },
        )
        yield running


def test_documented_fire_topic_runs_through_the_pipeline(site: SmallSite, tmp_path: Path) -> None:
    """With the topic file of docs/topics.md, a run stores a fire station's portrait as a feature.

    A police station's portrait is not ruled feature and has no facts. Every verdict names the topic.
    """
    working_folder(tmp_path, site.base)
    settings = tmp_path / "config" / "settings.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "topic: fire-station\n", encoding="utf-8")
    (tmp_path / "config" / "topics").mkdir()
    (tmp_path / "config" / "topics" / "fire-station.yaml").write_text(documented_topic(), encoding="utf-8")
    with open_context(load(tmp_path, {})) as context:
        assert one_pass(context).outcomes == {"stored": 1, "not-feature": 2}
        views = {view.revision.content.title: view for view in (queries.show(context.store, n) for n in (1, 2, 3))}
        assert all(view.verdict and view.verdict.topic.startswith("fire-station@1-") for view in views.values())
        fire, police = views["南门的老槐树"], views["两路派出所的枫桥路"]
        assert fire.verdict and fire.verdict.ruling == "feature"
        assert police.verdict and police.verdict.ruling != "feature" and not police.facts
        quotes = {(fact.kind, fact.quote) for fact in fire.facts}
        assert any(kind == "area" and "9.7平方公里" in quote for kind, quote in quotes), quotes
        (card,) = (masked.value for masked in masked_views.cards(context.store, "南门消防救援站"))
        shown = {(value.kind, value.what): value.value for value in card.values}
        assert (shown["force", "警力"], shown["area", ""], shown["honour", "集体一等功"]) == (34, 9.7, "1次")
        assert shown["person", "詹磊"] == ["站长"]
    text = tmp_path / "article.txt"
    text.write_text(FIRE, encoding="utf-8")
    assert ": feature" in suowen(tmp_path, "classify", "article.txt").stdout, "the folder's topic is the default"
    assert ": feature" not in suowen(tmp_path, "classify", "article.txt", "--topic", "police-station").stdout


def test_prefilter_uses_the_topic_of_the_folder(site: SmallSite, tmp_path: Path) -> None:
    """With `fetch: prefilter`, a page whose title contains a word of the topic's `never` list is not fetched."""
    working_folder(tmp_path, site.base)
    sources = tmp_path / "config" / "sources.yaml"
    sources.write_text(sources.read_text(encoding="utf-8") + "    fetch: prefilter\n", encoding="utf-8")
    shipped = (defaults() / "config" / "topics" / "police-station.yaml").read_text(encoding="utf-8")
    (tmp_path / "config" / "topics").mkdir()
    changed = shipped.replace("  never: [", "  never: [老槐树, ", 1)
    assert changed != shipped
    (tmp_path / "config" / "topics" / "police-station.yaml").write_text(changed, encoding="utf-8")
    with open_context(load(tmp_path, {})) as context:
        assert one_pass(context).outcomes["off-topic"] == 1
    assert site.asked["/fire.html"] == 0 and site.asked["/police.html"] == 1


def test_missing_topic_file_is_reported(tmp_path: Path) -> None:
    """`topic: school` without a file ends a run with exit code 2 and a message that names the missing file."""
    working_folder(tmp_path, "http://127.0.0.1:9")
    settings = tmp_path / "config" / "settings.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "topic: school\n", encoding="utf-8")
    done = suowen(tmp_path, "run")
    assert done.returncode == 2 and "topics/school.yaml" in done.stderr and "Traceback" not in done.stderr


def test_replay_of_an_edited_topic(site: SmallSite, tmp_path: Path) -> None:
    """After the folder's topic is edited, `replay --classify --dry-run` prints changed rulings and changes nothing.

    With --yes the new verdict is stored and the old one stays in the history. No page is fetched.
    """
    working_folder(tmp_path, site.base)
    with open_context(load(tmp_path, {})) as context:
        assert one_pass(context).outcomes == {"stored": 1, "not-feature": 2}
        before = {n: queries.show(context.store, n).verdict for n in (1, 2, 3)}
        (feature,) = [n for n, verdict in before.items() if verdict and verdict.ruling == "feature"]
        commit = queries.last_commit(context.store)
        assert commit is not None
    asked = site.asked.copy()
    assert "0 articles differ" in suowen(tmp_path, "replay", "--classify", "--dry-run").stdout
    (tmp_path / "config" / "topics").mkdir()
    (tmp_path / "config" / "topics" / "police-station.yaml").write_text(
        documented_topic().replace("name: fire-station", "name: police-station").replace("version: 1", "version: 2"),
        encoding="utf-8",
    )
    preview = suowen(tmp_path, "replay", "--classify", "--dry-run")
    assert preview.returncode == 0, preview.stderr
    assert f"article {feature} 两路派出所的枫桥路" in preview.stdout and "ruled feature before, " in preview.stdout
    assert "南门的老槐树" in preview.stdout and "feature now: " in preview.stdout
    with open_context(load(tmp_path, {})) as context:
        assert {n: queries.show(context.store, n).verdict for n in (1, 2, 3)} == before, "the dry run stores nothing"
    accepted = suowen(tmp_path, "replay", "--classify", "--yes")
    assert accepted.returncode == 0 and "appended as commit" in accepted.stdout
    with open_context(load(tmp_path, {})) as context:
        now = queries.show(context.store, feature).verdict
        assert now is not None and now.ruling != "feature" and now.topic.startswith("police-station@2-")
        assert queries.show(context.store, feature, at=commit).verdict == before[feature]
        assert queries.verify(context.store, context.config.data / "warc") == []
    assert "0 articles differ" in suowen(tmp_path, "replay", "--classify", "--dry-run").stdout
    assert site.asked == asked
