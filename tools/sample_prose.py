"""Draw docstrings and comments at random, with a fixed seed, for a review of their wording.

python tools/sample_prose.py [--seed 1] [--count 100] [FOLDER ...]
"""

from __future__ import annotations

import argparse
import ast
import io
import random
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = ("ingest", "store", "tests", "benchmarks", "tools")


def prose_of(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, text) of each docstring and comment block of a Python file, without directives for tools."""
    source = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and (
            text := ast.get_docstring(node)
        ):
            yield node.body[0].lineno, f'"""{text}"""'
    block: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT or token.string.startswith(("# noqa", "# type:", "# fmt:", "#!")):
            continue
        alone = not token.line[: token.start[1]].strip()
        if block and not (alone and token.start[0] == last + 1):
            yield last - len(block) + 1, "\n".join(block)
            block = []
        block.append(token.string)
        last = token.start[0]
    if block:
        yield last - len(block) + 1, "\n".join(block)


def draw(folders: list[Path], count: int, seed: int) -> list[str]:
    """Return at most `count` texts, each with its file and line, drawn without replacement."""
    everything = [
        f"{path.relative_to(ROOT)}:{line}\n{text}"
        for folder in folders
        for path in sorted(folder.rglob("*.py"))
        for line, text in sorted(prose_of(path))
    ]
    return random.Random(seed).sample(everything, min(count, len(everything)))


def main() -> None:
    """Print the drawn texts, numbered."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", default=FOLDERS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    options = parser.parse_args()
    for number, text in enumerate(draw([ROOT / name for name in options.folders], options.count, options.seed), 1):
        print(f"{number}. {text}\n")


if __name__ == "__main__":
    main()
