"""Tests of corrections by form and by API, which are the only requests that change the store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from bs4 import BeautifulSoup

from ingest.errors import StaleError
from ingest.record_fact_correction import etag, record_correction
from store import Store
from store.queries import extracted_facts, last_commit, show, verify
from tests.support.store_samples import article, batch_of, fact, later, put
from tests.support.web_samples import SECRETS, TEXT, add_story, facts_of


def _form(web: Any, position: int, path: str = "/articles/1") -> dict[str, str]:
    """Return the hidden fields of a fact's form; {} if the page has no form for the fact."""
    page = BeautifulSoup(web.browser.get(web.base + path, timeout=20).text, "lxml")
    form = page.select_one(f"form[action='/articles/1/facts/{position}']")
    return (
        {} if form is None else {str(field["name"]): str(field["value"]) for field in form.select("input[type=hidden]")}
    )


def test_fact_is_rejected_and_confirmed_by_form(web: Any) -> None:
    """A rejected fact is listed separately, a confirmed one is marked.

    The corrections are stored like those of `suowen fact`, under the name of the session.
    """
    add_story(web.store)
    web.log_in(by="老王")
    answer = web.post("/articles/1/facts/2", {**_form(web, 2), "action": "reject", "note": "旧数"})
    assert answer.status_code == 303 and answer.headers["Location"] == "/articles/1#fact-2"
    answered = web.get("/api/articles/1").json()
    assert [item["position"] for item in answered["facts"]] == [0, 1] and [
        item["position"] for item in answered["rejected"]
    ] == [2]
    page = web.page("/articles/1")
    assert "判为不实" in page and "老王" in page and "旧数" in page
    assert web.post("/articles/1/facts/2", {**_form(web, 2), "action": "confirm"}).status_code == 303
    answered = web.get("/api/articles/1").json()
    assert answered["rejected"] == [] and answered["facts"][2]["judged"] == "confirmed by 老王"
    assert "（人工核实）" in web.page("/articles/1") and "（人工核实）" in web.page("/station?name=井口派出所")
    stored = show(web.store, 1).corrections
    assert [(item.action, item.by, item.note) for item in stored] == [
        ("reject", "老王", "旧数"),
        ("confirm", "老王", ""),
    ]
    assert stored[0].as_read == extracted_facts(web.store, show(web.store, 1).revision.id)[2].fields


def test_fact_is_corrected_by_the_api(web: Any) -> None:
    """The API accepts JSON and form fields; a correction without a name is by "web"."""
    add_story(web.store)
    first = web.api.post(web.base + "/api/articles/1/facts/0", json={"action": "confirm", "by": "核对员"}, timeout=20)
    assert first.json() == {"article": 1, "position": 0, "action": "confirm", "by": "核对员", "commit": 3}
    second = web.api.post(web.base + "/api/articles/1/facts/2", data={"action": "reject"}, timeout=20)
    assert second.json()["by"] == "web" and second.json()["commit"] == 4
    assert len(web.get("/api/articles/1").json()["rejected"]) == 1


def test_stale_form_is_refused(web: Any) -> None:
    """If a new extraction changed the fact at a form's position, the form is answered with 409 and not stored."""
    add_story(web.store)
    web.log_in()
    stale = {**_form(web, 2), "action": "reject"}
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
    answer = web.post("/articles/1/facts/2", stale)
    assert answer.status_code == 409 and "内容已更新，请刷新" in answer.text and show(web.store, 1).corrections == ()
    assert web.post("/articles/1/facts/2", {**_form(web, 2), "action": "reject"}).status_code == 303


def test_etags_differ_for_different_facts() -> None:
    """Different facts have different etags, and a changed value changes the etag of a fact."""
    facts = facts_of(TEXT)
    assert len({etag(item) for item in facts}) == len(facts)
    assert etag(facts[1]) != etag(fact("民警35人", TEXT, "force", station="井口派出所", category="民警", value=36))


def test_correction_with_another_etag_is_refused(lite: Store) -> None:
    """`record_correction` itself checks the etag, so that the check applies to every caller."""
    add_story(lite)
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
        ("/api/articles/1/facts/0", {"action": "confirm", "seal": "0" * 16}, 400),
    ],
)
def test_invalid_corrections_are_refused(lite_web: Any, path: str, sent: Any, status: int) -> None:
    """For missing facts, invalid fields and invalid JSON the response has the error; no correction is stored."""
    add_story(lite_web.store)
    answer = lite_web.api.post(lite_web.base + path, json=sent, timeout=20)
    assert answer.status_code == status and answer.json()["status"] == status, answer.text
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


def test_older_revisions_have_no_forms(lite_web: Any) -> None:
    """Only the facts of the newest revision can be corrected."""
    add_story(lite_web.store)
    lite_web.log_in()
    assert _form(lite_web, 0) and not _form(lite_web, 0, "/articles/1?revision=1")


def test_concurrent_corrections(web: Any) -> None:
    """Twenty-four corrections sent at the same time make one Commit each, and verify reports no problem."""
    add_story(web.store)

    def confirm(number: int) -> requests.Response:
        return requests.post(
            f"{web.base}/api/articles/{1 + number % 2}/facts/{number % 3}",
            timeout=60,
            json={"action": "confirm", "by": f"n{number}"},
            headers=dict(web.api.headers),
        )

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(confirm, range(24)))
    assert [answer.status_code for answer in answers] == [200] * 24
    assert sorted(answer.json()["commit"] for answer in answers) == list(range(3, 27))
    names = [item.by for number in (1, 2) for item in show(web.store, number).corrections]
    assert sorted(names) == sorted(f"n{number}" for number in range(24))
    assert verify(web.store) == []


def test_rejecting_a_private_person_removes_the_mask(lite_web: Any) -> None:
    """If every fact that marks a person as private is rejected, the name is shown; the phone number stays masked."""
    add_story(lite_web.store)
    for number in (1, 2):
        for item in lite_web.get(f"/api/articles/{number}").json()["facts"]:
            if item["kind"] == "person":
                record_correction(lite_web.store, number, item["position"], "reject", "x", later(4))
    assert SECRETS[0] in lite_web.page("/articles/1") and SECRETS[1] not in lite_web.page("/articles/1")
