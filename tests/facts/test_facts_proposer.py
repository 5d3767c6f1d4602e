"""The optional model: only what the text proves is taken, whatever an endpoint answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.facts import Knowledge, facts
from ingest.facts.proposer import accept, cache_key, messages

TEXT = "江苏省如皋市公安局磨头派出所成立于1986年,现有民警35人。老所长许大川说,派出所门前的桂树是他栽的。"


def answer(*proposals: Any) -> str:
    return json.dumps({"facts": list(proposals)}, ensure_ascii=False)


def test_what_the_text_proves_is_taken_with_its_origin() -> None:
    """A true quote with its value inside becomes a fact that says which model found it."""
    taken = accept(TEXT, answer({"kind": "person", "quote": "老所长许大川", "name": "许大川", "roles": ["所长"]}), "small-1")
    (fact,) = taken.facts
    assert TEXT[fact.start : fact.end] == fact.quote == "老所长许大川"
    assert (fact.fields["name"], fact.fields["roles"], fact.rule) == ("许大川", ["所长"], "model:small-1@1")
    assert taken.refused == ()


def test_a_code_fence_around_the_answer_is_fine() -> None:
    """Models like fences."""
    fenced = "好的:\n```json\n" + answer({"kind": "force", "quote": "民警35人", "category": "民警", "value": 35}) + "\n```"
    assert [fact.fields["value"] for fact in accept(TEXT, fenced, "m").facts] == [35]


@pytest.mark.parametrize(
    "proposal",
    [
        {"kind": "force", "quote": "民警53人", "category": "民警", "value": 53},
        {"kind": "force", "quote": "民警35人", "category": "民警", "value": 53},
        {"kind": "person", "quote": "老所长许大川", "name": "许大山"},
        {"kind": "founded", "quote": "成立于1986年", "date": "1968"},
        {"kind": "founded", "quote": "成立于1986年"},
        {"kind": "event", "quote": "成立于1986年", "date": "1986-05", "what": "成立"},
        {"kind": "secret", "quote": "民警35人"},
        {"kind": "person", "quote": "", "name": "许大川"},
        {"kind": "person", "quote": 7, "name": "许大川"},
        {"kind": "person", "quote": "老所长许大川", "name": "许大川", "roles": {"a": 1}},
        {"kind": "statistic", "quote": "民警35人", "value": float("nan")},
        {"kind": "person", "quote": "老所长许大川", "name": "许大川" * 200},
        "民警35人",
        None,
        [[[[]]]],
    ],
)
def test_what_the_text_does_not_prove_is_refused_with_a_reason(proposal: Any) -> None:
    """Invented quotes, changed values, unknown kinds and odd shapes leave a sentence and no fact."""
    taken = accept(TEXT, answer(proposal), "m")
    assert taken.facts == () and len(taken.refused) == 1


@pytest.mark.parametrize("text", ["", "sorry", "{", "[]", '{"facts": 3}', "[" * 50_000, "{" * 50_000 + "}", '{"facts": null}', "\x00{}\x00"])
def test_hostile_answers_are_no_error(text: str) -> None:
    """Whatever comes back, the article's facts stay what they are."""
    taken = accept(TEXT, text, "m")
    assert taken.facts == () and taken.refused


@given(st.text())
def test_any_answer_is_survived(text: str) -> None:
    """No answer raises."""
    assert accept(TEXT, text, "m").facts == ()


def test_known_facts_are_not_said_twice() -> None:
    """A proposal that the rules already found adds nothing."""
    known = facts(TEXT, Knowledge.load())
    again = answer({"kind": "force", "quote": "现有民警35人", "category": "民警", "value": 35}, {"kind": "station", "quote": "磨头派出所", "name": "磨头派出所"})
    assert accept(TEXT, again, "m", known).facts == ()


def test_the_article_is_sent_as_data_and_keyed_by_all_that_decides() -> None:
    """The text travels as a JSON value; another text, model or title is another key."""
    asked = messages(TEXT, title="标题")
    assert json.loads(asked[1]["content"])["text"] == TEXT
    keys = {cache_key(TEXT, "a"), cache_key(TEXT, "b"), cache_key(TEXT + "。", "a"), cache_key(TEXT, "a", title="t")}
    assert len(keys) == 4 and cache_key(TEXT, "a") == cache_key(TEXT, "a")
