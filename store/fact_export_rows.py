"""Facts as a table with a row for each fact, for spreadsheets, pandas and DuckDB (docs/codebook.md).

The first columns are shared by all kinds. A field without a shared column gets a column with the field's name, so
that no value is lost. A new kind needs only the description of its fields in `ABOUT`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from store.export_rows import each_state
from store.fact_kinds import KINDS
from store.masked_views import mask_revision
from store.masking import Mask, hide_paths
from store.progress_callback import Progress, ignore_progress
from store.queries import ArticleState, last_commit
from store.records import Fact, Ruling
from store.store import Store

Type = Literal["text", "integer", "number", "boolean"]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its name, type, and the meaning of its values."""

    name: str
    type: Type
    about: str


#: columns that all kinds share, in the order of the table
_SHARED = (
    Column("station", "text", "police station that the fact is about, as the article names it; empty when unknown"),
    Column("province", "text", "province of that station; empty unless the article states it or its authority does"),
    Column("city", "text", "city of that station"),
    Column("district", "text", "district or county of that station"),
    Column("kind", "text", "kind of fact, listed below"),
    Column("category", "text", "what is counted or named within the kind: 民警, the title of an honour, a name"),
    Column("value", "number", "the figure; empty when the text states none (数百家, with approx vague)"),
    Column("unit", "text", "unit of the figure: 人, 个, 家, 平方公里, 起"),
    Column("approx", "text", "exact, over (余, 多), nearly (近), about (约) or vague (数百); empty without a figure"),
    Column("date", "text", "date as precise as stated: 2019, 2019-09, 2019-09-07; the begin of an initiative"),
    Column("period", "text", "the time that a figure covers, as written: 今年以来, 成立时"),
    Column("article", "integer", "number of the article: `suowen show 7`"),
    Column("title", "text", "title of the article"),
    Column("source", "text", "publisher that the page names (来源), else the name of the configured site"),
    Column("url", "text", "address of the article"),
    Column("quote", "text", "the words of the article that prove the fact"),
    Column("start", "integer", "offset of the quote in the article's text, in characters from 0"),
    Column("end", "integer", "offset of the character after the quote"),
    Column("rule", "text", "rule that found the fact, with its version; model:NAME@VERSION for an LLM"),
    Column("commit", "integer", "state of the store that the row is from: the number to cite; `--at` shows it again"),
)
#: field of a kind -> shared column for its values. The subject of a kind (`Kind.subject`) goes to the column category,
#: but the name of a station to the column station
_PLACED: Mapping[str, str] = {
    "station": "station",
    "province": "province",
    "city": "city",
    "district": "district",
    "value": "value",
    "unit": "unit",
    "approx": "approx",
    "date": "date",
    "since": "date",
    "period": "period",
}
#: meaning of the columns that are not shared
ABOUT: Mapping[str, str] = {
    "position": "position of the fact in its article; article and position name it: `suowen fact reject 7.12`",
    "published": "date of publication, as precise as the page states it",
    "authority": "authority of the station, such as 渝中区公安分局",
    "main": "whether the station is the subject of the article",
    "former_name_of": "present name of the station, for a fact that gives a former name",
    "holder": "person who holds the honour; empty for an honour of the station",
    "by": "who awarded the honour",
    "count": "how many times the honour was awarded",
    "date_text": "the date as written, when its year is unknown or it is relative",
    "roles": "roles of the person, separated by “; ”",
    "role_class": "police, official, citizen, reporter or editor",
    "private": "whether the person is a private one, whose name is masked (张某)",
    "quoted": "whether the initiative stands in quotation marks",
    "change_direction": "up or down, for a figure that is a change",
    "change_percent": "the change in percent",
    "change_points": "the change in percentage points",
    "change_count": "the change as a number",
    "change_base": "what the change is compared with, as written: 同比",
    "scope": "the area of a figure that is not the station's: a city or county",
    "role": "role of the credit: 记者, 通讯员, 摄影",
    "judged": "a person's correction: confirmed by, edited by; empty without one",
}
#: parts of a field of type "change", and the type of each
_CHANGE: Mapping[str, Type] = {
    "direction": "text",
    "percent": "number",
    "points": "number",
    "count": "number",
    "base": "text",
}
_TYPES: Mapping[str, Type] = {"number": "number", "flag": "boolean"}


def columns_of(kind: str) -> dict[str, str]:
    """Return the column name of each field of a kind, by field name.

    A field of type "change" has an entry for each of its parts: "change.percent" has the column change_percent.
    """
    found: dict[str, str] = {}
    for field in KINDS[kind].fields:
        if field.type == "change":
            found |= {f"{field.name}.{part}": f"{field.name}_{part}" for part in _CHANGE}
        elif kind == "station" and field.name == "name":
            found[field.name] = "station"
        elif field.name == KINDS[kind].subject:
            found[field.name] = "category"
        else:
            found[field.name] = _PLACED.get(field.name, field.name)
    return found


def _own_columns() -> Iterator[Column]:
    """Yield the columns that are not shared: position, published, fields in the order of the kinds, judged."""
    yield Column("position", "integer", ABOUT["position"])
    yield Column("published", "text", ABOUT["published"])
    seen = {column.name for column in _SHARED}
    for kind in KINDS.values():
        columns = columns_of(kind.name)
        for field in kind.fields:
            names: dict[str, Type]
            if field.type == "change":
                names = {columns[f"{field.name}.{part}"]: type_ for part, type_ in _CHANGE.items()}
            else:
                names = {columns[field.name]: _TYPES.get(field.type, "text")}
            for name, type_ in names.items():
                if name not in seen:
                    seen.add(name)
                    yield Column(name, type_, ABOUT[name])
    yield Column("judged", "text", ABOUT["judged"])


#: columns of the table of facts: first the shared columns, then the others (`_own_columns`)
COLUMNS: tuple[Column, ...] = (*_SHARED, *_own_columns())


def fact_rows(
    store: Store,
    *,
    ruling: Ruling | None,
    at: int | None = None,
    since: int = 0,
    unmasked: bool = False,
    progress: Progress = ignore_progress,
) -> Iterator[list[dict[str, Any]]]:
    """Yield one list of rows for each article, sorted by article and by position of the fact.

    `ruling`, `at` and `since` choose the articles as in `export_rows.article_rows`. Private persons, mobile and ID
    numbers are masked, except in `unmasked` rows.
    """
    upto = last_commit(store) if at is None else at
    for state, mask in each_state(store, ruling=ruling, at=upto, since=since, unmasked=unmasked, progress=progress):
        yield facts_of_state(state, mask, upto)


def facts_of_state(state: ArticleState, mask: Mask | None, commit: int) -> list[dict[str, Any]]:
    """Return the rows of one article's facts: masked, or as published if `mask` is None."""
    revision, _, _, found = state
    facts = found if mask is None else mask.facts(found, revision.content.text)
    shown = revision if mask is None else mask_revision(revision, mask)
    content = shown.content
    shared = {
        "article": shown.article,
        "title": content.title,
        "published": content.published,
        "source": content.source or shown.site,
        "url": hide_paths(content.url),
        "commit": commit,
    }
    stations = [fact for fact in facts if fact.kind == "station"]
    main = next((str(fact.fields["name"]) for fact in stations if fact.fields.get("main")), None)
    places = _places(stations)
    return [_row(fact, main, places, shared) for fact in facts]


def _places(stations: Sequence[Fact]) -> dict[str, dict[str, Any]]:
    """Return province, city and district of each station by its name, each from the first fact that states it."""
    found: dict[str, dict[str, Any]] = {}
    for fact in stations:
        place = found.setdefault(str(fact.fields["name"]), {})
        for part in ("province", "city", "district"):
            if fact.fields.get(part):
                place.setdefault(part, fact.fields[part])
    return found


def _row(
    fact: Fact, main: str | None, places: Mapping[str, Mapping[str, Any]], shared: Mapping[str, Any]
) -> dict[str, Any]:
    kind = KINDS[fact.kind]
    row: dict[str, Any] = dict.fromkeys(column.name for column in COLUMNS)
    for field, column in columns_of(fact.kind).items():
        name, _, part = field.partition(".")
        value = fact.fields.get(name)
        row[column] = value.get(part) if part and isinstance(value, Mapping) else None if part else value
    if kind.of_main_station and not row["station"]:
        row["station"] = main
    if row["value"] is not None and not row["unit"]:
        row["unit"] = kind.unit or None
    row |= {part: row[part] or place for part, place in places.get(str(row["station"]), {}).items()}
    row |= shared
    row |= {"kind": fact.kind, "quote": fact.quote, "start": fact.start, "end": fact.end, "rule": fact.rule}
    row |= {"position": fact.position, "judged": fact.judged}
    return {column.name: _typed(row[column.name], column.type) for column in COLUMNS}


def _typed(value: Any, type_: Type) -> Any:
    """Return a value converted to the column's type. In a number column, a value of another type becomes None."""
    if value is None or value == "":
        return None
    if type_ == "text":
        return "; ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    if type_ == "boolean":
        return bool(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if float(value).is_integer() else value


def flat(rows: Iterable[list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    """Yield the rows of all articles one by one."""
    for part in rows:
        yield from part
