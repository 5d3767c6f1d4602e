"""Write the generated parts of the documentation: `python tools/generate_docs.py [--check]`.

A generated part is between `<!-- generated: NAME -->` and `<!-- end -->`. With --check nothing is written, and the exit
code is 1 if a part differs from the result of the code.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
PART = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
#: packages of DESIGN.md in the order of a run, then the packages that they use
PACKAGES = (
    "ingest/cli",
    "ingest/demo",
    "ingest/web",
    "ingest/mcp",
    "ingest/schedule",
    "ingest/deliver",
    "ingest/pipeline",
    "ingest/discover",
    "ingest/fetch",
    "ingest/extract",
    "ingest/classify",
    "ingest/dedup",
    "ingest/facts",
    "ingest/facts/kinds",
    "ingest/digest",
    "ingest/zh",
    "ingest/config",
    "ingest",
    "store",
    "store/migrations",
)


def summary(path: Path) -> str:
    """Return the first sentence of a module's docstring, on one line."""
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(text.split("\n\n")[0].split())
    sentence = re.match(r".*?\.(?= [A-Z])", paragraph)
    return (sentence[0] if sentence else paragraph).rstrip(".:")


def packages() -> str:
    """Return the packages, each with its modules and their summaries, as nested lists."""
    lines = []
    for package in PACKAGES:
        folder = ROOT / package
        if not folder.is_dir():
            continue
        lines.append(f"- **{package}/**: {summary(folder / '__init__.py')}")
        lines += [
            f"  - `{path.stem}`: {summary(path)}"
            for path in sorted(folder.glob("*.py"))
            if path.stem not in ("__init__", "__main__")
        ]
    return "\n".join(lines) + "\n"


def fact_rules() -> str:
    """Return the rules of each kind of fact, in the order in which they are tried, each with its first example."""
    import ingest.facts.extraction  # noqa: F401 - imports the modules of all kinds, which fill SETS
    from ingest.facts.rule_engine import SETS
    from store.fact_kinds import KINDS

    order = list(KINDS)
    lines = []
    for rules in sorted(SETS, key=lambda rules: order.index(rules.kind)):
        lines += [f"### {rules.kind}: {rules.what}", "", "| rule | | because | example |", "|---|---|---|---|"]
        for rule in rules:
            example = rule.examples[0].strip().replace("\n", " ⏎ ").replace("|", "\\|") if rule.examples else ""
            lines.append(f"| {rule.name} | {rule.verdict} | {rule.why} | {example} |")
        lines.append("")
    return "\n".join(lines)


def codebook_columns() -> str:
    """Return the columns of the table of facts with types and meanings."""
    from store.fact_export_rows import COLUMNS

    lines = ["| column | type | meaning |", "|---|---|---|"]
    lines += [f"| `{column.name}` | {column.type} | {column.about} |" for column in COLUMNS]
    return "\n".join(lines) + "\n"


def codebook_kinds() -> str:
    """Return for each kind of fact the columns that it fills."""
    from store.fact_export_rows import columns_of
    from store.fact_kinds import KINDS

    lines = ["| kind | heading | columns, with the field of the kind that fills each | unit |", "|---|---|---|---|"]
    for kind in KINDS.values():
        columns = columns_of(kind.name).items()
        filled = ", ".join(f"`{column}`" + ("" if column == field else f" ({field})") for field, column in columns)
        lines.append(f"| {kind.name} | {kind.label} | {filled} | {kind.unit} |")
    return "\n".join(lines) + "\n"


def codebook_tables() -> str:
    """Return the tables of the DuckDB export with their columns; the columns of the table of facts are listed
    elsewhere.
    """
    from store.export_duckdb import TABLES

    lines = ["| table | columns |", "|---|---|"]
    for name, columns in TABLES.items():
        shown = "see above" if name == "facts" else ", ".join(f"`{column.name}`" for column in columns)
        lines.append(f"| {name} | {shown} |")
    return "\n".join(lines) + "\n"


PARTS: dict[str, Callable[[], str]] = {
    "packages": packages,
    "fact-rules": fact_rules,
    "codebook-columns": codebook_columns,
    "codebook-kinds": codebook_kinds,
    "codebook-tables": codebook_tables,
}


def generated(text: str) -> str:
    """Return a document with its generated parts replaced. Raises KeyError for an unknown part."""
    return PART.sub(lambda match: match[1] + PARTS[match[2]]() + match[3], text)


def main() -> int:
    """Write or check all documents; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when a document is outdated")
    options = parser.parse_args()
    outdated = []
    for path in sorted([*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")]):
        text = path.read_text(encoding="utf-8")
        new = generated(text)
        if new != text:
            outdated.append(path.relative_to(ROOT).as_posix())
            if not options.check:
                path.write_text(new, encoding="utf-8")
    if outdated:
        print(("outdated: " if options.check else "written: ") + ", ".join(outdated))
    return int(bool(outdated) and options.check)


if __name__ == "__main__":
    sys.exit(main())
