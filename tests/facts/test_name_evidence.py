"""Names without a title are recognised by the words around them; parts of products and phrases are not names."""

from __future__ import annotations

import pytest

from ingest.facts import facts
from tests.support.lexicon import shared_lexicon

LEXICON = shared_lexicon()


def named(text: str) -> set[object]:
    return {fact.fields["name"] for fact in facts(text, LEXICON) if fact.kind == "person"}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("投资界大佬沈南鹏、徐小平都来了。", "沈南鹏"),
        ("投资界大佬沈南鹏、徐小平都来了。", "徐小平"),
        ("上台以后,郭荣梅认为,想让学生信服不容易。", "郭荣梅"),
        ("占里村村民石老丙和堂弟石老富为一口鱼塘动了锄头。", "石老富"),
        ("瓜商齐宝军卷了六户瓜农的瓜款。", "齐宝军"),
        ("原告马占山、被告马占海,是亲兄弟。", "马占山"),
        ("原告马占山、被告马占海,是亲兄弟。", "马占海"),
        ("校长吴再芬说起这事,眼圈还红。", "吴再芬"),
        ("职业学校校长江波说,至少要试试。", "江波"),
        ("演员丹尼尔·雷德克里夫发长文感激她。", "丹尼尔·雷德克里夫"),
        ("工作人员吴军也在场。", "吴军"),
        ("犯罪嫌疑人杨某斌和梁某被抓。", "杨某斌"),
        ("居民王某明报警。后来王某明又来了。", "王某明"),
        ("被害人王某被打,王某被送医。", "王某"),
        ("总理布尔纳比奇则表示不满。", "布尔纳比奇"),
        ("副所长高胜利这么叫他。", "高胜利"),
        ("民警修健、辅警赵阳阳逐船喊话。", "修健"),
        ("教导员谢保中介绍,所里分三色管理。", "谢保中"),
        ("74岁的五保户杨再兴没有儿女。", "杨再兴"),
        ("所长昂旺文扎、民警尕松达杰都在。", "昂旺文扎"),
        ("所长昂旺文扎、民警尕松达杰都在。", "尕松达杰"),
        ("护林员老荆把她背下山来。", "老荆"),
        ("大一新生小宋接到一个电话。", "小宋"),
        ("卖肠粉的黎姨先醒了。", "黎姨"),
        ("宿管阿姨张秀玲也来了。", "张秀玲"),
        ("民警带来两个徒弟,一个叫白凯,一个叫贺子轩。", "白凯"),
    ],
)
def test_name_is_found(text: str, name: str) -> None:
    assert name in named(text)


@pytest.mark.parametrize(
    "text",
    [
        "把一千元钱塞进老人口袋。",
        "南京龙湖春江紫宸项目不到一年就停了。",
        "气垫越厚越大,效应越明显。",
        "这是正方形的两处长度值。",
        "医护人员连饭都吃不上。",
        "他们把他当女孩养大,没有想过别的。",
        "手机有四个小核,兼顾性能和能耗。",
        "解放军和武警官兵、消防指战员都在。",
        "有个小站,叫石佛寺西,站旁边是石佛寺小学。",
        "屋后有个叫柳树屯的村子,他小时候去过。",
        "她把职工小家建起来了。",
        "死亡2例。据乌通社报道,该国关闭了口岸。",
    ],
)
def test_other_words_are_no_name(text: str) -> None:
    assert named(text) == set()


def test_masked_name_after_a_preposition() -> None:
    """In 民警向杨某, 向 is a preposition, not a surname."""
    assert named("民警向杨某详细了解了事情经过。") == {"杨某"}


def test_hero_of_the_protagonist() -> None:
    """In 主人公|孙启勤, the character 公 is not part of the surname 公孙."""
    assert "公孙启勤" not in named("本文的主人公孙启勤在短短四年间经历了大起大落。")
