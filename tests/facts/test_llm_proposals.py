"""The optional LLM: for any answer of the endpoint, only proposals that the text proves are accepted."""

from __future__ import annotations

import contextlib
import json
import re
import time
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import ExtractError
from ingest.facts import facts
from ingest.facts.llm_proposals import KINDS, accept, cache_key, content_of, kept, messages, request
from store.records import Fact
from tests.support.lexicon import shared_lexicon

TEXT = "江苏省如皋市公安局磨头派出所成立于1986年,现有民警35人。老所长许大川说,派出所门前的桂树是他栽的。"

LONG = (
    TEXT
    + """辖区面积约1200亩。村民马小云的儿子走失,马小云的儿子后来找到了。
2019年获评全国优秀公安基层单位,如今正在争创“枫桥式公安派出所”。今年以来,警情同比下降45.3%。
11月5日凌晨,民警出警。所里推出“桂花夜话”,请群众坐下来说话,连续三年命案零发生。
通讯员 李 明"""
)


#: (proposal that the text LONG proves, fields of the accepted fact)
RIGHT: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"kind": "station", "quote": "如皋市公安局磨头派出所", "name": "磨头派出所", "authority": "如皋市公安局", "province": "江苏省",
      "city": "南通市", "main": True},
     {"name": "磨头派出所", "authority": "如皋市公安局", "province": "江苏省", "city": None, "district": None, "main": True}),
    ({"kind": "founded", "quote": "成立于1986年", "date": "1986"}, {"station": None, "date": "1986"}),
    ({"kind": "area", "quote": "辖区面积约1200亩", "value": 0.8}, {"station": None, "value": 0.8, "approx": "about"}),
    ({"kind": "force", "quote": "现有民警35人", "category": "民警", "value": 35.0, "approx": "vague"},
     {"station": None, "category": "民警", "value": 35, "approx": "exact"}),
    ({"kind": "person", "quote": "老所长许大川", "name": "许大川", "roles": ["所长"], "role_class": "citizen"},
     {"name": "许大川", "roles": ["所长"], "role_class": "police", "station": None}),
    ({"kind": "person", "quote": "村民马小云", "name": "马小云", "roles": ["村民", "局长"], "role_class": "police"},
     {"name": "马小云", "roles": ["村民"], "role_class": "citizen", "station": None, "private": True}),
    ({"kind": "person", "quote": "马小云的儿子", "name": "马小云", "role_class": "official"},
     {"name": "马小云", "roles": [], "role_class": "citizen", "station": None, "private": True}),
    ({"kind": "honour", "quote": "2019年获评全国优秀公安基层单位", "title": "全国优秀公安基层单位", "by": "公安部", "date": "2019", "count": 7},
     {"station": None, "holder": None, "title": "全国优秀公安基层单位", "by": None, "date": "2019", "count": None}),
    ({"kind": "statistic", "quote": "警情同比下降45.3%", "metric": "警情", "change": {"direction": "down", "percent": 45.3}},
     {"metric": "警情", "value": None, "unit": None, "approx": "exact", "change": {"direction": "down", "percent": 45.3}, "period": None}),
    ({"kind": "event", "quote": "11月5日凌晨,民警出警", "date": "2026-11-05", "date_text": "11月5日", "what": "抢险"},
     {"date": "2026-11-05", "date_text": "11月5日", "what": "11月5日凌晨,民警出警"}),
    ({"kind": "initiative", "quote": "推出“桂花夜话”", "name": "桂花夜话", "secret": "x"},
     {"name": "桂花夜话", "since": None, "quoted": True}),
    ({"kind": "credit", "quote": "通讯员 李 明", "role": "通讯员", "name": "李明"}, {"role": "通讯员", "name": "李明"}),
    ({"kind": "credit", "quote": "通讯员 李 明", "role": "社长", "name": "李明"}, {"role": None, "name": "李明"}),
    ({"kind": "honour", "quote": "全国优秀公安基层单位", "title": "全国优秀公安基层单位", "date": "2019"},
     {"station": None, "holder": None, "title": "全国优秀公安基层单位", "by": None, "date": "2019", "count": None}),
    ({"kind": "honour", "quote": "全国优秀公安基层单位", "title": "全国优秀公安基层单位", "date": "1986"},
     {"station": None, "holder": None, "title": "全国优秀公安基层单位", "by": None, "date": None, "count": None}),
    ({"kind": "statistic", "quote": "连续三年命案零发生", "metric": "命案", "value": 0, "unit": "起"},
     {"metric": "命案", "value": 0, "unit": None, "approx": "exact", "change": None, "period": None}),
]  # fmt: skip


def answer(*proposals: Any) -> str:
    """Return an answer that contains `proposals`."""
    return json.dumps({"facts": list(proposals)}, ensure_ascii=False)


def test_proved_proposal_is_accepted_with_its_origin() -> None:
    """A proposal with a quote of the text and a value in that quote becomes a fact with a rule that names the LLM."""
    accepted = accept(
        TEXT, answer({"kind": "person", "quote": "老所长许大川", "name": "许大川", "roles": ["所长"]}), "small-1"
    )
    (fact,) = accepted.facts
    assert TEXT[fact.start : fact.end] == fact.quote == "老所长许大川"
    assert (fact.fields["name"], fact.fields["roles"], fact.rule) == ("许大川", ["所长"], "model:small-1@2")
    assert accepted.refused == ()


def test_code_fence_around_answer_is_ignored() -> None:
    """A Markdown code fence around an answer is removed."""
    fenced = (
        "好的:\n```json\n" + answer({"kind": "force", "quote": "民警35人", "category": "民警", "value": 35}) + "\n```"
    )
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
def test_unproved_proposal_is_refused_with_a_reason(proposal: Any) -> None:
    """Invented quotes, changed values, unknown kinds and malformed proposals are refused with a reason."""
    accepted = accept(TEXT, answer(proposal), "m")
    assert accepted.facts == () and len(accepted.refused) == 1


@pytest.mark.parametrize(
    "text", ["", "sorry", "{", "[]", '{"facts": 3}', "[" * 50_000, "{" * 50_000 + "}", '{"facts": null}', "\x00{}\x00"]
)
def test_hostile_answers_raise_nothing(text: str) -> None:
    """A malformed answer results in no facts and a reason."""
    accepted = accept(TEXT, text, "m")
    assert accepted.facts == () and accepted.refused


@given(st.text())
def test_any_answer_raises_nothing(text: str) -> None:
    """Random text as an answer of the model raises no exception and results in no facts."""
    assert accept(TEXT, text, "m").facts == ()


def test_known_facts_are_not_repeated() -> None:
    """A proposal of a fact found by the rules is not accepted."""
    known = facts(TEXT, shared_lexicon())
    again = answer(
        {"kind": "force", "quote": "现有民警35人", "category": "民警", "value": 35},
        {"kind": "station", "quote": "磨头派出所", "name": "磨头派出所"},
    )
    assert accept(TEXT, again, "m", known).facts == ()


def test_article_is_sent_as_data_and_key_covers_the_request() -> None:
    """The article is a JSON value of the request, cut to 20,000 characters.

    Text, title, kinds, model and options change the cache key.
    """
    chat = messages(TEXT, title="标题")
    assert json.loads(chat[1]["content"])["text"] == TEXT
    assert json.loads(request("a", chat, {"messages": [], "model": "b", "stream": True})) == {
        "model": "a",
        "messages": chat,
        "stream": False,
    }
    keys = [
        cache_key(request(model, messages(text, title=title, kinds=kinds), options))
        for model, text, title, kinds, options in (
            ("a", TEXT, "", KINDS, {}),
            ("b", TEXT, "", KINDS, {}),
            ("a", TEXT + "。", "", KINDS, {}),
            ("a", TEXT, "t", KINDS, {}),
            ("a", TEXT, "", ("force",), {}),
            ("a", TEXT, "", KINDS, {"temperature": 0}),
        )
    ]
    assert len(set(keys)) == 6
    assert cache_key(request("a", messages(TEXT), {})) == keys[0]
    assert len(json.loads(messages("字" * 100_000)[1]["content"])["text"]) == 20_000


@pytest.mark.parametrize(("proposal", "fields"), RIGHT)
def test_fields_contain_only_what_the_text_proves(proposal: dict[str, Any], fields: dict[str, Any]) -> None:
    """Proved fields are kept. Other fields become None, except that the quote replaces the description of an event.

    The program computes approx, unit, private and role_class.
    """
    accepted = accept(LONG, answer(proposal), "m", published="2026-11-20")
    assert [fact.fields for fact in accepted.facts] == [fields], accepted.refused


@pytest.mark.parametrize(
    "proposal",
    [
        {"kind": "honour", "quote": "正在争创“枫桥式公安派出所”", "title": "枫桥式公安派出所"},
        {"kind": "station", "quote": "如皋市公安局", "name": "如皋市公安局"},
        {"kind": "person", "quote": "现有民警35人", "name": 35},
        {"kind": "person", "quote": "村民马小云", "name": "村民马小云\n"},
        {"kind": "credit", "quote": "成立于1986年", "name": "成立于1986年", "role": "记者"},
        {"kind": "force", "quote": "现有民警35人", "category": "狱警", "value": 35},
        {"kind": "force", "quote": "现有民警35人", "category": "民警", "value": True},
        {"kind": "force", "quote": "现有民警35人", "category": "民警", "value": "35"},
        {"kind": "force", "quote": "现有民警35人", "category": "民警", "value": 10**400},
        {"kind": "force", "quote": " 现有民警35人", "category": "民警", "value": 35},
        {
            "kind": "statistic",
            "quote": "警情同比下降45.3%",
            "metric": "警情",
            "change": {"direction": "up", "percent": 45.3},
        },
        {
            "kind": "statistic",
            "quote": "警情同比下降45.3%",
            "metric": "警情",
            "change": {"direction": "down", "percent": 54.3},
        },
        {"kind": "statistic", "quote": "警情同比下降45.3%", "metric": "警情", "change": "down"},
        {"kind": "statistic", "quote": "警情同比下降45.3%", "metric": "警情"},
        {"kind": "statistic", "quote": "警情同比下降45.3%", "metric": "警情", "value": 0},
        {"kind": "statistic", "quote": "连续三年命案零发生", "metric": "命案", "value": False},
        {"kind": "area", "quote": "辖区面积约1200亩", "value": 1200},
        {"kind": ["force"], "quote": "现有民警35人"},
        {"kind": "person", "quote": "字" * 500, "name": "字字"},
    ],
)
def test_traps_and_hostile_fields_are_refused(proposal: dict[str, Any]) -> None:
    """Goals, values of a wrong type or not in the quote, and authorities as stations are refused with one reason."""
    accepted = accept(LONG + "字" * 600, answer(proposal), "m", published="2026-11-20")
    assert accepted.facts == () and len(accepted.refused) == 1


def test_offset_of_quote_is_the_claimed_one_if_right() -> None:
    """A quote that occurs twice has the claimed offset if the quote is there, else that of the first occurrence."""
    text = "民警许大川来了。民警许大川走了。"
    proposal = {"kind": "person", "quote": "民警许大川", "name": "许大川", "roles": ["民警"]}
    for claimed, place in ((8, 8), (0, 0), (3, 0), (-8, 0), (10**30, 0), ("8", 0), (8.0, 0), (True, 0), (None, 0)):
        (fact,) = accept(text, answer({**proposal, "start": claimed}), "m").facts
        assert fact.start == place


def test_unrequested_kinds_and_repetitions_are_refused() -> None:
    """A proposal of a kind that is not requested is refused; of several equal proposals, one is accepted."""
    person = {"kind": "person", "quote": "老所长许大川", "name": "许大川"}
    force = {"kind": "force", "quote": "现有民警35人", "category": "民警", "value": 35}
    accepted = accept(TEXT, answer(person, force, force, {**force, "quote": "民警35人"}), "m", kinds=("force",))
    assert [fact.kind for fact in accepted.facts] == ["force"] and len(accepted.refused) == 3


def test_main_station_of_the_rules_is_not_replaced() -> None:
    """A proposed station does not become the main one if the rules found a main station."""
    other = answer({"kind": "station", "quote": "如皋市公安局磨头派出所", "name": "磨头派出所", "main": True})
    known = Fact("station", "城北派出所", 0, 5, {"name": "城北派出所", "main": True}, "station@1")
    (fact,) = accept("城北派出所与" + TEXT, other, "m", (known,)).facts
    assert fact.fields["main"] is False


def test_stored_proposals_remain_while_the_text_proves_them() -> None:
    """Stored proposals are kept with new offsets if the quote has moved, and dropped if the quote is missing.

    Proposals that the rules now find, and facts found by rules, are dropped too.
    """
    before = accept(
        TEXT,
        answer(
            {"kind": "person", "quote": "老所长许大川", "name": "许大川"},
            {"kind": "force", "quote": "现有民警35人", "category": "民警", "value": 35},
        ),
        "m",
    ).facts
    force, person = before
    rule = replace(force, rule="force.list@1")
    (moved,) = kept("昨日," + TEXT.replace("35人", "36人"), (*before, rule), ())
    assert moved == replace(person, start=person.start + 3, end=person.end + 3) and moved.proposed_by == "m"
    assert kept(TEXT, (*before, rule), ()) == before
    assert kept(TEXT, before, (rule,)) == (person,)


def test_hostile_answers_take_bounded_time() -> None:
    """Unclosed braces, deep nesting and many proposals take less than 2 s each."""
    person = {"kind": "person", "quote": "老所长许大川", "name": "许大川"}
    nest = '{"facts": [' + '{"kind": "person", "quote": "许大川", "name": ' + "[" * 900 + "]" * 900 + "}]}"
    for text in (
        "{" * 200_000,
        "{}" * 100_000,
        answer(*[person] * 3_000),
        answer(*[[]] * 50_000),
        nest,
        '{"facts": [' + "9" * 5_000 + "]}",
        '{"facts": [{"kind": "force", "value": 1e999}]}',
    ):
        began = time.perf_counter()
        assert len(accept(TEXT, text, "m").facts) <= 1
        assert time.perf_counter() - began < 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
FIELDS = ("name", "authority", "province", "city", "district", "main", "station", "date", "value", "category", "approx",
          "holder", "title", "by", "count", "roles", "role_class", "since", "metric", "unit", "change", "period",
          "date_text", "what", "role", "start", "private", "rule")  # fmt: skip


@st.composite
def proposals(draw: st.DrawFn) -> Any:
    """Draw any JSON, or a valid proposal with some fields replaced by parts of the text, its numbers or any JSON."""
    cut = st.builds(lambda a, n: LONG[a : a + n], st.integers(0, len(LONG)), st.integers(0, 12))
    value = (
        cut
        | JSON
        | st.sampled_from(
            [35, 1986, "1986", 45.3, 0.8, 1200, "2019", ["民警"], ["所长"], {"direction": "down", "percent": 45.3}]
        )
    )
    right = draw(st.sampled_from([proposal for proposal, _ in RIGHT]))
    wrong = draw(st.dictionaries(st.sampled_from((*FIELDS, *right)), value, max_size=3))
    return draw(st.sampled_from([{**right, **wrong}] * 7 + [None])) or draw(JSON)


@given(st.lists(proposals(), max_size=6))
@settings(max_examples=150, deadline=None)
def test_accepted_facts_are_proved_by_the_text(drawn: list[Any]) -> None:
    """For any proposals, quotes are exact, the rule names the LLM and all values are storable JSON.

    All words are in the text or computed by the program.
    """
    squashed = "".join(c for c in LONG if c.isalnum())
    computed = {"exact", "over", "nearly", "about", "vague", "police", "official", "citizen", "up", "down"}
    for fact in accept(LONG, json.dumps({"facts": drawn}), "m", published="2026-11-20").facts:
        assert LONG[fact.start : fact.end] == fact.quote != ""
        assert (fact.kind in KINDS, fact.rule, fact.proposed_by) == (True, "model:m@2", "m")
        json.dumps(fact.fields, allow_nan=False, ensure_ascii=False).encode("utf-8")
        values = [item for value in fact.fields.values() for item in (value if isinstance(value, list) else [value])]
        for word in (value for value in values if isinstance(value, str) and value not in computed):
            assert word in LONG or word in squashed or re.fullmatch(r"\d{4}(-\d\d){0,2}", word), (fact.kind, word)


@given(st.binary(max_size=80) | JSON.map(lambda value: json.dumps({"choices": value}).encode()))
def test_any_body_is_content_or_extract_error(body: bytes) -> None:
    """Any response body has content or raises ExtractError."""
    with contextlib.suppress(ExtractError):
        assert isinstance(content_of(body, "http://127.0.0.1/"), str)


def test_content_of_answer_is_storable() -> None:
    """NUL and lone surrogates are removed, and a long answer is cut."""
    body = json.dumps({"choices": [{"message": {"content": "好\x00\ud800" + "x" * 300_000}}]}).encode()
    content = content_of(body, "u")
    assert content.startswith("好x") and len(content) <= 200_000
    assert content_of(b'{"choices": [{"message": {"content": ""}}]}', "u") == ""


@pytest.mark.parametrize("word", ["民警", "派出所", "群众", "社区民警", "老所长"])
def test_common_word_is_not_a_person(word: str) -> None:
    """A common word is refused as the name of a private person, because masking would replace it in every title and
    quote.
    """
    text = TEXT + "群众说,社区民警来过。"
    assert accept(text, answer({"kind": "person", "quote": word, "name": word, "roles": []}), "m").facts == ()


@pytest.mark.parametrize(
    ("quote", "roles", "private"),
    [
        ("民警帮助冯桂英", ["民警"], True),
        ("冯桂英找到民警", ["民警"], True),
        ("冯桂英和所长", ["所长"], True),
        ("所长、教导员冯桂英", ["所长", "教导员"], False),
        ("冯桂英,时任磨头派出所副所长", ["所长"], False),
        ("民警冯桂英", ["民警"], False),
        ("村民冯桂英", ["村民"], True),
    ],
)
def test_role_counts_only_for_its_holder(quote: str, roles: list[str], private: bool) -> None:
    """A proposed role counts only if the quote gives it to this person: in 民警帮助冯桂英, 冯桂英 is private."""
    proposal = {"kind": "person", "quote": quote, "name": "冯桂英", "roles": roles, "role_class": "police"}
    (fact,) = accept(f"{TEXT}{quote}。", answer(proposal), "m").facts
    assert fact.fields.get("private", False) is private
