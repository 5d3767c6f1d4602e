"""Names of stations in fixed sentences: `python benchmarks/stations.py [--errors] [NAMES.txt]`.

Each name of benchmarks/station-names.txt (or of the file) is inserted into sentences after an authority, at the start
of a clause and after verbs and titles. Prints for each sentence how many names are found whole, lost or cut.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

from ingest.facts.document import prepare  # noqa: E402
from ingest.facts.kinds.station import station_facts  # noqa: E402
from ingest.zh.lexicon import Lexicon  # noqa: E402

FRAMES = (
    "塔城市公安局{}成立于1964年。",
    "长沙市公安局天心分局{}民警赶到现场。",
    "{}现有民警9名。",
    "夜色渐深,{}的灯还亮着。",
    "走进{},民警正在值班。",
    "11月的一天,记者来到{}。",
    "退休民警王建国当过{}所长。",
    "时任{}所长王建国说,那一年水大。",
    "再访{},楼已经是新的。",
    "夜访{},灯火通明。",
)


def names(path: Path) -> list[str]:
    """Return the names in a file, each once and with 派出所 appended. Lines that begin with # are ignored."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return list(dict.fromkeys(f"{word}派出所" for line in lines if not line.startswith("#") for word in line.split()))


def stations_of(text: str, lexicon: Lexicon) -> list[str]:
    doc = prepare(text, lexicon)
    return [str(fact.fields["name"]) for fact in station_facts(doc, lexicon.places)]


def main() -> None:
    files = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    table = names(Path(files[0]) if files else Path(__file__).parent / "station-names.txt")
    lexicon, errors = Lexicon.load(), 0
    for frame in FRAMES:
        wrong = [(name, found) for name in table if (found := stations_of(frame.format(name), lexicon)) != [name]]
        lost = sum(not found for _, found in wrong)
        errors += len(wrong)
        print(f"{frame}  {len(table) - len(wrong)}/{len(table)} whole, {lost} lost, {len(wrong) - lost} cut")
        if "--errors" in sys.argv:
            print("  ", *(f"{name}:{'|'.join(found)}" for name, found in wrong))
    print(f"{len(table)} names in {len(FRAMES)} frames: {errors / len(table) / len(FRAMES):.2%} lost or cut")


if __name__ == "__main__":
    main()
