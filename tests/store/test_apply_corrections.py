"""Tests of store/apply_corrections.py: corrections survive later fact runs and are shown as corrections by a user."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store import Store, StoreError, queries
from store.apply_corrections import apply_corrections
from store.commit_diff import diff
from store.correction_edit import parse_edit
from store.errors import ConflictError
from store.export_rows import article_rows
from store.records import Correction, Fact
from store.search import search
from store.station_card_queries import station
from tests.support.store_samples import T0, article, batch_of, fact, put

FORCE = Fact(
    "force", "民警35人", 3, 8, {"station": "井口派出所", "category": "民警", "value": 35, "approx": "exact"}, "r@1"
)


def correction(action: str, of: Fact = FORCE, **fields: object) -> Correction:
    return Correction(1, of.kind, of.quote, of.what, action, "老王", T0, fields)  # type: ignore[arg-type]


def test_latest_correction_decides() -> None:
    """A fact that is rejected, then confirmed, is effective and marked as confirmed.

    If it is confirmed, then rejected, it is listed as rejected.
    """
    kept, gone = apply_corrections([FORCE], [correction("reject"), correction("confirm")])
    assert [fact.judged for fact in kept] == ["confirmed by 老王"] and gone == ()
    kept, gone = apply_corrections([FORCE], [correction("confirm"), correction("reject")])
    assert kept == () and [fact.judged for fact in gone] == ["rejected by 老王"]


def test_an_edit_keeps_the_quote() -> None:
    """An edited value keeps its quote and is marked as edited."""
    (fact,), _ = apply_corrections([FORCE], [correction("edit", value=36)])
    assert (fact.fields["value"], fact.quote, fact.judged) == (36, FORCE.quote, "edited by 老王")


def test_longer_quote_of_a_later_run_is_the_same_fact() -> None:
    """A correction also applies when a later run finds the fact with a longer quote, but not to another category."""
    longer = replace(FORCE, quote="现有民警35人", start=1)
    assert apply_corrections([longer], [correction("reject")])[0] == ()
    assert (
        apply_corrections([replace(FORCE, fields={**FORCE.fields, "category": "辅警"})], [correction("reject")])[0]
        != ()
    )


@given(st.lists(st.sampled_from(["reject", "confirm"]), max_size=5), st.integers(0, 4))
def test_no_fact_is_lost_or_doubled(actions: list[str], others: int) -> None:
    """For any corrections, each fact is either effective or rejected, exactly once."""
    facts = [FORCE, *(Fact("area", f"{n}平方公里", 0, 5 if n < 10 else 6, {"value": n}, "r@1") for n in range(others))]
    kept, gone = apply_corrections(facts, [correction(action) for action in actions])
    assert sorted(f.quote for f in (*kept, *gone)) == sorted(f.quote for f in facts)


def test_corrections_of_one_fact_add_up() -> None:
    """A second edit keeps the first; a later confirmation keeps both and is shown; a rejection replaces them."""
    first, second = correction("edit", value=36), correction("edit", approx="over")
    (fact,), _ = apply_corrections([FORCE], [first, second])
    assert (fact.fields["value"], fact.fields["approx"]) == (36, "over")
    (fact,), _ = apply_corrections(
        [FORCE], [first, second, replace(correction("confirm"), by="小李", as_read=FORCE.fields)]
    )
    assert (fact.fields["value"], fact.judged) == (36, "edited by 老王, confirmed by 小李")
    assert apply_corrections([FORCE], [correction("edit", category="辅警"), correction("reject")])[0] == ()


def test_facts_of_one_quote_are_distinguished() -> None:
    """If one of two honours with the same quote is rejected, the other stays, also after a later fact run."""
    first, second = (
        Fact("honour", "2019年、2020年获评先进集体", 0, 17, {"title": "先进集体", "date": date, "by": None}, "r@1")
        for date in ("2019", "2020")
    )
    word = replace(correction("reject", second), as_read=second.fields)
    assert apply_corrections([first, second], [word]) == ((first,), (replace(second, judged="rejected by 老王"),))
    better = [replace(fact, fields={**fact.fields, "by": "县局"}) for fact in (first, second)]
    assert apply_corrections(better, [word])[0] == (better[0],)


def test_confirmed_fields_override_later_runs() -> None:
    """A different value that later rules extract from the same quote does not replace the confirmed one."""
    misread = replace(FORCE, fields={**FORCE.fields, "value": 53})
    (fact,), _ = apply_corrections([misread], [replace(correction("confirm"), as_read=FORCE.fields)])
    assert (fact.fields["value"], fact.judged) == (35, "confirmed by 老王")


def test_renamed_station_keeps_its_figures() -> None:
    """If a user renames a station, its figures move to the new name."""
    where = Fact("station", "井口派出所", 0, 5, {"name": "井口派出所", "main": True}, "r@1")
    _, force = apply_corrections([where, FORCE], [correction("edit", where, name="新井口派出所")])[0]
    assert force.fields["station"] == "新井口派出所"


@pytest.mark.parametrize(
    ("kind", "typed", "fields"),
    [
        ("force", {"value": "41", "category": "辅警"}, {"value": 41, "category": "辅警"}),
        (
            "force",
            {"value": "null", "approx": "vague", "period": "成立时"},
            {"value": None, "approx": "vague", "period": "成立时"},
        ),
        ("honour", {"date": "2019", "by": ""}, {"date": "2019", "by": None}),
        ("person", {"private": "true", "roles": "所长、教导员"}, {"private": True, "roles": ["所长", "教导员"]}),
        (
            "statistic",
            {"change": '{"direction": "down", "percent": 3}'},
            {"change": {"direction": "down", "percent": 3}},
        ),
    ],
)
def test_edit_is_parsed_by_field_type(kind: Any, typed: dict[str, str], fields: dict[str, object]) -> None:
    """`parse_edit` parses a value according to the type of the field, whether or not the fact has that field."""
    assert parse_edit(replace(FORCE, kind=kind), typed) == fields


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"valeu": "41"}, "it has station, category, value, approx"),
        ({"quote": "x"}, "no field quote"),
        ({"category": ""}, "cannot be empty"),
        ({"approx": "35"}, "it takes exact, over"),
        *(
            ({"value": wrong}, "it takes a number")
            for wrong in ("many", "true", "NaN", "Infinity", "1e999", "-3", '"41"', "[" * 9999)
        ),
    ],
)
def test_invalid_edit_is_refused(typed: dict[str, str], why: str) -> None:
    """An unknown field or an invalid value is refused with a message that states what is wrong or what is valid."""
    with pytest.raises(StoreError, match=why):
        parse_edit(FORCE, typed)


def test_corrected_facts_survive_rules_that_lose_them(store: Store) -> None:
    """Confirmed and edited facts stay in later fact runs, and in a revised text that contains their quote.

    A rejected fact does not return. No fact is stored twice if later rules extract an edited value.
    """
    other = fact("11个社区", kind="division", station="井口派出所", category="社区", value=11, approx="exact")
    with batch_of(store) as batch:
        put(batch, article(), number=1, facts=(fact(), other))
    with batch_of(store) as batch:
        for target, action, fields in ((fact(), "edit", {"category": "辅警"}), (other, "confirm", {})):
            batch.correct_fact(
                Correction(1, target.kind, target.quote, target.what, action, "老王", T0, fields, "", target.fields)
            )  # type: ignore[arg-type]
    with batch_of(store) as batch:
        batch.facts(1, [])
    kept = [("force", "辅警", "edited by 老王"), ("division", "社区", "confirmed by 老王")]
    assert [(fact.kind, fact.what, fact.judged) for fact in queries.show(store, 1).facts] == kept
    with batch_of(store) as batch:
        batch.facts(1, [replace(fact(), fields={**fact().fields, "category": "辅警"})])
    assert [fact.what for fact in queries.show(store, 1).facts] == ["辅警", "社区"]
    with batch_of(store) as batch:
        put(batch, article(text="新增一段。派出所有民警35人。"), facts=())
    assert [fact.quote for fact in queries.show(store, 1).facts] == ["民警35人"], "the other's words are gone"
    assert queries.verify(store) == []


def test_correction_is_a_change(store: Store) -> None:
    """A correction appears in the diff of its Commit and in an increment, and search finds the corrected name."""
    where = fact("井口派出所", kind="station", name="井口派出所", main=True)
    with batch_of(store) as batch:
        put(batch, article(), number=1, facts=(where,))
    with batch_of(store) as batch:
        batch.correct_fact(
            Correction(1, "station", where.quote, where.what, "edit", "老王", T0, {"name": "山城派出所"})
        )
    (change,) = diff(store, 1, 2).facts
    assert [fact.what for fact in (*change.removed, *change.added)] == ["井口派出所", "山城派出所"]
    assert [row["id"] for row in article_rows(store, ruling=None, since=1)] == [1]
    assert len(search(store, "山城").hits) == 1
    assert [card.name for card in station(store, "山城派出所")] == ["山城派出所"]


def test_correction_survives_another_fact_run(store: Store) -> None:
    """A correction of a fact also applies to the next fact run; the state before the correction does not change."""
    with batch_of(store) as batch:
        put(batch, article(), number=1, facts=(fact(),))
    (read,) = queries.show(store, 1).facts
    with batch_of(store) as batch:
        batch.correct_fact(Correction(1, read.kind, read.quote, read.what, "reject", "老王", T0))
    assert queries.show(store, 1).facts == ()
    with batch_of(store) as batch:
        batch.facts(1, [replace(read, rule="better@2", judged=None), fact("民警35", value=35)])
    view = queries.show(store, 1)
    assert [found.quote for found in view.facts] == ["民警35"] and [fact.rule for fact in view.rejected] == ["better@2"]
    assert queries.show(store, 1, at=1).facts == (read,), "the past is as it was"
    assert queries.verify(store) == []


def test_invalid_corrections_are_refused(store: Store) -> None:
    """A correction is refused and not stored if it has no quote, if it edits no field, or if its article is missing.

    A rejection with new field values is refused, too.
    """
    with batch_of(store) as batch:
        put(batch, article(), number=1, facts=(fact(),))
    for wrong in (
        replace(correction("reject"), quote=""),
        correction("edit"),
        replace(correction("reject"), fields={"value": 1}),
    ):
        with pytest.raises(ConflictError), batch_of(store) as batch:
            batch.correct_fact(wrong)
    with pytest.raises(StoreError), batch_of(store) as batch:
        batch.correct_fact(replace(correction("reject"), article=99))
    assert queries.last_commit(store) == 1


def test_rejected_fact_leaves_the_card(store: Store) -> None:
    """A rejected value is no longer on the station's card."""
    text = "井口派出所现有民警35人。"
    where = Fact("station", "井口派出所", 0, 5, {"name": "井口派出所", "main": True, "district": "沙坪坝区"}, "r@1")
    force = Fact("force", "民警35人", 7, 12, {"station": "井口派出所", "category": "民警", "value": 35}, "r@1")
    with batch_of(store) as batch:
        put(batch, article(text=text), number=1, facts=(where, force))
    assert [value.kind for value in station(store, "井口派出所")[0].values] == ["station", "force"]
    with batch_of(store) as batch:
        batch.correct_fact(replace(correction("reject", force), quote="民警35人"))
    assert [value.kind for value in station(store, "井口派出所")[0].values] == ["station"]
