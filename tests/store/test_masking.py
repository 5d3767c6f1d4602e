"""Tests of store/masking.py and store/private_names.py: masked spellings of names and numbers, and masked persons."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from store import Store, masked_views, open_store
from store.masking import Mask, Rules, hide_paths, mask
from store.records import OutcomeRow
from store.search import search
from tests.support.store_samples import article, batch_of, fact, later, put

RULES = Rules(lambda text: text == "欧阳", lambda text: text in ("建国", "平安"))


@pytest.mark.parametrize(
    "written",
    [
        "13800001234",
        "+8613800001234",
        "8613800001234",
        "008613800001234",
        "+86 138 0000 1234",
        "（+86）138-0000-1234",
        "1380000 1234",
        "138－0000－1234",
        "138\u00a00000\u00a01234",
        "１３８００００１２３４",
        "138 - 0000 - 1234",
        "138 00 00 12 34",
        "1 3 8 0 0 0 0 1 2 3 4",
        "138.0000.1234",
        "+86（138）0000-1234",
        "+86 (0) 138 0000 1234",
        "0086  138  0000  1234",
        "+86 13 8000 01234",
        "013800001234",
        "tel.13800001234",
        "tel:+86.138.0000.1234",
    ],
)
def test_mobile_numbers_lose_their_middle(written: str) -> None:
    """Mobile numbers are masked, also if written with a country code, blanks, hyphens or full-width digits."""
    shown = mask(f"电话{written}。")
    assert "****" in shown and "0000" not in shown and "００００" not in shown


@pytest.mark.parametrize(
    "written",
    [
        "430102199001011234",
        "43010219900101123X",
        "430102 19900101 1234",
        "430102-19900101-123x",
        "430102900101123",
        "430102 900101 123",
        "４３０１０２１９９００１０１１２３Ｘ",
        "430102 - 19900101 - 1234",
        "4301 0219 9001 0112 34",
    ],
)
def test_id_numbers_keep_the_place_only(written: str) -> None:
    """ID numbers of 18 and 15 characters keep only the area code, also with blanks, hyphens or full-width digits."""
    shown = mask(f"证号{written}。")
    assert shown.count("*") in (9, 12) and "900101" not in shown and "９００１０１" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "13 45 67 89 123",
        "158 37 200 41 5",
        "1380000123456",
        "123456789012345",
        "0.13800001234",
        "1380.0001234",
        "2019年138起",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    """Lists of small numbers, longer and decimal numbers, and 15 digits without a date are not masked."""
    assert mask(text) == text


def test_two_mobile_numbers_beside_each_other() -> None:
    """Two adjacent mobile numbers are masked as two numbers; their first 18 digits are not taken for an ID number."""
    assert mask("138 0000 1234 139 0000 5678") == "138****1234 139****5678"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("徐孝惠说", "徐某说"),
        ("徐 孝惠说", "徐某说"),
        ("徐　孝　惠说", "徐某说"),
        ("徐\u200b孝惠说", "徐某说"),
        ("徐\n孝惠说", "徐某说"),
        ("孝惠说", "某某说"),
        ("欧阳娜来了", "欧阳某来了"),
        ("张建国在建国路", "张某在建国路"),
        ("王孝惠是民警", "王孝惠是民警"),
    ],
)
def test_spellings_of_a_name(text: str, shown: str) -> None:
    """A name with blanks inside and the given name alone are masked; common words and names of others are not."""
    assert Mask({"徐孝惠", "欧阳娜", "张建国"}, {"王孝惠"}, RULES)(text) == shown


def test_masked_text_is_stable() -> None:
    """Masking a masked text does not change it."""
    masks = Mask({"徐孝惠"}, rules=RULES)
    once = masks("徐孝惠的电话+86 138-0000-1234，身份证430102 19900101 1234。")
    assert masks(once) == once


def test_addresses_of_files_show_no_path() -> None:
    """A file:/// address stored by an earlier version is shown as a hash, always the same, in URLs and in details."""
    address = "file:///home/zhang/%E6%96%B0%E9%97%BB/a.html"
    shown = Mask().url(address)
    assert re.fullmatch(r"saved:[0-9a-f]{32}", shown) and Mask().url(address) == shown
    assert hide_paths(f"cannot be read: {address}（error）") == f"cannot be read: {shown}（error）"
    row = OutcomeRow(1, address, "-", "error", f"see {address}", datetime(2026, 11, 20, tzinfo=UTC))
    assert "zhang" not in str(masked_views.mask_outcome(row, Mask()))


def test_name_in_a_url() -> None:
    """A name in a URL is masked, percent-encoded or not; other URLs do not change."""
    masks = Mask({"徐孝惠"}, rules=RULES)
    assert "%E5%AD%9D" not in masks.url("https://a.cn/%E5%BE%90%E5%AD%9D%E6%83%A0/1.html")
    assert "孝" not in masks.url("https://a.cn/徐孝惠.html")
    assert masks.url("https://a.cn/%7Ex?a=1&b=%20") == "https://a.cn/%7Ex?a=1&b=%20"


PRIVATE = "居民徐孝惠来到井口派出所。民警冯勇接待了徐孝惠,孝惠说谢谢。"
OTHER = "记者见到徐孝惠,他住在井口。"
OFFICER = "所长徐孝惠介绍,派出所有民警35人。"


@pytest.fixture
def town(store: Store) -> Store:
    """Store three articles with the same name.

    In the first it is the name of a private person, in the second it has no role, in the third it is the name of an
    officer.
    """
    with batch_of(store) as batch:
        person = fact("居民徐孝惠", PRIVATE, "person", name="徐孝惠", roles=["居民"], private=True)
        put(batch, article(1, PRIVATE, title="徐孝惠的锦旗"), facts=(person,))
        put(batch, article(2, OTHER, title="走进井口"))
        police = fact("所长徐孝惠", OFFICER, "person", name="徐孝惠", roles=["所长"], role_class="police")
        put(batch, article(3, OFFICER, title="井口的所长"), facts=(police,))
    return store


def test_person_is_masked_in_every_article_but_officers_are_not(town: Store) -> None:
    """A name that one article marks as private is masked in others, except as the name of an official."""
    texts = [masked_views.show(town, number).value.revision.content.text for number in (1, 2, 3)]
    assert "孝惠" not in texts[0] and "孝惠" not in texts[1] and "所长徐孝惠" in texts[2]
    assert [row.value.title for row in masked_views.list_articles(town)] == ["井口的所长", "走进井口", "徐某的锦旗"]


def test_quotes_fit_the_masked_text(town: Store) -> None:
    """Masked facts have the offsets of their quotes in the masked text."""
    view = masked_views.show(town, 1).value
    assert [fact.quote for fact in view.facts] == ["居民徐某"]
    assert all(view.revision.content.text[fact.start : fact.end] == fact.quote for fact in view.facts)


@pytest.mark.parametrize("query", ["徐孝惠", "孝惠", "徐孝", "孝", "惠", "徐 孝惠"])
def test_masked_name_cannot_be_probed(town: Store, query: str) -> None:
    """A search for a masked name, or for a part of the name, finds only the article about an officer of that name."""
    assert [hit.row.id for hit in masked_views.search(town, query).value.hits] == [3]
    assert {hit.row.id for hit in search(town, query).hits} == {1, 2, 3}


def test_rejecting_the_fact_lifts_the_mask(town: Store) -> None:
    """If a user rejects the fact of the private person, the name is no longer masked in any article."""
    from store.queries import show
    from store.records import Correction

    (found,) = show(town, 1).facts
    with batch_of(town, later(1)) as batch:
        batch.correct_fact(Correction(1, "person", found.quote, found.what, "reject", "老王", later(1)))
    assert "徐孝惠" in masked_views.show(town, 2).value.revision.content.text


def test_rules_are_given_when_a_store_is_opened(sqlite_url: str) -> None:
    """Masked views use the masking rules given when the store was opened."""
    with open_store(sqlite_url, masking=RULES) as store:
        with batch_of(store) as batch:
            text = "居民欧阳娜说好。"
            put(batch, article(1, text), facts=(fact("居民欧阳娜", text, "person", name="欧阳娜", private=True),))
        assert masked_views.show(store, 1).value.revision.content.text == "居民欧阳某说好。"
