"""The only writer of versioned rows: one batch, one transaction, one Commit.

    with store.batch(at=now, program="suowen 0.1.0", rules={"read": "1"}) as batch:
        capture = batch.capture(...)                     location of the page in the raw archive
        appended = batch.article(article, site, capture) new, revised or unchanged
        batch.verdict(appended.revision, ...)            the classification
        batch.facts(appended.revision, ...)              the extracted facts, quotes checked
        batch.story(appended.article, ...)               a new story, or a copy in a known story
        batch.outcome(...)                               the outcome of the URL
    batch.commit_number                                  None when no versioned row was added

Rows wait in memory. They are written with one `executemany` per table, before any query that must see them and at the
end. Only one batch can write at a time (`database.WriterLock`). Therefore a batch assigns ids itself: the greatest id
of the table plus one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, insert, select, update

from store import backfill_state, operational, private_names
from store.apply_corrections import carried_over, corrections_of
from store.as_of_queries import NOW, load_fact
from store.errors import ConflictError
from store.hashing import FORMAT, canonical, commit_hash, commit_header, content_hash, row_hash
from store.lsh_index import LshIndex, lsh_key
from store.memberships import stories_of_articles, stories_started_by, stories_without_their_first
from store.near_duplicate_candidates import load_neighbours
from store.records import (
    Appended,
    Article,
    Capture,
    Correction,
    Fact,
    Fingerprint,
    HostRate,
    Match,
    Move,
    Neighbour,
    OutcomeRow,
    Queued,
    Validators,
    Verdict,
    require_zone,
)
from store.schema import (
    VERSIONED,
    archive_files,
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
    spellings,
    stories,
    validators,
    verdicts,
)
from store.search_index import index

#: order of writing: referenced tables first
_ORDER = (captures, articles, revisions, verdicts, readings, facts, stories, members, judgements, spellings)

# These statements are built once, because building a statement takes longer than executing it.
_CAPTURE = select(captures.c.id, captures.c.payload_digest).where(captures.c.record_id == bindparam("record_id"))
_NEWEST = (
    select(revisions.c.article, revisions.c.id, revisions.c.number, revisions.c.content)
    .join(articles, articles.c.id == revisions.c.article)
    .where(articles.c.url == bindparam("url"))
    .order_by(revisions.c.number.desc())
    .limit(1)
)
_STORY = select(members.c.story).where(members.c.article == bindparam("article")).order_by(members.c.id.desc()).limit(1)
_NEWEST_FETCH = select(func.max(captures.c.fetched_at, type_=captures.c.fetched_at.type)).where(
    captures.c.url == bindparam("url")
)
_DEQUEUE = queue.delete().where(queue.c.url == bindparam("gone"))


def _stated(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns of a fact's row by which two fact runs are compared: all except the name of the rule."""
    return {column: value for column, value in row.items() if column != "rule"}


@dataclass(slots=True)
class _Latest:
    """An article's newest revision, including revisions of this batch."""

    article: int
    revision: int
    number: int
    content: bytes


class Batch:
    """All writes of one transaction. Created by `Store.batch`."""

    def __init__(self, connection: Connection, at: datetime, program: str, rules: Mapping[str, str]) -> None:
        require_zone(at, "at")
        self._db, self._at, self._program, self._rules = connection, at, program, dict(rules)
        #: number of the Commit; None before `finish`, and when no versioned row was added
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
        self._lsh = LshIndex(connection)
        self._captures: dict[str, tuple[int, str]] = {}
        self._latest: dict[str, _Latest] = {}
        self._texts: dict[int, str] = {}
        #: revision -> article
        self._article_of: dict[int, int] = {}
        #: ids of the revisions added in this batch
        self._fresh: set[int] = set()
        #: ids of the articles added in this batch
        self._new_articles: set[int] = set()
        #: article -> its story, title and text: articles of this batch, and stored ones that were loaded
        self._known: dict[int, Neighbour] = {}
        #: article -> title and text of the revision added in this batch
        self._titled: dict[int, tuple[str, str]] = {}
        #: articles whose search entry and indexed private names must be rewritten
        self._changed: set[int] = set()
        #: revision -> its latest verdict in this batch
        self._verdicts: dict[int, dict[str, Any]] = {}
        #: revision -> the facts of its latest fact run in this batch
        self._fact_rows: dict[int, list[dict[str, Any]]] = {}
        #: This and the next three attributes hold changes of operational tables until `_flush` writes them.
        self._recheck_times: dict[int, tuple[datetime, str | None]] = {}
        self._outcomes: list[dict[str, Any]] = []
        self._dequeued: list[dict[str, str]] = []
        self._validators: dict[str, dict[str, Any]] = {}

    # --- rows ---------------------------------------------------------------------------------------------------

    def _add(self, table: Table, row: dict[str, Any], parts: Sequence[Mapping[str, Any]] = ()) -> int:
        """Add an id and a hash to a row, and queue it for writing.

        All columns of the table are set, so that one statement can write all its rows.
        """
        if table.name not in self._ids:
            self._ids[table.name] = self._db.execute(select(func.max(table.c.id))).scalar() or 0
        self._ids[table.name] += 1
        full = {column.name: row.get(column.name) for column in table.columns}
        full["id"] = self._ids[table.name]
        if "commit_no" in full:
            full["commit_no"] = self._number
        full["digest"] = digest = row_hash(table.name, full, parts)
        self._waiting.setdefault(table.name, []).append(full)
        self._digests.setdefault(table.name, []).append(digest)
        return self._ids[table.name]

    def _flush(self) -> None:
        """Write all waiting rows: versioned rows (referenced tables first), LSH keys, operational rows."""
        for table in _ORDER:
            if rows := self._waiting.pop(table.name, None):
                self._db.execute(insert(table), rows)
        self._lsh.flush()
        if self._recheck_times:
            operational.put_recheck_times(self._db, self._recheck_times)
        if self._outcomes:
            operational.insert_new(self._db, outcomes, self._outcomes)
        if self._dequeued:
            self._db.execute(_DEQUEUE, self._dequeued)
        if self._validators:
            operational.put(self._db, validators, list(self._validators.values()))
        self._recheck_times, self._outcomes, self._dequeued, self._validators = {}, [], [], {}

    # --- versioned rows -----------------------------------------------------------------------------------------

    def capture(self, capture: Capture) -> int:
        """Return the id of the row for this archive record. The row is added if its `record_id` is new.

        Raises ConflictError if a stored row with that `record_id` has another payload digest.
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
        """Store an article under its URL and return what changed.

        An unknown URL creates an article. For a known article, another title or text creates a revision; otherwise only
        the check is recorded. `always` creates a revision even without a difference, for a replay of the archive.
        """
        content = content_hash(article.title, article.text)
        latest = self._newest(article.url)
        if latest and latest.content == content and not always:
            self._record_look(latest.article, article.fetched_at)
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
        self._record_look(latest.article, article.fetched_at)
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

    def _record_look(self, article: int, at: datetime, claimed: str | None = None) -> None:
        self._recheck_times[article] = (at, claimed or self._recheck_times.get(article, (at, None))[1])

    def article_of(self, url: str) -> int | None:
        """Return the id of the article with this URL, stored earlier or in this batch; None if the URL is unknown."""
        latest = self._newest(url)
        return latest.article if latest else None

    def text_of(self, url: str) -> str | None:
        """Return the newest text of the article with this URL, including this batch; None if the URL is unknown."""
        latest = self._newest(url)
        return self._text(latest.revision) if latest else None

    def title_of(self, url: str) -> str | None:
        """Return the newest title of the article with this URL, including this batch; None if the URL is unknown."""
        latest = self._newest(url)
        if latest is None or latest.article in self._titled:
            return self._titled[latest.article][0] if latest else None
        return self._db.execute(select(revisions.c.title).where(revisions.c.id == latest.revision)).scalar()

    def record_check(self, url: str, at: datetime, claimed: str | None) -> None:
        """Record that a known article was checked (status 304, or the same text).

        `claimed` is the date that a listing states for the article. Raises ConflictError if no article has this URL.
        """
        latest = self._newest(url)
        if latest is None:
            raise ConflictError(f"recording a check of {url}: no article has this URL")
        self._record_look(latest.article, at, claimed)

    def verdict(self, revision: int, verdict: Verdict) -> None:
        """Store the classification of a revision. A verdict that equals the latest one is not stored again."""
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
        """Store one fact run of a revision. Earlier runs are kept, but only the latest one is effective.

        A run that differs from the latest one only in names of rules, or not at all, is not stored. Facts of the
        article's previous run that a person confirmed or edited are added if `found` lacks them and their quote is
        still in the text. Raises ConflictError if a quote is not in the stored text at its offsets, character for
        character.
        """
        text = self._text(revision)
        for fact in found:
            if fact.start < 0 or text[fact.start : fact.end] != fact.quote:
                raise ConflictError(
                    f"storing facts of revision {revision}: the {fact.kind} fact quotes {fact.quote!r}, "
                    f"the text has {text[fact.start : fact.end]!r} at {fact.start}:{fact.end}"
                )
        if kept := self._carried_over(revision, text, found):
            found = sorted((*found, *kept), key=lambda fact: (fact.start, fact.end))
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
        latest = self._latest_fact_rows(revision)
        if latest is None or list(map(_stated, latest)) != list(map(_stated, rows)):
            reading = self._add(readings, {"revision": revision, "count": len(rows)}, rows)
            self._waiting.setdefault("facts", []).extend({"reading": reading, **row} for row in rows)
            self._changed.add(self._article_of[revision])
        self._fact_rows[revision] = rows

    def correct_fact(self, correction: Correction) -> None:
        """Store a correction of a fact.

        Raises ConflictError if the correction has no quote, if an edit has no fields, or if another correction has
        fields.
        """
        require_zone(correction.at, "at")
        if not correction.quote or (correction.action == "edit") != bool(correction.fields):
            raise ConflictError(
                f"storing a correction of a {correction.kind} fact of article {correction.article}: an edit needs "
                "fields, other corrections have none, and all need the quote of the fact"
            )
        self._add(
            judgements,
            {
                "article": correction.article,
                "kind": correction.kind,
                "quote": correction.quote,
                "what": correction.what,
                "action": correction.action,
                "fields": canonical(dict(correction.fields)),
                "judged_by": correction.by,
                "note": correction.note,
                "made_at": correction.at,
                "as_read": canonical(dict(correction.as_read)) if correction.as_read else None,
            },
        )
        self._changed.add(correction.article)

    def _carried_over(self, revision: int, text: str, found: Sequence[Fact]) -> tuple[Fact, ...]:
        """Return the confirmed and edited facts of the article's previous fact run that this run must keep.

        They are not in `found`, but their quote is still in `text`.
        """
        article = self._article_of[revision]
        if article in self._new_articles:
            return ()
        corrections = corrections_of(self._db, [article], NOW).get(article, [])
        if not corrections:
            return ()
        before = self._db.execute(
            select(func.max(readings.c.id))
            .join(revisions, revisions.c.id == readings.c.revision)
            .where(revisions.c.article == article)
        ).scalar()
        rows = self._db.execute(select(facts).where(facts.c.reading == before).order_by(facts.c.position))
        return carried_over(text, [load_fact(row) for row in rows], found, corrections)

    def _latest_fact_rows(self, revision: int) -> list[dict[str, Any]] | None:
        """Return the rows of a revision's latest fact run; None if it has no run."""
        if revision in self._fact_rows or revision in self._fresh:
            return self._fact_rows.get(revision)
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
        """Return the articles, stored or of this batch, that share LSH bands with `keys`.

        The articles that share the most bands come first; at most 50 articles are returned.
        """
        best = [article for article, _ in self._lsh.best(lsh_key(method, key) for key in keys)]
        found = {article: self._known[article] for article in best if article in self._known}
        if missing := [article for article in best if article not in found]:
            fetched = load_neighbours(self._db, missing)
            found.update(fetched)
            self._known.update(fetched)
        for article in best:  # if this batch revised the article, its new text is compared
            if article in found and article in self._titled:
                title, text = self._titled[article]
                found[article] = Neighbour(found[article].story, article, title, text)
        return [found[article] for article in best if article in found]

    def story(self, article: int, fingerprint: Fingerprint, match: Match | None) -> int:
        """Assign an article to the matched story, or to a new story that it represents; return the story's id.

        If the article already has a story, only its fingerprint is replaced; `move` is the only way to change its
        story.
        """
        fresh = article in self._new_articles and article not in self._known
        if not fresh:
            self._flush()
        self._lsh.put(article, fingerprint, fresh=fresh)
        if not fresh:
            known = (
                self._known[article].story
                if article in self._known
                else self._db.execute(_STORY, {"article": article}).scalar()
            )
            if known is not None:
                return int(known)
        story = self._add(stories, {"representative": article}) if match is None else match.story
        self._member(article, story, match)
        if article in self._titled:
            self._known[article] = Neighbour(story, article, *self._titled[article])
        return story

    def _member(self, article: int, story: int, match: Match | None) -> None:
        row: dict[str, Any] = {"article": article, "story": story}
        if match is None:
            row |= {"relation": "original", "containment": 1.0, "why": ""}
        else:
            row |= {"relation": match.relation, "matched": match.article, "why": match.why}
            row["containment"] = float(match.containment)
        self._add(members, row)

    def move(self, moves: Sequence[Move]) -> None:
        """Move articles to other stories.

        Raises ConflictError if the stories have changed since the moves were planned.
        """
        current = stories_of_articles(self._db, [move.article for move in moves])
        if changed := [move.article for move in moves if current.get(move.article) != move.before]:
            raise ConflictError(f"moving article {changed[0]} to another story: its story has changed meanwhile")
        started = stories_started_by(self._db, [move.first for move in moves])
        for move in sorted(moves, key=lambda move: (move.article != move.first, move.article)):
            if move.first not in started:
                started[move.first] = self._add(stories, {"representative": move.first})
            self._member(move.article, started[move.first], move.match)
        self._flush()
        if headless := stories_without_their_first(self._db, sorted(current.values())):
            raise ConflictError(f"moving articles out of story {headless[0]}: another article joined it meanwhile")
        self._known.clear()

    def spelling(self, article: int, same_as: int, why: str) -> None:
        """Mark an article as a spelling (duplicate under another URL) of the older article `same_as`.

        States from this Commit on do not contain the spelling.

        Raises ConflictError unless `same_as` is older and is not a spelling itself.
        """
        hidden = self._db.execute(select(spellings.c.id).where(spellings.c.article == same_as)).first()
        if article <= same_as or hidden is not None:
            raise ConflictError(f"joining article {article} to {same_as}: name an older article that is not joined")
        self._add(spellings, {"article": article, "same_as": same_as, "why": why})
        self._changed.add(article)

    # --- operational rows, in the same transaction ----------------------------------------------------------------

    def outcome(self, row: OutcomeRow) -> None:
        """Store the outcome of a URL in a run, unless the run already has an outcome for the URL."""
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
        """Add candidates to the queue, except those already queued, and return the number of added candidates."""
        if self._dequeued:
            self._db.execute(_DEQUEUE, self._dequeued)
            self._dequeued = []
        return operational.insert_new(self._db, queue, [operational.queued_row(row) for row in rows]) if rows else 0

    def dequeue(self, url: str) -> None:
        """Remove a candidate from the queue, if it is queued."""
        self._dequeued.append({"gone": operational.plain(url)})

    def postpone(self, url: str, next_try: datetime, *, counted: bool = True) -> None:
        """Set the time of the next try of a queued candidate; `counted` adds one to its number of tries."""
        self._db.execute(
            update(queue)
            .where(queue.c.url == operational.plain(url))
            .values(tries=queue.c.tries + int(counted), next_try=next_try)
        )

    def reject(self, url: str, outcome: str) -> None:
        """Record that this URL is not an article, so that it is not fetched again for some time."""
        operational.put(self._db, rejections, {"url": operational.plain(url), "outcome": outcome, "made_at": self._at})

    def validators(self, row: Validators) -> None:
        """Store the validators of a URL (ETag, Last-Modified) for conditional requests, replacing the previous ones."""
        self._validators[row.url] = {
            "url": row.url,
            "etag": row.etag,
            "last_modified": row.last_modified,
            "checks": row.checks,
            "full_at": row.full_at,
        }

    def forget_validators(self, url: str) -> None:
        """Delete the validators of a URL, so that its next request is unconditional."""
        self._validators.pop(url, None)
        self._db.execute(validators.delete().where(validators.c.url == url))

    def host_rates(self, rows: Iterable[HostRate]) -> None:
        """Store the times from which hosts may be requested again."""
        operational.put_host_rates(self._db, rows)

    def source_attempt(self, source: str, at: datetime, error: str | None, new: int) -> None:
        """Record one check of a source's listings: the error or None, and the number of new articles found in them."""
        operational.attempt(self._db, source, at, error, new)

    def archive_sizes(self, files: Mapping[str, int]) -> None:
        """Store the size in bytes up to which each archive file contains complete, synced records."""
        operational.put_files(self._db, files)

    def newest_fetch(self, url: str) -> datetime | None:
        """Return when the newest stored page of a URL was fetched; None if no page is stored.

        Pages of this batch that are not written yet are ignored.
        """
        return self._db.execute(_NEWEST_FETCH, {"url": url}).scalar()

    def linked_file(self, name: str, place: str, size: int) -> None:
        """Record an archive file that another program wrote: `name` below `place`, with captures up to byte `size`.

        A file that is already linked keeps its place. Raises ConflictError if the archive has a file of its own with
        this name.
        """
        known = self._db.execute(select(archive_files).where(archive_files.c.name == name)).first()
        if known is not None and not known.linked:
            raise ConflictError(f"linking {name} at {place}: the archive has a file of this name; use --copy")
        row = {"name": name, "place": known.place if known else place, "linked": True}
        operational.put(self._db, archive_files, {**row, "committed": max(size, known.committed if known else 0)})

    def backfill_partition(self, job: int, number: int, **values: Any) -> None:
        """Record the state of a backfill partition with its results (see `backfill_state.record_partition`)."""
        backfill_state.record_partition(self._db, job, number, **values)

    # --- end of the batch -----------------------------------------------------------------------------------------

    def finish(self) -> None:
        """Write the waiting rows, the index entries of changed articles and, if versioned rows were added, a Commit.

        `Store.batch` calls this method inside the transaction.
        """
        self._flush()
        if self._changed:
            index(self._db, self._changed)
            private_names.update(self._db, self._changed)
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
