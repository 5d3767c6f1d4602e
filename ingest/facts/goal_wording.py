"""Detection of goals (力争把日均警情控制在35起以内, 明年要再建20个警务室), which are neither statistics nor initiatives."""

from __future__ import annotations

from ingest.facts.document import Doc
from ingest.zh import han

#: numbers of characters before and after a number or a name that are searched for the words of a goal; not measured
_BEFORE, _AFTER = 60, 16
#: words of a goal before (_ANNOUNCED) and after (_AHEAD) a number or a name
_ANNOUNCED = han.regex(
    r"(?=[力争目计打准拟明下接今将要])(?:力争|争取(?=在|用|到20|今年|明年|年底|实现|把|让|将)|目标(?:就?是|为|[::])|(?:计划|打算|准备|拟)(?=在|用|于|新建|新增|再|今年|明年|年[底内]|投入|到20)|"
    r"明年|下一步|接下来|今后|(?<=[\p{Han}])将(?=再|继续|新建|新增|陆续|逐步|实现|达到|投入使用)|要再(?=[建增降添设办]))"
)
_AHEAD = han.regex(
    r"[\p{Han}]{0,12}(?<!已)将(?:全部|陆续|逐步|全面)?(?:达标|完成|建成|实现|投入|启用|覆盖|推广|增至|达到)"
)


def is_goal(doc: Doc, start: int, end: int) -> bool:
    """Return whether the sentence presents the part start:end as a goal."""
    floor = max(doc.sentence(start)[0], start - _BEFORE)
    return bool(_ANNOUNCED.search(doc.s, floor, start) or _AHEAD.match(doc.s, end, end + _AFTER))
