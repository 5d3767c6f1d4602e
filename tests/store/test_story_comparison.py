"""Tests of store/story_comparison.py: representative, first publisher, added and cut paragraphs, most complete copy."""

from __future__ import annotations

import pytest

from ingest.zh.simplify import simplified
from store import Store
from store.errors import StoreError
from store.export_rows import article_rows
from store.queries import list_articles, period, show
from store.records import Match
from store.story_comparison import load_comparison
from tests.support.store_samples import BRIEF, FEATURE, TEXT, article, batch_of, fingerprint, put

MORE = TEXT + "\n老所长退休那天,把钥匙交给了年轻人。"


def folded(containment: float = 1.0) -> Match:
    return Match(1, 1, "repost", containment, "all of it is in the other text")


def test_first_article_stays_the_representative(store: Store) -> None:
    """A longer copy, a copy with an earlier date and a revised copy do not replace the first article."""
    with batch_of(store) as batch:
        put(batch, article(1))
        put(batch, article(2, text=MORE, published="2026-01-01"), match=folded())
    with batch_of(store) as batch:
        put(batch, article(2, text=MORE + "\n又及。"))
        put(batch, article(3), match=folded())
    for number in (1, 2, 3):
        view = show(store, number).story
        assert view is not None and view.representative.article == 1
        assert [copy.article for copy in view.copies] == [2, 3]
    assert load_comparison(store, 1).representative.article == 1


def test_feature_represents_a_story_that_began_as_a_brief(store: Store) -> None:
    """If a story starts with a teaser ruled brief, the first feature represents it and is reported in the digest.

    A later feature does not replace the first one; the teaser does if it is ruled a feature later.
    """
    with batch_of(store) as batch:
        teaser = put(batch, article(1), verdict=BRIEF)
    with batch_of(store) as batch:
        put(batch, article(2, text=MORE), match=folded())
    assert [view.representative.article for view in period(store, 1, 2).features] == [2]
    with batch_of(store) as batch:
        put(batch, article(3, text=MORE + "\n又及。"), match=folded())
    view = show(store, 3).story
    assert view is not None and view.representative.article == 2
    assert [copy.article for copy in view.copies] == [1, 3]
    assert load_comparison(store, 1).representative.article == 2
    with batch_of(store) as batch:
        batch.verdict(teaser.revision, FEATURE)
    assert load_comparison(store, 1).representative.article == 1
    assert show(store, 1, at=3).story == view, "as it was then"
    for at, stands, copies in ((1, 1, []), (2, 2, [1]), (3, 2, [1, 3]), (4, 1, [2, 3])):
        then = load_comparison(store, 1, at=at)
        assert (then.representative.article, [copy.revision.article for copy in then.copies]) == (stands, copies)
    with pytest.raises(StoreError, match="does not exist as of commit 0; the stories are 1 to 0"):
        load_comparison(store, 1, at=0)
    assert len(list_articles(store)) == 3


def test_export_without_copies_has_every_story(store: Store) -> None:
    """An export without copies has only the representative of a story, also if it joined the story as a copy."""
    with batch_of(store) as batch:
        put(batch, article(1), verdict=BRIEF)
        put(batch, article(2, text=MORE), match=folded())
        put(batch, article(3, text=MORE + "\n又及。"), match=folded())
    assert [row["id"] for row in article_rows(store, ruling="feature", copies=False)] == [2]
    assert [row["id"] for row in article_rows(store, ruling=None, copies=False)] == [2]
    assert [row["id"] for row in article_rows(store, ruling=None)] == [1, 2, 3]


def test_who_published_first(store: Store) -> None:
    """The 来源 of the article with the earliest date is the first publisher.

    At equal dates an article that names its own site as 来源 comes first. Undated articles are ignored.
    """
    with batch_of(store) as batch:
        put(batch, article(1, published="2026-02-28", source="转载网"))
        put(batch, article(2, published="2026-02-27", source="山城报"), match=folded())
        put(batch, article(3, published="2026-02-27", source="example"), match=folded())
        put(batch, article(4, published=None, source=None), match=folded())
    seen = load_comparison(store, 1)
    assert (seen.first_publisher, seen.first_published) == ("example", "2026-02-27")
    with batch_of(store) as batch:
        put(batch, article(5, published=None))
    assert load_comparison(store, 2).first_publisher is None


def test_medium_named_by_others_precedes_the_clock_of_a_portal(store: Store) -> None:
    """A newspaper whose text says 本报 precedes articles up to two hours older; 综合 and host names are not publishers."""
    with batch_of(store) as batch:
        put(batch, article(1, published="2026-02-28T07:05:00+08:00", source="综合"))
        put(batch, article(2, published="2026-02-28T07:30:00+08:00", source="www.portal.cn"), match=folded())
        put(
            batch,
            article(3, text="本报讯(记者 李明)" + TEXT, published="2026-02-28T08:00:00+08:00", source="山城晚报"),
            match=folded(),
        )
        put(batch, article(4, published="2026-02-28T12:00:00+08:00", source="晨报"), match=folded())
    found = load_comparison(store, 1)
    assert (found.first_publisher, found.first_published) == ("山城晚报", "2026-02-28T07:05:00+08:00")


@pytest.mark.parametrize("named", ["{0}\n(原载《山城晚报》)", "山城晚报3月1日讯 {0}"])
def test_medium_in_credit_or_dateline_of_others_precedes_the_clock_of_a_portal(store: Store, named: str) -> None:
    """A newspaper named by two sites, as 来源 or in credit or dateline, precedes an older copy on a portal."""
    text = TEXT + "\n" + "傍晚,他又把巷子走了一遍,把松动的井盖记在本子上。" * 5
    with batch_of(store) as batch:
        put(batch, article(1, text=named.format(text), published="2026-02-28T07:05:00+08:00", source="门户网"))
        own = article(2, text=text, published="2026-02-28T08:00:00+08:00", source="山城晚报")
        batch.story(batch.article(own, "evening", None).article, fingerprint(), folded())
    assert load_comparison(store, 1).first_publisher == "山城晚报"


def test_paragraphs_that_copies_added_and_cut(store: Store) -> None:
    """Paragraphs are compared by their characters, so that merged ones are neither added nor cut.

    The most complete copy is the best.
    """
    first, second = TEXT.split("\n")
    with batch_of(store) as batch:
        put(batch, article(1, text=MORE))
        put(batch, article(2, text=first + second), match=folded())
        put(batch, article(3, text=MORE + "\n图为民警走访。"), match=folded())
        put(batch, article(4, text=MORE + "\n点击阅读更多精彩内容 关注我们 下载客户端"), match=folded())
    copies = {copy.revision.article: copy for copy in load_comparison(store, 1).copies}
    assert copies[2].added == () and copies[2].cut == (MORE.split("\n")[2],)
    assert copies[3].added == ("图为民警走访。",) and copies[3].cut == ()
    assert load_comparison(store, 1).best == 3


def test_sentence_cut_from_a_merged_paragraph_is_listed_alone(store: Store) -> None:
    """A sentence cut from a merged paragraph is listed without the rest of its paragraph.

    A copy in the other script has no added or cut sentence, because scripts are normalised.
    """
    with batch_of(store) as batch:
        put(batch, article(1, text="民警来了。他说:“门开着。”\n大家都坐下了。"))
        put(batch, article(2, text="民警来了。大家都坐下了。转载请注明。"), match=folded())
        put(batch, article(3, text="民警來了。他說:“門開著。”\n大家都坐下了。"), match=folded())
    copies = {copy.revision.article: copy for copy in load_comparison(store, 1, simplified).copies}
    assert (copies[2].added, copies[2].cut) == (("转载请注明。",), ("他说:“门开着。”",))
    assert (copies[3].added, copies[3].cut) == ((), ())


def test_date_without_time_follows_the_times_of_its_day(store: Store) -> None:
    """An article dated without a time comes after those of its day with a time and before those of later days."""
    with batch_of(store) as batch:
        put(batch, article(1, published="2026-02-27", source="甲报"))
        put(batch, article(2, published="2026-02-27T09:00+08:00", source="乙报"), match=folded())
        put(batch, article(3, published="2026-02-28T00:10+08:00", source=None), match=folded())
    assert load_comparison(store, 1).first_publisher == "乙报"
    with batch_of(store) as batch:
        put(batch, article(4, published="2026-02-27T08:00+08:00", source=None), match=folded())
    assert load_comparison(store, 1).first_published == "2026-02-27T08:00+08:00"


def test_first_of_equal_copies_is_the_best(store: Store) -> None:
    """Of exact copies the first is the best; boilerplate without sentences does not make a copy more complete."""
    with batch_of(store) as batch:
        put(batch, article(1))
        put(batch, article(2), match=folded())
        put(batch, article(3, text=TEXT + "\n点击阅读更多精彩内容 关注我们 下载客户端"), match=folded())
    assert load_comparison(store, 1).best == 1


def test_missing_story_is_reported(store: Store) -> None:
    """The error about a missing story names the story."""
    with pytest.raises(StoreError, match="story 7"):
        load_comparison(store, 7)


def test_frequent_lsh_key_is_read_newest_first(store: Store) -> None:
    """Of the articles with a frequent LSH key only the newest 200 count; an older one sharing more keys is found."""
    with batch_of(store) as batch:
        put(batch, article(1), bands=("site", "a", "b"))
        for number in range(2, 260):
            put(batch, article(number), bands=("site", f"own{number}"))
    with batch_of(store) as batch:
        found = [known.article for known in batch.neighbours(("site", "a", "b"), "minhash@1")]
    assert found[0] == 1 and len(found) == 50
    assert min(found[1:]) > 59, "of the shared key the newest 200 count"
