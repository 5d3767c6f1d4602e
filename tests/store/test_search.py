"""Tests of store/search.py, search_index.py and search_tokens.py: Chinese queries, equal results on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store import Store, StoreError, open_store, search_index, search_tokens
from store.queries import list_articles
from store.records import Fact
from store.search import Filters, reindex, search
from tests.support.store_samples import BRIEF, FEATURE, article, batch_of, fact, later, put

TEXTS = {
    1: ("井口派出所的一天", "清晨六点,民警冯勇走访七铺联防点。派出所副所长李强说,110接警下降。", FEATURE, "2026-01-05"),
    2: ("枫桥经验在山城", "大阳沟派出所获评“枫桥式公安派出所”。井边口袋公园很安静。", FEATURE, "2026-02-10"),
    3: ("短讯", "某派出所民警救人。ＡＢＣ公司送来锦旗。", BRIEF, "2026-02-20"),
    4: ("天气", "明天有雨,气温下降。", BRIEF, "2025-12-31"),
}


def _station(name: str, text: str, **places: str) -> Fact:
    return fact(name, text, "station", name=name, main=True, **places)


@pytest.fixture
def library(store: Store) -> Store:
    """Store four articles; the first two have a station with a place."""
    facts = {
        1: (_station("派出所", TEXTS[1][1], city="重庆市", district="沙坪坝区"),),
        2: (
            _station("大阳沟派出所", TEXTS[2][1], city="重庆市", district="渝中区"),
            fact("枫桥式公安派出所", TEXTS[2][1], "honour", title="枫桥式公安派出所"),
        ),
    }
    with batch_of(store) as batch:
        for number, (title, text, verdict, day) in TEXTS.items():
            source = "重庆日报" if number < 3 else None
            put(
                batch,
                article(number, text=text, title=title, published=day, source=source),
                verdict=verdict,
                facts=facts.get(number, ()),
            )
    return store


def _ids(store: Store, query: str, **filters: Any) -> list[int]:
    return [hit.row.id for hit in search(store, query, Filters(**filters)).hits]


@pytest.mark.parametrize(("query", "wanted"), [
    ("井口", [1]),  # 井边口袋 contains both characters, but not side by side
    ("副所", [1]), ("沟", [2]), ("雨", [4]), ("派出所", [1, 2, 3]),
    ("枫桥", [2]), ("枫桥经验", [2]), ("枫桥式公安派出所", [2]),
    ("所副", [1]), ("出所民", [3]), ("所派出", []), ("口派民", []),
    ("派出所 民警", [1, 3]), ("民警 派出所 救", [3]), ("下降", [1, 4]),
    ('"派出所民警"', [3]), ("“接警下降”", [1]), ('"警下降" 民', [1]),
    ("110", [1]), ("１１０", [1]), ("abc", [3]), ("ＡＢＣ公司", [3]), ("c公", [3]),
    ("七铺联防点。派出所", [1]), ("冯勇,走访", []), ("某派出所民警救人。ABC公司", [3]),
])  # fmt: skip
def test_query_results(library: Store, query: str, wanted: list[int]) -> None:
    """Terms of any length, width and case, several terms (AND) and phrases find exactly the expected articles."""
    assert sorted(_ids(library, query)) == wanted


def test_title_and_names_rank_first(library: Store) -> None:
    """A hit in the title or in the name of a fact ranks above a hit in the text."""
    assert _ids(library, "派出所")[:2] == [1, 2] and _ids(library, "派出所")[2] == 3
    assert _ids(library, "大阳沟派出所") == [2]


@pytest.mark.parametrize(
    ("filters", "wanted"),
    [
        ({"ruling": "brief"}, [3, 4]),
        ({"ruling": "feature"}, [1, 2]),
        ({"place": "重庆"}, [1, 2]),
        ({"place": "渝中区"}, [2]),
        ({"place": "成都"}, []),
        ({"station": "大阳沟派出所"}, [2]),
        ({"station": "大阳沟"}, [2]),
        ({"source": "重庆日报"}, [1, 2]),
        ({"source": "example"}, [1, 2, 3, 4]),
        ({"source": "nobody"}, []),
        ({"since": date(2026, 2, 10)}, [2, 3]),
        ({"until": date(2026, 1, 5)}, [1, 4]),
        ({"since": date(2026, 1, 1), "until": date(2026, 2, 10)}, [1, 2]),
        ({"since": date(1990, 1, 1), "until": date(2026, 1, 31)}, [1, 4]),
    ],
)
def test_filters_alone_and_with_a_term(library: Store, filters: dict[str, Any], wanted: list[int]) -> None:
    """Each filter selects articles, both alone and with a term."""
    assert sorted(_ids(library, "", **filters)) == wanted
    assert sorted(_ids(library, "民警", **filters)) == [number for number in wanted if number in (1, 3)]


def test_snippet_marks_the_hit(library: Store) -> None:
    """The marks in title and snippet enclose exactly the term, also if the text has it in full-width letters."""
    (hit,) = search(library, "abc公司").hits
    assert [hit.snippet[a:b] for a, b in hit.marks] == ["ＡＢＣ公司"]
    (hit,) = search(library, "井口").hits
    assert [hit.row.title[a:b] for a, b in hit.title_marks] == ["井口"]


@pytest.mark.parametrize(
    ("query", "limit", "offset", "message"),
    [
        ("", 20, 0, "no letter or digit"),
        ("。,*", 20, 0, "no letter or digit"),
        ("井", 0, 0, "limit must be"),
        ("井", -1, 0, "limit must be"),
        ("井", 20, 10**9, "offset"),
        ("井" * 500, 20, 0, "too many"),
    ],
)
def test_invalid_queries_are_reported(library: Store, query: str, limit: int, offset: int, message: str) -> None:
    """An invalid query raises an error that names the problem, not a database error."""
    with pytest.raises(StoreError, match=message):
        search(library, query, limit=limit, offset=offset)


@pytest.mark.parametrize(
    "query",
    [
        '新闻"',
        "NEAR(派出所",
        "派出所*",
        "-派出所",
        "title:派出所",
        "' OR 1=1 --",
        "a AND OR",
        "^井",
    ],
)
def test_operators_are_plain_characters(library: Store, query: str) -> None:
    """A query with operators of the database's query language raises no error."""
    search(library, query)


def test_index_follows_edits_verdicts_and_facts(library: Store) -> None:
    """The index entry changes in the same transaction as the article; removed words no longer match."""
    with batch_of(library, later(1)) as batch:
        revised = batch.article(article(1, text="全新的内容。", title="改版"), "example", None)
        batch.verdict(revised.revision, BRIEF)
        batch.verdict(3, FEATURE)
        batch.facts(4, [fact("气温", TEXTS[4][1], "initiative", name="蓝天行动")])
    assert (_ids(library, "冯勇"), _ids(library, "全新的"), _ids(library, "蓝天行动")) == ([], [1], [4])
    assert sorted(_ids(library, "", ruling="feature")) == [2, 3]
    assert _ids(library, "内容", ruling="brief") == [1]


def test_filters_that_are_not_text(library: Store) -> None:
    """A filter with invalid UTF-8 finds no article in a search and is refused in a list."""
    assert search(library, "民警", Filters(source="\udcff")).hits == ()
    with pytest.raises(StoreError, match="not text"):
        list_articles(library, source="\udcff")


def test_rolled_back_batch_is_not_found(library: Store) -> None:
    """An article of a rolled-back batch is not found: the index is part of the transaction."""
    with pytest.raises(ZeroDivisionError), batch_of(library) as batch:
        put(batch, article(9, text="未提交的内容"))
        batch.finish()
        raise ZeroDivisionError
    assert _ids(library, "未提交") == []


def test_reindex_gives_the_same_results(library: Store) -> None:
    """After `reindex`, queries return the same hits in the same order; of equal hits the last changed one is first."""
    with batch_of(library, later(1)) as batch:
        batch.article(article(2, text=TEXTS[2][1] + "补记。", title=TEXTS[2][0]), "example", None)
        batch.verdict(1, BRIEF)
    questions = ("派出所", "井口", "沟", "下降 民警", "的")
    before = [search(library, question) for question in questions]
    newest = [hit.row.id for hit in search(library, "", Filters(source="example")).hits]
    assert newest == [2, 1, 4, 3] and reindex(library) == 4
    assert [search(library, question) for question in questions] == before
    assert [hit.row.id for hit in search(library, "", Filters(source="example")).hits] == newest


def test_pages_of_results(store: Store) -> None:
    """Limit and offset select parts of one ranked list."""
    with batch_of(store) as batch:
        for number in range(30):
            put(batch, article(number, text=f"派出所 第{number}篇", title="题"))
    first, second = search(store, "派出所", limit=20), search(store, "派出所", limit=20, offset=20)
    ids = [hit.row.id for hit in (*first.hits, *second.hits)]
    assert ids == list(range(30, 0, -1)) and (first.ranked, first.more) == (30, False)


def test_ranges_of_a_server_index_hide_nothing(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL is queried range by range, the newest first; the size of the ranges does not change the result."""
    questions = [
        ("江畔", Filters()),
        ("江畔小镇", Filters()),
        ("第7", Filters()),
        ("题", Filters(since=date(2026, 2, 1))),
        ("", Filters(source="example")),
        ("", Filters(since=date(2026, 2, 1), until=date(2026, 3, 1))),
    ]
    answers = []
    with open_store(postgres) as store:
        with batch_of(store) as batch:
            for number in range(450):
                put(batch, article(number, text=f"江畔{'' if number % 3 else '和'}小镇第{number}", title="题"))
        for levels in (search_index.LEVELS, (1, 2, 3), (3, 5, 8, 9)):
            monkeypatch.setattr(search_index, "LEVELS", levels)
            reindex(store)
            answers.append([search(store, query, filters, limit=1000) for query, filters in questions])
    assert answers[0] == answers[1] == answers[2]
    assert [len(found.hits) for found in answers[0]] == [450, 300, 11, 450, 450, 450]


def test_pages_past_the_ranked_hits(store: Store) -> None:
    """Pages of any size contain each match once, the ranked ones first and the others newest first.

    An article that contains only parts of the term is not a match.
    """
    with batch_of(store) as batch:
        put(batch, article(0, text="正文", title="江畔旧闻"))
        for number in range(1, 500):
            put(batch, article(number, text="江畔小镇" if number % 3 else "江畔和小镇", title="题"))
    for limit in (40, 1000):
        found = [
            hit
            for page in range(1 + 500 // limit)
            for hit in search(store, "江畔小镇", limit=limit, offset=page * limit).hits
        ]
        assert [hit.row.id for hit in found] == [n + 1 for n in range(499, 0, -1) if n % 3]
    pages = [search(store, "江畔", limit=90, offset=90 * page) for page in range(7)]
    ids = [hit.row.id for page in pages for hit in page.hits]
    assert sorted(ids) == list(range(1, 501)) and ids[0] == 1 and ids[201:] == sorted(ids[201:], reverse=True)
    assert all(page.more and page.ranked == 201 for page in pages)


def test_frequent_term_is_limited_and_reported(store: Store) -> None:
    """Of more than DEPTH matches, the newest and those in a title are ranked; `more` states that there are others.

    A word that nearly every article contains returns the newest articles.
    """
    with batch_of(store) as batch:
        put(batch, article(0, text="正文", title="江畔旧闻"))
        for number in range(1, 260):
            put(batch, article(number, text=f"江畔派出所{number}", title="题"))
    found = search(store, "江畔")
    assert found.more and found.hits[0].row.title == "江畔旧闻"
    common = search(store, "派出所")
    assert common.more and [hit.row.id for hit in common.hits] == list(range(260, 240, -1))


_alphabet = st.text("派出所民警井口aB1１Ａ。 ,\n", max_size=30)


@given(_alphabet, _alphabet)
def test_tokens_are_necessary(text: str, query: str) -> None:
    """A folded text that contains a folded term has all tokens of the term, so that the index misses no match."""
    parsed = search_tokens.parse(query)
    folded = search_tokens.fold(text)
    if parsed.terms and all(term in folded for term in parsed.terms):
        assert set(parsed.tokens()) <= search_tokens.tokens(folded)


@given(_alphabet, _alphabet)
def test_marks_cut_what_folds_to_the_term(text: str, query: str) -> None:
    """Each mark folds to a string that contains a term, and a text that contains a term has a mark."""
    parsed = search_tokens.parse(query)
    for start, end in search_tokens.spans(text, parsed.terms):
        assert any(term in search_tokens.fold(text[start:end]) for term in parsed.terms)
    if any(term in search_tokens.fold(text) for term in parsed.terms):
        assert search_tokens.spans(text, parsed.terms)


Pair = tuple[Store, Store, dict[int, tuple[str, str]]]


@pytest.fixture(scope="module")
def pair(shared_postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Yield a store on each database. The examples of a test add the same articles to both."""
    lite = tmp_path_factory.mktemp("pair") / "suowen.db"
    with (
        pytest.MonkeyPatch.context() as patch,
        open_store(f"sqlite:///{lite}") as one,
        open_store(shared_postgres) as other,
    ):
        patch.setattr(search_index, "LEVELS", (1, 3, 5, 8))  # a few articles then fill many ranges
        yield one, other, {}


#: parts of texts and queries, chosen so that they often match: Chinese in both scripts, one and two characters long,
#: Latin letters in any width and case, database operators, and characters that are not letters
_PIECES = (
    "派出所",
    "派",
    "出所",
    "警務",
    "警务",
    "臺",
    "台",
    "井口",
    "冯",
    "3",
    "１１０",
    "110",
    "abc",
    "Abc",
    "ＡＢＣ",
    "é",
    "e\u0301",
    "ß",
    "ﬁ",
    "Ⅷ",
    "ǅ",
    "%",
    "_",
    "'",
    '"',
    "“",
    "”",
    "*",
    "^",
    "-",
    "(",
    ")",
    "AND",
    "or",
    "NEAR",
    ":",
    "\\",
    "🚓",
    "👮🏽",
    "\u200b",
    "。",
    "，",
    "·",
    " ",
    "\n",
    "\u3000",
    "\x00",
    "が",
    "가",
    "٣",
    "क्षि",
)
_mixed = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=8).map("".join)


def _expected(terms: tuple[str, ...], rows: dict[int, tuple[str, str]]) -> set[int]:
    return {
        number
        for number, row in rows.items()
        if terms and all(any(term in search_tokens.fold(part) for part in row) for term in terms)
    }


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(_mixed, _mixed), min_size=1, max_size=4), st.lists(_mixed, min_size=1, max_size=12))
def test_both_databases_return_the_same(pair: Pair, added: list[tuple[str, str]], queries: list[str]) -> None:
    """For any texts and queries both databases return the same hits, order and marks.

    The hits are exactly the articles whose title or text contains every term.
    """
    one, other, seen = pair
    stores = one, other
    made = [(title.replace("\x00", ""), "文" + text.replace("\x00", "")) for title, text in added]
    for store in stores:
        with batch_of(store) as batch:
            numbers = [
                put(batch, article(len(seen) + number, text=body, title=title)).article
                for number, (title, body) in enumerate(made)
            ]
    seen.update(zip(numbers, made, strict=True))
    for query in (*queries, *(body for _, body in made)):
        terms = search_tokens.parse(query).terms
        if not terms:
            for store in stores:
                with pytest.raises(StoreError, match="no letter or digit"):
                    search(store, query)
            continue
        first, second = (search(store, query, limit=1000) for store in stores)
        assert first == second, query
        assert {hit.row.id for hit in first.hits} == _expected(terms, seen), query


@given(st.text(max_size=60))
def test_folding_is_idempotent(text: str) -> None:
    """Folding a folded text does not change it."""
    assert search_tokens.fold(search_tokens.fold(text)) == search_tokens.fold(text)


def test_private_persons_are_masked_in_hits(store: Store) -> None:
    """Title and snippet of a hit show 张某 instead of the name, with correct marks, also if the name was searched for."""
    text = "71岁的居民张建国说,民警李红帮过他。电话13812345678。"
    found = (fact("居民张建国", text, "person", name="张建国", roles=["居民"], private=True),)
    with batch_of(store) as batch:
        put(batch, article(1, text=text, title="张建国的锦旗"), facts=found)
    (hit,) = search(store, "民警李红").hits
    assert (hit.row.title, hit.snippet) == ("张某的锦旗", "71岁的居民张某说,民警李红帮过他。电话138****5678。")
    assert [hit.snippet[a:b] for a, b in hit.marks] == ["民警李红"]
    (hit,) = search(store, "张建国").hits
    assert "张建国" not in hit.snippet + hit.row.title and hit.marks == ()


_SHORT = st.text(st.characters(min_codepoint=48), min_size=1, max_size=2)


@given(_SHORT, _SHORT)
def test_tokens_of_one_or_two_characters_have_distinct_numbers(one: str, other: str) -> None:
    assert (search_tokens.number(one) == search_tokens.number(other)) == (one == other)
    assert (
        0 <= search_tokens.number(one) < 2**63
        and -(2**63) <= search_tokens.number(search_tokens.tag(search_tokens.ORIGIN, one)) < 0
    )
