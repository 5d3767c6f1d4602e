"""`suowen cluster --store` regroups stored stories by the current rules in one Commit, except corrected stories."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ingest.cli.group_stories import Clustering
from ingest.config.settings import WorkerSettings
from ingest.dedup import cluster
from ingest.dedup.clustering import group, with_keys
from ingest.dedup.story_moves import plan_moves, story_changes
from store import open_store
from store.queries import list_articles, verify
from store.records import Correction, Match
from tests.support.command import run_text
from tests.support.store_samples import T0, article, batch_of, later, put

LAMP = """\
修灯的老葛从木箱里取出铜线,一圈一圈地绕。街坊说,整条街只有他的灯从不晃眼。
去年冬天,社区民警齐文秀来求他,给巷口那盏老灯换一个罩子。老葛没要工钱。
灯亮的那天晚上,孩子们在底下跳皮筋,有人放了一挂小鞭,算是给灯过了生日。"""
WINTER = """\
雪下到第二天,山口的车排成了长龙。值班民警罗永年带着辅警给司机送热水,走一趟要踩两个多小时的雪。
一辆货车上坐着抱孩子的母亲,孩子发着烧。罗永年把大衣裹在孩子身上,背到了山下的卫生室。"""
#: text by article
TEXTS = {1: LAMP, 2: WINTER, 3: LAMP + "\n责任编辑:王磊", 4: WINTER, 5: LAMP, 6: WINTER}
#: story by article, as first stored
STORED = {1: 1, 2: 1, 3: 2, 4: 3, 5: 4, 6: 4}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with wrongly grouped stories and with a corrected fact in article 6 of story 4."""
    folder = tmp_path_factory.mktemp("cluster") / "work"
    assert run_text("init", folder).returncode == 0
    with open_store(f"sqlite:///{folder}/data/suowen.db", create=True) as store:
        with batch_of(store) as batch:
            for number, text in TEXTS.items():
                first = next(n for n, story in STORED.items() if story == STORED[number])
                match = None if first == number else Match(STORED[number], first, "repost", 0.9, "before")
                put(batch, article(number, text=text, title="街坊的故事"), match=match)
        with batch_of(store, later(1)) as batch:
            batch.correct_fact(Correction(6, "person", "罗永年", "罗永年", "confirm", "reviewer", T0))
    return folder


def stories(home: Path, at: int | None = None) -> dict[int, int | None]:
    """Return the story of each article at the newest Commit, or at the Commit `at`."""
    with open_store(f"sqlite:///{home}/data/suowen.db") as store:
        return {row.id: row.story for row in list_articles(store, at=at)}


def cluster_store(home: Path, *options: str) -> list[dict[str, object]]:
    done = run_text("cluster", "--store", "--json", "--home", home, *options)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_stored_stories_become_those_of_todays_rules(home: Path) -> None:
    """The dry run changes nothing; the command splits and joins stories in one Commit.

    A second run finds no difference.
    """
    changes = cluster_store(home, "--dry-run")
    assert {(change["change"], str(change["stories"])) for change in changes} == {
        ("split", "[1]"),
        ("join", "[1, 2]"),
        ("join", "[1, 3]"),
    }
    assert stories(home) == STORED
    *applied, summary = cluster_store(home)
    assert applied == changes and summary == {"moved": 2, "commit": 3}
    assert stories(home) == {1: 1, 3: 1, 2: 3, 4: 3, 5: 4, 6: 4}, "the corrected story 4 stays"
    assert stories(home, 2) == STORED, "as it was before"
    assert cluster_store(home) == [{"moved": 0, "commit": None}]
    with open_store(f"sqlite:///{home}/data/suowen.db") as store:
        assert verify(store) == []


def test_group_without_the_first_of_a_story_starts_one() -> None:
    """A group without the first article of any story becomes a new story; each move names the group's first article.

    The longest text of a group has no match after grouping. If this text moves to another story, it gets a match with
    another article of the group.
    """
    rows = [(str(number), "街坊的故事", text) for number, text in TEXTS.items()]
    grouped = list(group(with_keys(rows)))
    story_of = dict.fromkeys(TEXTS, 1)
    moves = {move.article: move for move in plan_moves(grouped, story_of, {1: 1})}
    assert set(moves) == {2, 4, 6} and {move.first for move in moves.values()} == {2}
    assert moves[2].match is None and moves[4].match is not None
    assert [change.change for change in story_changes(grouped, story_of)] == ["split"]
    back = {move.article: move for move in plan_moves(grouped, story_of, {1: 1, 5: 7})}
    assert back == moves, "the oldest story of the group stays"
    longest = next(found for found in grouped if found.key == found.first and int(found.key) in (1, 3, 5))
    moved = plan_moves(grouped, {**story_of, int(longest.key): 9}, {1: 1})
    match = next(move.match for move in moved if move.article == int(longest.key))
    assert match is not None and match.article in (1, 5) and match.relation in ("copy", "repost")


def test_clusters_are_the_groups() -> None:
    """`cluster` returns the first key of each row's group, for the rows in order and reversed."""
    rows = [(str(number), "", text) for number, text in TEXTS.items()]
    assert cluster(rows) == cluster(reversed(rows)) == {f.key: f.first for f in group(with_keys(rows))}


def test_text_that_exceeds_the_limits_of_a_worker_stays_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """Each text that kills its worker twice is reported and counted, and is a group of its own."""
    with Clustering(WorkerSettings(processes=1, deadline=0.000_001)) as clustering:
        # long enough that no worker can have answered before the deadline is tested
        text = LAMP * (100_000 // len(LAMP))
        found = list(clustering.group([("1", "", text), ("2", "", text)], lambda *_: None))
    assert [(one.key, one.first) for one in found] == [("1", "1"), ("2", "2")] and clustering.lost == 2
    assert capsys.readouterr().err.count("it killed its worker twice") == 2
