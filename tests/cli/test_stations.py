"""stations, station, changes, fact as a person meets them: cards with their evidence, corrections, clear refusals."""

from __future__ import annotations

import contextlib
import io
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ingest.cli.main import main
from ingest.config.load import load
from store import open_store
from store.records import Article, Fact, Fingerprint, Verdict

AT = datetime(2026, 11, 20, tzinfo=UTC)
#: (published, name, 民警, 居民 that is named), articles 1 to 4; the last two contradict each other
TOLD = (
    ("2012-05-10", "南渡口派出所", 21, "张建国"),
    ("2019-03-02", "望江楼派出所", 35, "李桂芳"),
    ("2023-08-15", "望江楼派出所", 41, "王秀英"),
    ("2023-08-15", "望江楼派出所", 38, "赵玉珍"),
)


def facts_of(name: str, count: int, person: str, text: str) -> list[Fact]:
    def one(kind: Any, quote: str, **fields: Any) -> Fact:
        return Fact(kind, quote, text.index(quote), text.index(quote) + len(quote), fields, "test@1")

    found = [
        one("station", f"宁津县公安局{name}", name=name, authority="宁津县公安局", district="宁津县", main=True),
        one("force", f"民警{count}人", station=name, category="民警", value=count, approx="exact"),
        one("person", f"居民{person}", name=person, roles=["居民"], role_class="citizen", private=True),
        one("event", f"民警陪居民{person}看病", date="2012", what=f"陪{person}看病"),
    ]
    if count == 21:
        found.append(
            one(
                "statistic",
                "陪居民",
                metric="求助",
                value=31,
                unit="起",
                station=name,
                change={"direction": "down", "percent": 38.5, "base": "同比"},
            )
        )
    if count == 35:
        found.append(
            one("station", "南渡口派出所", name="南渡口派出所", main=False, former_name_of=name, district="宁津县")
        )
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with four articles about one station, renamed between the first two, each a commit."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
    config = load(tmp_path, {})
    config.data.mkdir()
    with open_store(config.store_url()) as store:
        for number, (published, name, count, person) in enumerate(TOLD, 1):
            text = f"宁津县公安局{name}原名南渡口派出所,现有民警{count}人。那天民警陪居民{person}看病。"
            made = Article(f"https://news.example/{number}", f"{person}的锦旗", text, AT, published)
            with store.batch(at=AT, program="test", rules={}) as batch:
                added = batch.article(made, "-", None)
                batch.verdict(added.revision, Verdict("feature", 0.9, ("test",), "t@1"))
                batch.facts(added.revision, facts_of(name, count, person, text))
                batch.story(added.article, Fingerprint(str(number), (), "t@1"), None)
    return tmp_path


def suowen(home: Path, *arguments: str, code: int = 0) -> str:
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(printed), pytest.raises(SystemExit) as ended:
        patch.setattr("sys.argv", ["suowen", *arguments, "--home", str(home)])
        main()
    assert (ended.value.code or 0) == code, printed.getvalue()
    return printed.getvalue()


def asked(home: Path, *arguments: str) -> Any:
    return json.loads(suowen(home, *arguments, "--json"))


def test_a_card_has_changes_conflicts_and_former_names(home: Path) -> None:
    """One card for both names; then and now as changes, one day's contradiction as conflict; every value says which
    fact of which article tells it."""
    (shown,) = asked(home, "station", "望江楼派出所")
    assert asked(home, "station", "南渡口派出所") == [shown], "the former name is as good"
    assert (shown["card"]["articles"], shown["card"]["former_names"]) == ([1, 2, 3, 4], ["南渡口派出所"])
    assert [(one["before"]["value"], one["after"]["value"]) for one in shown["changes"]] == [
        (21, 35),
        (35, 41),
        (35, 38),
    ]
    (conflict,) = shown["conflicts"]
    assert [value["value"] for value in conflict["values"]] == [41, 38]
    table = suowen(home, "station", "望江楼派出所")
    assert (
        "formerly 南渡口派出所" in table
        and "conflict: force 民警 41 (3.1 (2023-08-15)) | 38 (4.1 (2023-08-15))" in table
    )
    assert "force 民警 21 -> 35: article 1.1 (2012-05-10), article 2.1 (2019-03-02)" in table
    assert [row["articles"] for row in asked(home, "stations", "--search", "南渡口")] == [[1, 2, 3, 4]]


def test_a_change_on_a_card_is_told_in_words(home: Path) -> None:
    """Fails when a statistic's change is printed as Python writes it."""
    card = suowen(home, "station", "望江楼派出所")
    assert "down 38.5% 同比" in card and "{" not in card


def test_a_card_names_no_private_person(home: Path) -> None:
    """Neither table nor JSON shows whom facts mark as private: not in quotes, values or titles."""
    for shown in (
        suowen(home, "station", "望江楼"),
        suowen(home, "station", "望江楼", "--json"),
        suowen(home, "changes", "--json"),
    ):
        assert not [person for *_, person in TOLD if person in shown]
    assert "陪李某看病" in suowen(home, "station", "望江楼") and "李某的锦旗" in suowen(home, "changes", "--json")


def test_changes_since_a_commit_are_those_that_newer_articles_brought(home: Path) -> None:
    """What an alert asks for: after commit 3 article 4 alone, as of commit 2 what was known then."""

    def pairs(*options: str) -> list[tuple[int, int]]:
        return [(one["before"]["value"], one["after"]["value"]) for one in asked(home, "changes", *options)]

    assert pairs() == [(21, 35), (35, 41), (35, 38)]
    assert (pairs("--since", "3"), pairs("--at", "2"), pairs("--since", "4")) == ([(35, 38)], [(21, 35)], [])
    assert "望江楼派出所  force 民警 21 -> 35" in suowen(home, "changes")


def test_corrections_are_kept_and_shown_on_the_card(home: Path) -> None:
    """An edit, then a rejection of the edited fact, then a confirmation: each has its effect, and the card says whose
    word it is."""
    suowen(home, "fact", "edit", "4.1", "value=41", "--by", "老王")
    (shown,) = asked(home, "station", "望江楼派出所")
    assert shown["conflicts"] == [] and "edited by 老王" in suowen(home, "station", "望江楼派出所")
    suowen(home, "fact", "edit", "4.1", "category=辅警", "--by", "老王")
    suowen(home, "fact", "reject", "4.1", "--by", "老王")
    assert len(asked(home, "show", "4")["rejected"]) == 1
    suowen(home, "fact", "confirm", "4.1", "--by", "小李")
    (force,) = [one for one in asked(home, "show", "4")["facts"] if one["kind"] == "force"]
    assert (force["fields"]["value"], force["fields"]["category"]) == (41, "辅警")
    assert force["judged"] == "edited by 老王, confirmed by 小李"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (("reject", "².1"), 2),
        (("reject", "99999999999999999999.1"), 2),
        (("reject", "1.99"), 2),
        (("reject", "1"), 2),
        (("reject", "9.1"), 1),
        (("edit", "1.1", "value"), 2),
        (("edit", "1.1", "value=NaN"), 1),
        (("edit", "1.1", "valeu=3"), 1),
        (("edit", "1.1", "category=null"), 1),
    ],
)
def test_corrections_that_cannot_be_are_refused(home: Path, wrong: tuple[str, ...], code: int) -> None:
    """Each with an exit code of its own, none with a traceback; nothing is stored."""
    suowen(home, "fact", *wrong, code=code)
    assert asked(home, "show", "1")["corrections"] == []


def test_a_user_without_a_name_can_correct(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container may run as a number that no user has."""

    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("ingest.cli.stations.getuser", nobody)
    suowen(home, "fact", "confirm", "1.1")
    assert [one["by"] for one in asked(home, "show", "1")["corrections"]] == ["-"]


def test_a_replay_is_told_as_json_and_appended_when_accepted(home: Path) -> None:
    """Without a terminal nothing is accepted but with --yes; what differs is listed without the texts."""
    for options in ([], ["--dry-run"]):
        told = asked(home, "replay", "--classify", *options)
        assert [one["article"] for one in told["differences"]] == [1, 2, 3, 4] and told["commits"] == []
        assert all(one["facts_gone"] and "examined" not in one for one in told["differences"])
    assert "nothing was changed (accept with --yes)" in suowen(home, "replay", "--classify")
    assert asked(home, "replay", "--classify", "--yes")["commits"] == [5]
    assert asked(home, "replay", "--classify", "--yes") == {"differences": [], "commits": [], "overtaken": []}
