"""Articles for tests of the web pages: a story with a private person, a copy and a revision; hostile articles."""

from __future__ import annotations

from typing import Any

from store import Store
from store.records import Credit, Fact, Match, Verdict
from tests.support.store_samples import BRIEF, STATION, T0, article, batch_of, capture, fact, fingerprint, later, put

TEXT = (
    "清晨六点,井口派出所民警冯勇已经在辖区走访。\n派出所有民警35人,下辖11个社区。\n"
    "居民欧阳建国说,有事就打13812345678。欧阳建国今年70岁。"
)
#: private data that no page and no response may contain
SECRETS = ("欧阳建国", "13812345678")
PAYLOAD = "<script>document.title='owned'</script><img src=x onerror=alert(1)>\"'><svg/onload=alert(2)>"
HOSTILE = "javascript:alert(1)//"


def facts_of(text: str) -> tuple[Fact, ...]:
    return (
        fact("井口派出所", text, STATION[0], **STATION[1]),
        fact("民警35人", text),
        fact("居民欧阳建国", text, "person", name="欧阳建国", roles=["居民"], role_class="citizen", private=True),
        fact("派出所有民警35人,下辖11个社区。\n居民欧阳", text, "event", date="2026", what="合署"),
        fact("下辖11个社区", text, "division", station="井口派出所", category="社区", value=11, approx="exact"),
    )


def add_story(store: Store) -> None:
    """Store article 1 in two revisions, article 2 (its copy) and article 3 (a brief)."""
    with batch_of(store) as batch:
        first = put(batch, article(1, TEXT, title="欧阳建国和派出所"), number=1, facts=facts_of(TEXT))
        copy = Match(1, first.article, "repost", 0.93, "same text")
        put(batch, article(2, TEXT + "\n转自重庆日报。", title="转载:欧阳建国的邻居"), match=copy, facts=facts_of(TEXT))
        put(batch, article(3, "井口派出所昨日开展检查。" * 5, title="检查"), verdict=BRIEF)
    changed = TEXT.replace("35人", "41人")
    with batch_of(store, later(1)) as batch:
        moved = (
            *facts_of(TEXT)[:1],
            *facts_of(TEXT)[2:3],
            fact("民警41人", changed, "force", station="井口派出所", category="民警", value=41, approx="exact"),
        )
        put(batch, article(1, changed, title="欧阳建国和派出所"), facts=moved)


def add_hostile_article(store: Store) -> None:
    """Store an article with markup in every text field, in two revisions, and a copy of it."""
    text = f"{PAYLOAD}井口派出所{PAYLOAD}\n{PAYLOAD}民警35人{PAYLOAD}"
    given: dict[str, Any] = {
        "url": HOSTILE,
        "title": PAYLOAD,
        "source": PAYLOAD,
        "published": PAYLOAD,
        "authors": (Credit(PAYLOAD, PAYLOAD),),
        "editors": (PAYLOAD,),
        "captions": (PAYLOAD,),
        "original_title": PAYLOAD,
        "origins": {PAYLOAD: PAYLOAD},
        "method": PAYLOAD,
    }
    found = (
        Fact(
            "station",
            PAYLOAD,
            0,
            len(PAYLOAD),
            {"name": PAYLOAD, "main": True, "city": PAYLOAD, "authority": PAYLOAD},
            PAYLOAD,
        ),
        fact("民警35人", text, "force", station=PAYLOAD, category=PAYLOAD, value=35, approx="exact", period=PAYLOAD),
        fact("井口派出所", text, "statistic", metric=PAYLOAD, value=3, unit=PAYLOAD, change={"direction": PAYLOAD}),
        *(
            fact("井口派出所", text, kind, **dict.fromkeys(names, PAYLOAD))
            for kind, names in (
                ("honour", ("title", "by", "holder")),
                ("person", ("name",)),
                ("initiative", ("name", "since")),
                ("event", ("date_text", "what")),
                ("credit", ("role", "name")),
                ("founded", ("date",)),
                ("premises", ("category",)),
            )
        ),
    )
    verdict = Verdict("feature", 0.9, (PAYLOAD, f"+1 {PAYLOAD}: {PAYLOAD}"), PAYLOAD)
    with store.batch(at=T0, program=PAYLOAD, rules={PAYLOAD: PAYLOAD}) as batch:
        place = batch.capture(
            capture(9, url=HOSTILE, final_url=HOSTILE, source=PAYLOAD, warc_file=PAYLOAD, kind=PAYLOAD, digest=PAYLOAD)
        )
        for number, words in enumerate((text, text + PAYLOAD)):
            added = batch.article(article(1, words, **given), PAYLOAD, place if number == 0 else None)
            batch.verdict(added.revision, verdict)
            batch.facts(added.revision, found)
            if number == 0:
                batch.story(added.article, fingerprint(), None)
    with batch_of(store, later(1)) as batch:
        put(
            batch,
            article(2, text + "又", **{**given, "url": HOSTILE + "2"}),
            verdict=verdict,
            facts=found,
            match=Match(1, 1, "repost", 0.9, PAYLOAD),
        )
