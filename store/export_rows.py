"""Select the articles of an export, and return them as flat rows."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, select

from store import queries
from store.as_of_queries import representatives, resolve_commit
from store.commit_diff import touched
from store.masked_views import article_texts, mask_revision
from store.masking import Mask, hide_paths
from store.private_names import masks_for
from store.progress_callback import Progress, ignore_progress
from store.records import Ruling
from store.schema import articles, members
from store.sql_parameters import paged_ids
from store.store import Store


def article_rows(
    store: Store,
    *,
    ruling: Ruling | None,
    at: int | None = None,
    since: int = 0,
    copies: bool = True,
    unmasked: bool = False,
    progress: Progress = ignore_progress,
) -> Iterator[dict[str, Any]]:
    """Yield articles as flat objects sorted by id, with their facts under "facts"; a few are in memory at a time.

    Private persons, mobile and ID numbers are masked, except in `unmasked` rows.

    `since`: only articles that changed after that Commit. Without `copies`, only articles that represent their story
    are yielded; `since` then also includes articles that became representative after that Commit. All rows are of one
    state: `at`, or the newest Commit when the export began.
    """
    for state, mask in each_state(
        store, ruling=ruling, at=at, since=since, copies=copies, unmasked=unmasked, progress=progress
    ):
        yield article_row(state, mask)


def each_state(
    store: Store,
    *,
    ruling: Ruling | None,
    at: int | None = None,
    since: int = 0,
    copies: bool = True,
    unmasked: bool = False,
    progress: Progress = ignore_progress,
) -> Iterator[tuple[queries.ArticleState, Mask | None]]:
    """Yield (state, mask) for the articles of `article_rows`; the mask is None with `unmasked`."""
    for page in states_by_page(store, ruling=ruling, at=at, since=since, copies=copies, progress=progress):
        masks = {} if unmasked else export_masks(store, page)
        yield from ((state, masks.get(state[0].article)) for state in page)


def states_by_page(
    store: Store,
    *,
    ruling: Ruling | None,
    at: int | None = None,
    since: int = 0,
    copies: bool = True,
    progress: Progress = ignore_progress,
) -> Iterator[list[queries.ArticleState]]:
    """Yield the unmasked states of the articles of `article_rows` in pages, sorted by id; a page may be empty."""
    upto = queries.last_commit(store) if at is None else at
    known = _known(upto, since, copies)
    with store.database.read() as db:
        resolve_commit(db, upto)
        resolve_commit(db, since)
        done, total = 0, db.execute(select(func.count()).select_from(known.subquery())).scalar_one()
    for part in paged_ids(store.database, known):
        done += len(part)
        with store.database.read() as db:
            rows = queries.article_states(db, part, upto, ruling=ruling, since=since if copies else 0)
            chosen = None if copies else _representing(db, rows, upto, since)
        yield [row for row in rows if chosen is None or row[0].article in chosen]
        progress("articles exported", done, total)


def _known(upto: int, since: int, copies: bool) -> Select[Any]:
    """Select the ids of all articles of a state or, if `since` is given, of all that changed after that Commit.

    Other ids may be among them; the caller filters the articles.
    """
    if not since:
        return select(articles.c.id).where(articles.c.commit_no <= upto)
    newer = touched(since, upto)
    if copies:
        return newer
    # a new verdict on one article can change the representative of its story
    affected = select(members.c.story).where(members.c.article.in_(newer))
    found = newer.union(select(members.c.article).where(members.c.story.in_(affected))).subquery()
    return select(found.c.article)


def _representing(db: Connection, rows: Sequence[queries.ArticleState], upto: int, since: int) -> set[int]:
    """Return the articles of `rows` that represent their story.

    With `since`, return only those that changed after that Commit or did not represent their story as of that Commit.
    """
    story = {revision.article: row.story for revision, _, row, _ in rows if row.story}
    now = representatives(db, list(story.values()), upto)
    representing = {
        revision.article for revision, _, row, _ in rows if now.get(row.story, revision.article) == revision.article
    }
    if not since:
        return representing
    then = representatives(db, list(story.values()), since)
    changed = {row[0].article for row in queries.article_states(db, sorted(representing), upto, since=since)}
    return {
        article for article in representing if article in changed or then.get(story.get(article, 0), article) != article
    }


def article_row(state: queries.ArticleState, mask: Mask | None) -> dict[str, Any]:
    """Return one article as a flat object: masked, or as published if `mask` is None."""
    revision, verdict, rest, found = state
    facts = found if mask is None else mask.facts(found, revision.content.text)
    content = (revision if mask is None else mask_revision(revision, mask)).content
    return {
        "id": revision.article,
        "url": hide_paths(content.url),
        "title": content.title,
        "published": content.published,
        "source": content.source,
        "site": revision.site,
        "authors": [{"role": credit.role, "name": credit.name} for credit in content.authors],
        "editors": list(content.editors),
        "first_seen": rest.first_seen.isoformat(),
        "fetched_at": content.fetched_at.isoformat(),
        "revision": revision.number,
        "commit": revision.commit,
        "ruling": verdict.ruling if verdict else None,
        "score": verdict.score if verdict else None,
        "story": rest.story,
        "relation": rest.relation,
        "text": content.text,
        "facts": [fact.flat() for fact in facts],
    }


def export_masks(store: Store, states: Sequence[queries.ArticleState]) -> dict[int, Mask]:
    """Return the mask of each article by its id, for an export of these states."""
    texts = {revision.article: article_texts(revision.content) for revision, *_ in states}
    with store.database.read() as db:
        return masks_for(db, texts, store.masking, given={revision.article: found for revision, _, _, found in states})


FACT_COLUMNS = ("article", "kind", "quote", "start", "end", "rule", "fields")


def flat_facts(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield one object for each fact of an article row, with the fact's own fields as one JSON text."""
    for fact in row["facts"]:
        own = {key: value for key, value in fact.items() if key not in FACT_COLUMNS}
        yield {
            **{name: fact.get(name) for name in FACT_COLUMNS},
            "article": row["id"],
            "fields": json.dumps(own, ensure_ascii=False, sort_keys=True),
        }
