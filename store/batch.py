"""The only writer of what is kept: one batch, one transaction, one Commit.

    with store.batch(at=now, program="suowen 0.1.0", rules={"read": "1"}) as batch:
        capture = batch.capture(...)                     where the page lies in the raw archive
        appended = batch.article(article, site, capture) new, revised or unchanged
        batch.verdict(appended.revision, ...)            what judge said
        batch.facts(appended.revision, ...)              what was read off it, quotes checked
        batch.story(appended.article, ...)               a story of its own, or a copy of one
        batch.outcome(...)                               what became of the URL
    batch.commit_number                                  None when no versioned row was added

Rows wait in memory and go out in one `executemany` a table, before anything that must see them and at the end.
Identifiers come from the writer: it is alone (`database.Gate`), so the next number is the greatest plus one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Executable, Table, bindparam, func, insert, select, text, update

from store import operational
from store.corrections import carried_over, corrections_of
from store.errors import ConflictError
from store.hashing import FORMAT, canonical, commit_hash, commit_header, content_hash, row_hash
from store.lsh_index import LshIndex, lsh_key
from store.records import (
    Appended,
    Article,
    Capture,
    Correction,
    Fact,
    Fingerprint,
    HostRate,
    Match,
    Neighbour,
    OutcomeRow,
    Queued,
    Validators,
    Verdict,
    require_zone,
)
from store.schema import (
    VERSIONED,
    articles,
    captures,
    commits,
    facts,
    judgements,
    members,
    outcomes,
    queue,
    readings,
    rejections,
    revisions,
    stories,
    validators,
    verdicts,
)
from store.search_index import index
from store.snapshot import NOW, load_fact
from store.sql import array_literal

#: order in which waiting rows go out: what is referred to before what refers
_ORDER = (captures, articles, revisions, verdicts, readings, facts, stories, members, judgements)

# Statements made once: building one anew costs more than running it.
_CAPTURE = select(captures.c.id, captures.c.payload_digest).where(captures.c.record_id == bindparam("record_id"))
_NEWEST = (
    select(revisions.c.article, revisions.c.id, revisions.c.number, revisions.c.content)
    .join(articles, articles.c.id == revisions.c.article)
    .where(articles.c.url == bindparam("url"))
    .order_by(revisions.c.number.desc())
    .limit(1)
)
_STORY = select(members.c.story).where(members.c.article == bindparam("article"))
_later = revisions.alias()
_known = (
    select(members.c.story, members.c.article, revisions.c.title, revisions.c.text)
    .join(revisions, revisions.c.article == members.c.article)
    .where(
        revisions.c.number
        == (
            select(func.max(_later.c.number))
            .where(_later.c.article == members.c.article)
            .correlate(members)
            .scalar_subquery()
        )
    )
)
#: the articles go in as one value: 50 parameters took longer to write down than the articles to find. PostgreSQL finds
#: the newest revisions in 0.05 ms by LATERAL, which SQLite has not, and in 0.11 ms by the greatest number
_KNOWN: dict[str, Executable] = {
    "sqlite": _known.where(text("members.article IN (SELECT value FROM json_each(:articles))")),
    "postgresql": text(
        "SELECT m.story, m.article, r.title, r.text FROM members AS m CROSS JOIN LATERAL (SELECT title, text "
        "FROM revisions WHERE article = m.article ORDER BY number DESC LIMIT 1) AS r "
        "WHERE m.article = ANY(CAST(:articles AS bigint[]))"
    ),
}
_DEQUEUE = queue.delete().where(queue.c.url == bindparam("gone"))


@dataclass(slots=True)
class _Latest:
    """An article's newest revision, as this batch knows it."""

    article: int
    revision: int
    number: int
    content: bytes


class Batch:
    """Everything that may be written together. Made by `Store.batch`."""

    def __init__(self, connection: Connection, at: datetime, program: str, rules: Mapping[str, str]) -> None:
        require_zone(at, "at")
        self._db, self._at, self._program, self._rules = connection, at, program, dict(rules)
        #: the Commit made; None before the end, and when no versioned row was added
        self.commit_number: int | None = None
        self._parent = connection.execute(
            select(commits.c.number, commits.c.digest, commits.c.captures_upto)
            .order_by(commits.c.number.desc())
            .limit(1)
        ).first()
        self._number = (self._parent.number if self._parent else 0) + 1
        self._ids: dict[str, int] = {}
        self._waiting: dict[str, list[dict[str, Any]]] = {}
        self._digests: dict[str, list[bytes]] = {}
        self._bands = LshIndex(connection)
        self._captures: dict[str, tuple[int, str]] = {}
        self._latest: dict[str, _Latest] = {}
        self._texts: dict[int, str] = {}
        #: revision -> its article
        self._article_of: dict[int, int] = {}
        #: made in this batch: revision ids, and article -> its story, title and text
        self._fresh: set[int] = set()
        self._new_articles: set[int] = set()
        self._known: dict[int, Neighbour] = {}
        self._titled: dict[int, tuple[str, str]] = {}
        #: articles whose entry in the search index must be made anew
        self._changed: set[int] = set()
        #: revision -> what was last said of it in this batch
        self._verdicts: dict[int, dict[str, Any]] = {}
        self._read: dict[int, list[dict[str, Any]]] = {}
        #: operational rows that nobody reads before the end
        self._looks: dict[int, tuple[datetime, str | None]] = {}
        self._outcomes: list[dict[str, Any]] = []
        self._gone: list[dict[str, str]] = []
        self._validators: dict[str, dict[str, Any]] = {}

    # --- rows ---------------------------------------------------------------------------------------------------

    def _add(self, table: Table, row: dict[str, Any], parts: Sequence[Mapping[str, Any]] = ()) -> int:
        """Number a row, sign it, let it wait. Every row has every column, so that one statement takes them all."""
        if table.name not in self._ids:
            self._ids[table.name] = self._db.execute(select(func.max(table.c.id))).scalar() or 0
        self._ids[table.name] += 1
        whole = {column.name: row.get(column.name) for column in table.columns}
        whole["id"] = self._ids[table.name]
        if "commit_no" in whole:
            whole["commit_no"] = self._number
        whole["digest"] = digest = row_hash(table.name, whole, parts)
        self._waiting.setdefault(table.name, []).append(whole)
        self._digests.setdefault(table.name, []).append(digest)
        return self._ids[table.name]

    def _flush(self) -> None:
        """Write everything that waits, what is referred to first."""
        for table in _ORDER:
            if rows := self._waiting.pop(table.name, None):
                self._db.execute(insert(table), rows)
        self._bands.flush()
        if self._looks:
            operational.put_looks(self._db, self._looks)
        if self._outcomes:
            operational.insert_new(self._db, outcomes, self._outcomes)
        if self._gone:
            self._db.execute(_DEQUEUE, self._gone)
        if self._validators:
            operational.put(self._db, validators, list(self._validators.values()))
        self._looks, self._outcomes, self._gone, self._validators = {}, [], [], {}

    # --- what is kept -------------------------------------------------------------------------------------------

    def capture(self, capture: Capture) -> int:
        """The id of this archive record's row, made when its `record_id` is new.

        Raises ConflictError when the stored row of that `record_id` tells of other bytes.
        """
        found = self._captures.get(capture.record_id)
        if found is None:
            row = self._db.execute(_CAPTURE, {"record_id": capture.record_id}).first()
            found = (int(row.id), str(row.payload_digest)) if row else None
        if found and found[1] != capture.digest:
            raise ConflictError(
                f"storing the capture {capture.record_id} of {capture.url}: it is stored already with "
                f"other bytes ({found[1]}, now {capture.digest})"
            )
        number = (
            found[0]
            if found
            else self._add(
                captures,
                {
                    "url": capture.url,
                    "final_url": capture.final_url,
                    "fetched_at": capture.fetched_at,
                    "status": capture.status,
                    "kind": capture.kind,
                    "source": capture.source,
                    "warc_file": capture.warc_file,
                    "byte_offset": capture.offset,
                    "byte_length": capture.length,
                    "payload_digest": capture.digest,
                    "record_id": capture.record_id,
                },
            )
        )
        self._captures[capture.record_id] = (number, capture.digest)
        return number

    def article(self, article: Article, site: str, capture: int | None, *, always: bool = False) -> Appended:
        """Store an article under its URL: a new one, a new revision when title or text differ from the latest one
        (`always`: whatever differs, when the archive was read again), or nothing but that it was looked at."""
        content = content_hash(article.title, article.text)
        latest = self._newest(article.url)
        if latest and latest.content == content and not always:
            self._look(latest.article, article.fetched_at)
            return Appended(latest.article, latest.revision, latest.number, "unchanged")
        if latest is None:
            number = self._add(articles, {"url": article.url, "site": site, "first_seen": self._at})
            self._new_articles.add(number)
            latest = _Latest(number, 0, 0, b"")
        latest.revision = self._revision(latest.article, latest.number + 1, article, site, capture, content)
        latest.number += 1
        latest.content = content
        self._latest[article.url] = latest
        self._texts[latest.revision] = article.text
        self._titled[latest.article] = (article.title, article.text)
        self._fresh.add(latest.revision)
        self._article_of[latest.revision] = latest.article
        self._changed.add(latest.article)
        self._look(latest.article, article.fetched_at)
        return Appended(latest.article, latest.revision, latest.number, "new" if latest.number == 1 else "revised")

    def _newest(self, url: str) -> _Latest | None:
        if url not in self._latest:
            row = self._db.execute(_NEWEST, {"url": url}).first()
            if row is None:
                return None
            self._latest[url] = _Latest(row.article, row.id, row.number, bytes(row.content))
        return self._latest[url]

    def _revision(
        self, number: int, count: int, article: Article, site: str, capture: int | None, content: bytes
    ) -> int:
        return self._add(
            revisions,
            {
                "article": number,
                "number": count,
                "site": site,
                "capture": capture,
                "title": article.title,
                "text": article.text,
                "content": content,
                "fetched_at": article.fetched_at,
                "published": article.published,
                "source": article.source,
                "authors": canonical([[credit.role, credit.name] for credit in article.authors]),
                "editors": canonical(list(article.editors)),
                "captions": canonical(list(article.captions)),
                "original_title": article.original_title,
                "origins": canonical(dict(article.origins)),
                "method": article.method,
                "quality": float(article.quality),
            },
        )

    def _look(self, article: int, at: datetime, claimed: str | None = None) -> None:
        self._looks[article] = (at, claimed or self._looks.get(article, (at, None))[1])

    def article_of(self, url: str) -> int | None:
        """The article that has this URL, this batch's included."""
        latest = self._newest(url)
        return latest.article if latest else None

    def text_of(self, url: str) -> str | None:
        """The newest stored text of the article that has this URL."""
        latest = self._newest(url)
        return self._text(latest.revision) if latest else None

    def title_of(self, url: str) -> str | None:
        """The newest stored title of the article that has this URL."""
        latest = self._newest(url)
        if latest is None or latest.article in self._titled:
            return self._titled[latest.article][0] if latest else None
        return self._db.execute(select(revisions.c.title).where(revisions.c.id == latest.revision)).scalar()

    def record_check(self, url: str, at: datetime, claimed: str | None) -> None:
        """A known article was looked at (304, or the same text); `claimed` is the date its listing gave.

        Raises ConflictError when no article has this URL.
        """
        latest = self._newest(url)
        if latest is None:
            raise ConflictError(f"noting a look at {url}: no article has this URL")
        self._look(latest.article, at, claimed)

    def verdict(self, revision: int, verdict: Verdict) -> None:
        """What judge said of a revision. The same as the latest one stored changes nothing."""
        row = {
            "revision": revision,
            "ruling": verdict.ruling,
            "score": float(verdict.score),
            "reasons": canonical(list(verdict.reasons)),
            "topic": verdict.topic,
        }
        last: Mapping[str, Any] | None = self._verdicts.get(revision)
        if last is None and revision not in self._fresh:
            self._text(revision)
            last = (
                self._db.execute(
                    select(verdicts)
                    .where(verdicts.c.revision == revision)  # type: ignore[assignment]
                    .order_by(verdicts.c.id.desc())
                    .limit(1)
                )
                .mappings()
                .first()
            )
        if last is None or any(last[key] != value for key, value in row.items()):
            self._add(verdicts, row)
            self._changed.add(self._article_of[revision])
        self._verdicts[revision] = row

    def facts(self, revision: int, found: Sequence[Fact]) -> None:
        """One reading of a revision's facts, replacing the one before. The same as the latest changes nothing.

        Facts of the reading before that a person confirmed or edited stay while the text has their words.

        Raises ConflictError when a quote is not in the stored text at its offsets, character for character.
        """
        text = self._text(revision)
        for fact in found:
            if fact.start < 0 or text[fact.start : fact.end] != fact.quote:
                raise ConflictError(
                    f"storing facts of revision {revision}: the {fact.kind} fact quotes {fact.quote!r}, "
                    f"the text has {text[fact.start : fact.end]!r} at {fact.start}:{fact.end}"
                )
        if upheld := self._standing(revision, text, found):
            found = sorted((*found, *upheld), key=lambda fact: (fact.start, fact.end))
        rows: list[dict[str, Any]] = [
            {
                "position": position,
                "kind": fact.kind,
                "quote": fact.quote,
                "start_at": fact.start,
                "end_at": fact.end,
                "fields": canonical(dict(fact.fields)),
                "rule": fact.rule,
            }
            for position, fact in enumerate(found)
        ]
        if self._last_read(revision) != rows:
            reading = self._add(readings, {"revision": revision, "count": len(rows)}, rows)
            self._waiting.setdefault("facts", []).extend({"reading": reading, **row} for row in rows)
            self._changed.add(self._article_of[revision])
        self._read[revision] = rows

    def correct_fact(self, said: Correction) -> None:
        """A person's word on a fact. Raises ConflictError for an empty quote or an edit that changes nothing."""
        require_zone(said.at, "at")
        if not said.quote or (said.action == "edit") != bool(said.fields):
            raise ConflictError(
                f"storing a judgement of a {said.kind} fact of article {said.article}: an edit needs "
                "fields, anything else has none, and all need the quote meant"
            )
        self._add(
            judgements,
            {
                "article": said.article,
                "kind": said.kind,
                "quote": said.quote,
                "what": said.what,
                "action": said.action,
                "fields": canonical(dict(said.fields)),
                "judged_by": said.by,
                "note": said.note,
                "made_at": said.at,
                "as_read": canonical(dict(said.as_read)) if said.as_read else None,
            },
        )
        self._changed.add(said.article)

    def _standing(self, revision: int, text: str, found: Sequence[Fact]) -> tuple[Fact, ...]:
        """What people upheld of the article's reading before and `found` lacks."""
        article = self._article_of[revision]
        said = [] if article in self._new_articles else corrections_of(self._db, [article], NOW).get(article, [])
        if not said:
            return ()
        before = self._db.execute(
            select(func.max(readings.c.id))
            .join(revisions, revisions.c.id == readings.c.revision)
            .where(revisions.c.article == article)
        ).scalar()
        rows = self._db.execute(select(facts).where(facts.c.reading == before).order_by(facts.c.position))
        return carried_over(text, [load_fact(row) for row in rows], found, said)

    def _last_read(self, revision: int) -> list[dict[str, Any]] | None:
        """The rows of a revision's latest reading; None when there was none."""
        if revision in self._read or revision in self._fresh:
            return self._read.get(revision)
        latest = self._db.execute(select(func.max(readings.c.id)).where(readings.c.revision == revision)).scalar()
        if latest is None:
            return None
        stored = self._db.execute(select(facts).where(facts.c.reading == latest).order_by(facts.c.position))
        return [{key: value for key, value in row.items() if key != "reading"} for row in stored.mappings()]

    def _text(self, revision: int) -> str:
        if revision not in self._texts:
            row = self._db.execute(
                select(revisions.c.text, revisions.c.article).where(revisions.c.id == revision)
            ).first()
            if row is None:
                raise ConflictError(f"there is no revision {revision}")
            self._texts[revision], self._article_of[revision] = row.text, row.article
        return self._texts[revision]

    # --- stories ------------------------------------------------------------------------------------------------

    def neighbours(self, keys: Sequence[str], method: str) -> list[Neighbour]:
        """Stored articles that share a band, this batch's included: those sharing most first, 50 at most."""
        best = [article for article, _ in self._bands.best(lsh_key(method, key) for key in keys)]
        found = {article: self._known[article] for article in best if article in self._known}
        if missing := [article for article in best if article not in found]:
            dialect = self._db.dialect.name
            rows = self._db.execute(_KNOWN[dialect], {"articles": array_literal(dialect, missing)})
            fetched = {row.article: Neighbour(*row) for row in rows}
            found.update(fetched)
            self._known.update(fetched)
        for article in best:  # an article revised in this batch is compared by its new text
            if article in found and article in self._titled:
                title, text = self._titled[article]
                found[article] = Neighbour(found[article].story, article, title, text)
        return [found[article] for article in best if article in found]

    def story(self, article: int, fingerprint: Fingerprint, match: Match | None) -> int:
        """Put an article into a story: the matched one, or a new one that it represents. Returns the story.

        A second time only its fingerprint is renewed: membership stays as decided.
        """
        fresh = article in self._new_articles and article not in self._known
        if not fresh:
            self._flush()
        self._bands.put(article, fingerprint, fresh=fresh)
        if not fresh:
            known = (
                self._known[article].story
                if article in self._known
                else self._db.execute(_STORY, {"article": article}).scalar()
            )
            if known is not None:
                return int(known)
        if match is None:
            story = self._add(stories, {"representative": article})
            self._add(
                members, {"article": article, "story": story, "relation": "original", "containment": 1.0, "why": ""}
            )
        else:
            story = match.story
            self._add(
                members,
                {
                    "article": article,
                    "story": story,
                    "relation": match.relation,
                    "matched": match.article,
                    "containment": float(match.containment),
                    "why": match.why,
                },
            )
        if article in self._titled:
            self._known[article] = Neighbour(story, article, *self._titled[article])
        return story

    # --- operational, in the same transaction -------------------------------------------------------------------

    def outcome(self, row: OutcomeRow) -> None:
        """What became of a URL in a run; the first word on it stays."""
        self._outcomes.append(
            {
                "run": row.run,
                "url": operational.plain(row.url),
                "source": row.source,
                "outcome": row.outcome,
                "detail": operational.plain(row.detail),
                "made_at": row.at,
                "article": row.article,
            }
        )

    def enqueue(self, rows: Sequence[Queued]) -> int:
        """Add candidates to the queue; those in it already stay as they are. How many were new."""
        if self._gone:
            self._db.execute(_DEQUEUE, self._gone)
            self._gone = []
        return operational.insert_new(self._db, queue, [operational.queued_row(row) for row in rows]) if rows else 0

    def dequeue(self, url: str) -> None:
        """Take a candidate out of the queue, if it is in it."""
        self._gone.append({"gone": operational.plain(url)})

    def postpone(self, url: str, next_try: datetime, *, counted: bool = True) -> None:
        """Leave a candidate in the queue until `next_try`, one try more when it `counted` as one."""
        self._db.execute(
            update(queue)
            .where(queue.c.url == operational.plain(url))
            .values(tries=queue.c.tries + int(counted), next_try=next_try)
        )

    def reject(self, url: str, outcome: str) -> None:
        """Remember that this URL was looked at and is no article, so that it is left alone for a while."""
        operational.put(self._db, rejections, {"url": operational.plain(url), "outcome": outcome, "made_at": self._at})

    def validators(self, row: Validators) -> None:
        """What a server gave for asking again, in place of what it gave before."""
        self._validators[row.url] = {
            "url": row.url,
            "etag": row.etag,
            "last_modified": row.last_modified,
            "checks": row.checks,
            "full_at": row.full_at,
        }

    def forget_validators(self, url: str) -> None:
        """The next request for this URL is unconditional."""
        self._validators.pop(url, None)
        self._db.execute(validators.delete().where(validators.c.url == url))

    def host_rates(self, rows: Iterable[HostRate]) -> None:
        """When hosts may be asked again."""
        operational.put_host_rates(self._db, rows)

    def source_attempt(self, source: str, at: datetime, error: str | None, new: int) -> None:
        """One look at a source's listings: why it failed, or how many articles not seen before it listed."""
        operational.attempt(self._db, source, at, error, new)

    def archive_sizes(self, files: Mapping[str, int]) -> None:
        """Sizes up to which archive files hold whole, synced records."""
        operational.put_files(self._db, files)

    # --- the end ------------------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Write what waits and seal it with a Commit. Called by `Store.batch` inside the transaction."""
        self._flush()
        if self._changed:
            index(self._db, self._changed)
        counts = {table.name: len(self._digests[table.name]) for table in VERSIONED if table.name in self._digests}
        if not counts:
            return
        sealed = self._parent.captures_upto if self._parent else 0
        fresh = self._db.execute(
            select(captures.c.id, captures.c.digest).where(captures.c.id > sealed).order_by(captures.c.id)
        ).all()
        upto = fresh[-1].id if fresh else sealed
        if fresh:
            counts["captures"] = len(fresh)
        rules, count_text = canonical(self._rules), canonical(counts)
        parent = self._parent.digest if self._parent else ""
        header = commit_header(self._number, self._at, self._program, rules, count_text, upto, parent)
        digest = commit_hash(
            header,
            {
                "captures": [bytes(row.digest) for row in fresh],
                **{t.name: self._digests.get(t.name, []) for t in VERSIONED},
            },
        )
        self._db.execute(
            insert(commits),
            {
                "number": self._number,
                "made_at": self._at,
                "program": self._program,
                "rules": rules,
                "counts": count_text,
                "captures_upto": upto,
                "format": FORMAT,
                "digest": digest,
                "parent": parent,
            },
        )
        self.commit_number = self._number
