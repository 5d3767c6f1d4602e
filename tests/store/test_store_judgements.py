"""store/judgements.py: a person's word on a fact survives later readings, and is shown as theirs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from samples import T0, article, batch_of, fact, put

from store import Store, StoreError, history
from store.errors import RefusedError
from store.judgements import edited_fields, lay_over
from store.records import Fact, Judgement
from store.stations import station

FORCE = Fact("force", "民警35人", 3, 8, {"station": "井口派出所", "category": "民警", "value": 35, "approx": "exact"}, "r@1")


def said(action: str, of: Fact = FORCE, **fields: object) -> Judgement:
    return Judgement(1, of.kind, of.quote, of.what, action, "老王", T0, fields)  # type: ignore[arg-type]


def test_the_latest_word_counts() -> None:
    """Reject, then confirm: it stands, as confirmed; the other way round it is gone and shown apart."""
    kept, gone = lay_over([FORCE], [said("reject"), said("confirm")])
    assert [one.judged for one in kept] == ["confirmed by 老王"] and gone == ()
    kept, gone = lay_over([FORCE], [said("confirm"), said("reject")])
    assert kept == () and [one.judged for one in gone] == ["rejected by 老王"]


def test_an_edit_keeps_the_quote() -> None:
    """The person's value stands beside the same words, marked as edited."""
    (one,), _ = lay_over([FORCE], [said("edit", value=36)])
    assert (one.fields["value"], one.quote, one.judged) == (36, FORCE.quote, "edited by 老王")


def test_a_longer_quote_of_a_later_reading_is_the_same_fact() -> None:
    """Rules that quote more or fewer words around the same thing do not undo a judgement; another category is another."""
    longer = replace(FORCE, quote="现有民警35人", start=1)
    assert lay_over([longer], [said("reject")])[0] == ()
    assert lay_over([replace(FORCE, fields={**FORCE.fields, "category": "辅警"})], [said("reject")])[0] != ()


@given(st.lists(st.sampled_from(["reject", "confirm"]), max_size=5), st.integers(0, 4))
def test_no_fact_is_lost_or_doubled(actions: list[str], others: int) -> None:
    """Whatever is said, every fact is either told or shown as rejected, once, in the order read."""
    facts = [FORCE, *(Fact("area", f"{n}平方公里", 0, 5 if n < 10 else 6, {"value": n}, "r@1") for n in range(others))]
    kept, gone = lay_over(facts, [said(action) for action in actions])
    assert sorted(f.quote for f in (*kept, *gone)) == sorted(f.quote for f in facts)


def test_typed_changes_become_fields() -> None:
    """VALUE is taken as the type the field has; a field it has not, or another type, is refused with what is right."""
    assert edited_fields(FORCE, {"value": "41", "category": "辅警"}) == {"value": 41, "category": "辅警"}
    with pytest.raises(StoreError, match="it has station, category, value, approx"):
        edited_fields(FORCE, {"valeu": "41"})
    with pytest.raises(StoreError, match=r"another type|no value"):
        edited_fields(FORCE, {"value": "many"})


def test_it_survives_another_reading(store: Store) -> None:
    """A judgement made of one reading holds for the next, on cards too, and each is a Commit of its own."""
    with batch_of(store) as batch:
        put(batch, article(), number=1, facts=(fact(),))
    (read,) = history.show(store, 1).facts
    with batch_of(store) as batch:
        batch.judge_fact(Judgement(1, read.kind, read.quote, read.what, "reject", "老王", T0))
    assert history.show(store, 1).facts == ()
    with batch_of(store) as batch:
        batch.facts(1, [replace(read, rule="better@2", judged=None)])
    view = history.show(store, 1)
    assert view.facts == () and [one.rule for one in view.rejected] == ["better@2"]
    assert history.show(store, 1, at=1).facts == (read,), "the past is as it was"
    assert history.verify(store) == []


def test_bad_judgements_are_refused(store: Store) -> None:
    """No quote, an edit of nothing, an article that is not there: nothing is stored."""
    with batch_of(store) as batch:
        put(batch, article(), number=1, facts=(fact(),))
    for wrong in (replace(said("reject"), quote=""), said("edit"), replace(said("reject"), fields={"value": 1})):
        with pytest.raises(RefusedError), batch_of(store) as batch:
            batch.judge_fact(wrong)
    with pytest.raises(StoreError), batch_of(store) as batch:
        batch.judge_fact(replace(said("reject"), article=99))
    assert history.last_commit(store) == 1


def test_a_rejected_fact_is_on_no_card(store: Store) -> None:
    """The station's card tells a value until it is rejected."""
    text = "井口派出所现有民警35人。"
    where = Fact("station", "井口派出所", 0, 5, {"name": "井口派出所", "main": True, "district": "沙坪坝区"}, "r@1")
    force = Fact("force", "民警35人", 7, 12, {"station": "井口派出所", "category": "民警", "value": 35}, "r@1")
    with batch_of(store) as batch:
        put(batch, article(text=text), number=1, facts=(where, force))
    assert [value.kind for value in station(store, "井口派出所")[0].values] == ["force"]
    with batch_of(store) as batch:
        batch.judge_fact(replace(said("reject", force), quote="民警35人"))
    assert station(store, "井口派出所")[0].values == ()
