"""Tests of the commands stations, station, changes and fact: cards with citations, corrections, and errors."""

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
#: (publication date, station, number of 民警, named 居民) of articles 1 to 4; the last two contradict each other
ARTICLES = (
    ("2012-05-10", "南渡口派出所", 21, "张建国"),
    ("2019-03-02", "望江楼派出所", 35, "李桂芳"),
    ("2023-08-15", "望江楼派出所", 41, "王秀英"),
    ("2023-08-15", "望江楼派出所", 38, "赵玉珍"),
)


def facts_of(name: str, count: int, person: str, text: str) -> list[Fact]:
    def fact(kind: Any, quote: str, **fields: Any) -> Fact:
        return Fact(kind, quote, text.index(quote), text.index(quote) + len(quote), fields, "test@1")

    found = [
        fact("station", f"宁津县公安局{name}", name=name, authority="宁津县公安局", district="宁津县", main=True),
        fact("force", f"民警{count}人", station=name, category="民警", value=count, approx="exact"),
        fact("person", f"居民{person}", name=person, roles=["居民"], role_class="citizen", private=True),
        fact("event", f"民警陪居民{person}看病", date="2012", what=f"陪{person}看病"),
    ]
    if count == 21:
        found.append(
            fact(
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
            fact("station", "南渡口派出所", name="南渡口派出所", main=False, former_name_of=name, district="宁津县")
        )
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Create a folder with four articles about a station that was renamed between the first two articles.

    Each article has its own commit.
    """
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "sources.yaml").write_text("sources: []\n", encoding="utf-8")
    config = load(tmp_path, {})
    config.data.mkdir()
    with open_store(config.store_url()) as store:
        for number, (published, name, count, person) in enumerate(ARTICLES, 1):
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


def run_json(home: Path, *arguments: str) -> Any:
    return json.loads(suowen(home, *arguments, "--json"))


def test_card_has_changes_conflicts_and_former_names(home: Path) -> None:
    """Both names of a renamed station lead to one card.

    On the card a later value is a change, two values of one day are a conflict, and each value cites its facts.
    """
    (shown,) = run_json(home, "station", "望江楼派出所")
    assert run_json(home, "station", "南渡口派出所") == [shown], "the former name finds the same card"
    assert (shown["card"]["articles"], shown["card"]["former_names"]) == ([1, 2, 3, 4], ["南渡口派出所"])
    assert [(change["before"]["value"], change["after"]["value"]) for change in shown["changes"]] == [
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
    assert [row["articles"] for row in run_json(home, "stations", "--search", "南渡口")] == [[1, 2, 3, 4]]


def test_change_on_a_card_is_printed_in_words(home: Path) -> None:
    """The change of a statistic is printed in words, not as a Python dictionary."""
    card = suowen(home, "station", "望江楼派出所")
    assert "down 38.5% 同比" in card and "{" not in card


def test_card_names_no_private_person(home: Path) -> None:
    """Neither the table nor the JSON names a private person in quotes, values or titles."""
    for shown in (
        suowen(home, "station", "望江楼"),
        suowen(home, "station", "望江楼", "--json"),
        suowen(home, "changes", "--json"),
    ):
        assert not [person for *_, person in ARTICLES if person in shown]
    assert "陪李某看病" in suowen(home, "station", "望江楼") and "李某的锦旗" in suowen(home, "changes", "--json")


def test_changes_since_a_commit(home: Path) -> None:
    """After commit 3 only the change of article 4 is listed; as of commit 2, only the changes stored until then."""

    def pairs(*options: str) -> list[tuple[int, int]]:
        return [(change["before"]["value"], change["after"]["value"]) for change in run_json(home, "changes", *options)]

    assert pairs() == [(21, 35), (35, 41), (35, 38)]
    assert (pairs("--since", "3"), pairs("--at", "2"), pairs("--since", "4")) == ([(35, 38)], [(21, 35)], [])
    assert "望江楼派出所  force 民警 21 -> 35" in suowen(home, "changes")


def test_corrections_are_stored_and_shown_on_the_card(home: Path) -> None:
    """An edit, a rejection of the edited fact and a confirmation each take effect; the card names the author."""
    suowen(home, "fact", "edit", "4.1", "value=41", "--by", "老王")
    (shown,) = run_json(home, "station", "望江楼派出所")
    assert shown["conflicts"] == [] and "edited by 老王" in suowen(home, "station", "望江楼派出所")
    suowen(home, "fact", "edit", "4.1", "category=辅警", "--by", "老王")
    suowen(home, "fact", "reject", "4.1", "--by", "老王")
    assert len(run_json(home, "show", "4")["rejected"]) == 1
    suowen(home, "fact", "confirm", "4.1", "--by", "小李")
    (force,) = [fact for fact in run_json(home, "show", "4")["facts"] if fact["kind"] == "force"]
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
def test_invalid_corrections_are_refused(home: Path, wrong: tuple[str, ...], code: int) -> None:
    """Invalid corrections end with an exit code and without a traceback; nothing is stored."""
    suowen(home, "fact", *wrong, code=code)
    assert run_json(home, "show", "1")["corrections"] == []


def test_user_without_a_name_can_correct(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A correction is stored for a user id without a user name, as in a container."""

    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr("ingest.cli.fact.getuser", nobody)
    suowen(home, "fact", "confirm", "1.1")
    assert [correction["by"] for correction in run_json(home, "show", "1")["corrections"]] == ["-"]


def test_replay_as_json_is_appended_with_yes(home: Path) -> None:
    """Without a terminal, `replay` stores nothing unless --yes is given; its JSON output does not contain texts."""
    for options in ([], ["--dry-run"]):
        printed = run_json(home, "replay", "--classify", *options)
        assert [difference["article"] for difference in printed["differences"]] == [1, 2, 3, 4] and printed[
            "commits"
        ] == []
        assert all(difference["facts_gone"] and "processed" not in difference for difference in printed["differences"])
    assert "nothing was changed (append with --yes)" in suowen(home, "replay", "--classify")
    assert run_json(home, "replay", "--classify", "--yes")["commits"] == [5]
    assert run_json(home, "replay", "--classify", "--yes") == {"differences": [], "commits": [], "overtaken": []}
