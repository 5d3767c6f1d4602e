"""A person's word on a fact by form and API: the only writing there is."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup

from ingest.corrections import etag, record_correction
from ingest.errors import StaleError
from store import Store
from store.history import facts_as_read, last_commit, show, verify
from tests.support.store_samples import article, batch_of, fact, later, put
from tests.support.web_samples import SECRETS, TEXT, facts_of, tell


def _form(web: Any, position: int, path: str = "/articles/1") -> dict[str, str]:
    """The hidden fields of a fact's form, as a browser would send them."""
    page = BeautifulSoup(web.browser.get(web.base + path, timeout=20).text, "lxml")
    form = page.select_one(f"form[action='/articles/1/facts/{position}']")
    return {} if form is None else {str(one["name"]): str(one["value"]) for one in form.select("input[type=hidden]")}


def test_a_fact_is_rejected_and_confirmed_by_form(web: Any) -> None:
    """What was judged is shown apart and in other words, under the name that the session has; what was said before is
    listed; the words are those that `suowen fact` would have kept."""
    tell(web.store)
    web.enter(by="老王")
    answer = web.post("/articles/1/facts/2", {**_form(web, 2), "action": "reject", "note": "旧数"})
    assert answer.status_code == 303 and answer.headers["Location"] == "/articles/1#fact-2"
    told = web.get("/api/articles/1").json()
    assert [one["position"] for one in told["facts"]] == [0, 1] and [one["position"] for one in told["rejected"]] == [2]
    page = web.page("/articles/1")
    assert "判为不实" in page and "老王" in page and "旧数" in page
    assert web.post("/articles/1/facts/2", {**_form(web, 2), "action": "confirm"}).status_code == 303
    told = web.get("/api/articles/1").json()
    assert told["rejected"] == [] and told["facts"][2]["judged"] == "confirmed by 老王"
    assert "（人工核实）" in web.page("/articles/1") and "（人工核实）" in web.page("/station?name=井口派出所")
    said = show(web.store, 1).corrections
    assert [(one.action, one.by, one.note) for one in said] == [("reject", "老王", "旧数"), ("confirm", "老王", "")]
    assert said[0].as_read == facts_as_read(web.store, show(web.store, 1).revision.id)[2].fields


def test_a_fact_is_judged_by_the_api(web: Any) -> None:
    """JSON in and out; who says so is named in it, "web" when nobody is."""
    tell(web.store)
    first = web.api.post(web.base + "/api/articles/1/facts/0", json={"action": "confirm", "by": "核对员"}, timeout=20)
    assert first.json() == {"article": 1, "position": 0, "action": "confirm", "by": "核对员", "commit": 3}
    second = web.api.post(web.base + "/api/articles/1/facts/2", data={"action": "reject"}, timeout=20)
    assert second.json()["by"] == "web" and second.json()["commit"] == 4
    assert len(web.get("/api/articles/1").json()["rejected"]) == 1


def test_a_word_never_falls_on_another_fact(web: Any) -> None:
    """The page is open, the article is read again, the fact of that number is another one: 409, nothing kept."""
    tell(web.store)
    web.enter()
    waiting = {**_form(web, 2), "action": "reject"}
    other = TEXT.replace("35人", "52人")
    with batch_of(web.store, later(3)) as batch:
        put(
            batch,
            article(1, other),
            facts=(
                *facts_of(TEXT)[:2][:1],
                fact("11个社区", other, "division", station="井口派出所", category="社区", value=11),
                fact("民警52人", other),
            ),
        )
    answer = web.post("/articles/1/facts/2", waiting)
    assert answer.status_code == 409 and "已经变了" in answer.text and show(web.store, 1).corrections == ()
    assert web.post("/articles/1/facts/2", {**_form(web, 2), "action": "reject"}).status_code == 303


def test_seals_tell_facts_apart() -> None:
    """Kind, quote, place and fields are in a seal; what a person said is not, for it changes no reading."""
    given = facts_of(TEXT)
    assert len({etag(one) for one in given}) == len(given)
    assert etag(given[1]) != etag(fact("民警35人", TEXT, "force", station="井口派出所", category="民警", value=36))


def test_say_refuses_another_seal(lite: Store) -> None:
    """The check is where the word is kept, so that whoever calls has it."""
    tell(lite)
    with pytest.raises(StaleError, match="another fact now"):
        record_correction(lite, 1, 0, "reject", "x", later(3), seen="0" * 16)
    assert last_commit(lite) == 2


@pytest.mark.parametrize(
    "path, sent, status",
    [
        ("/api/articles/1/facts/99", {"action": "confirm"}, 404),
        ("/api/articles/99/facts/0", {"action": "confirm"}, 404),
        ("/api/articles/1/facts/0", {}, 400),
        ("/api/articles/1/facts/0", {"action": "edit"}, 400),
        ("/api/articles/1/facts/0", {"action": "delete"}, 400),
        ("/api/articles/1/facts/-1", {"action": "confirm"}, 404),
        ("/api/articles/1/facts/x", {"action": "confirm"}, 404),
        ("/api/articles/1/facts/9999999999", {"action": "x"}, 404),
        ("/api/articles/1/facts/0", {"action": "confirm", "by": "长" * 41}, 400),
        ("/api/articles/1/facts/0", [], 400),
        ("/api/articles/1/facts/0", {"action": "confirm", "by": "a\nb"}, 400),
        ("/api/articles/1/facts/0", "x", 400),
        ("/api/articles/1/facts/0", {"action": "confirm", "note": "a\x00"}, 400),
        ("/api/articles/1/facts/0", {"action": 1}, 400),
        ("/api/articles/1/facts/0", {"action": "confirm", "note": "\ud800"}, 400),
    ],
)
def test_words_that_cannot_be_kept(lite_web: Any, path: str, sent: Any, status: int) -> None:
    """Facts that are not there, words that are none, names past their length: said so, nothing kept."""
    tell(lite_web.store)
    answer = lite_web.api.post(lite_web.base + path, json=sent, timeout=20)
    assert answer.status_code == status and set(answer.json()) == {"error"}, answer.text
    assert last_commit(lite_web.store) == 2
    broken = lite_web.api.post(
        lite_web.base + "/api/articles/1/facts/0", data="{", timeout=20, headers={"Content-Type": "application/json"}
    )
    assert broken.status_code == 400
    deep = lite_web.api.post(
        lite_web.base + "/api/articles/1/facts/0",
        data="[" * 60_000,
        timeout=20,
        headers={"Content-Type": "application/json"},
    )
    assert deep.status_code == 400


def test_older_revisions_are_not_judged(lite_web: Any) -> None:
    """A word is on the newest reading; a page of an older revision has no form."""
    tell(lite_web.store)
    lite_web.enter()
    assert _form(lite_web, 0) and not _form(lite_web, 0, "/articles/1?revision=1")


def test_many_at_once(web: Any) -> None:
    """Twenty-four words sent at once: each is one commit of its own, the chain is sound."""
    tell(web.store)

    def judge(number: int) -> requests.Response:
        return requests.post(
            f"{web.base}/api/articles/{1 + number % 2}/facts/{number % 3}",
            timeout=60,
            json={"action": "confirm", "by": f"n{number}"},
            headers=dict(web.api.headers),
        )

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(judge, range(24)))
    assert [one.status_code for one in answers] == [200] * 24
    assert sorted(one.json()["commit"] for one in answers) == list(range(3, 27))
    said = [one.by for article in (1, 2) for one in show(web.store, article).corrections]
    assert sorted(said) == sorted(f"n{number}" for number in range(24))
    assert verify(web.store) == []


def test_rejecting_takes_the_mask_with_it(lite_web: Any) -> None:
    """As everywhere: whoever says that a fact marks no private person lifts its mask, in all revisions and copies that
    marked it, and nowhere else."""
    tell(lite_web.store)
    for number in (1, 2):
        for one in lite_web.get(f"/api/articles/{number}").json()["facts"]:
            if one["kind"] == "person":
                record_correction(lite_web.store, number, one["position"], "reject", "x", later(4))
    assert SECRETS[0] in lite_web.page("/articles/1") and SECRETS[1] not in lite_web.page("/articles/1")
