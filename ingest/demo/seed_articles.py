"""The five example texts for the demo: which lines of each belong to the article, and which are boilerplate.

The boilerplate is listed line by line; the expected text is the seed without it. The demo pages place the boilerplate
where real pages have it (meta line, captions, sidebar, footer), so that correct extraction returns the expected text.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.config.data_files import defaults
from ingest.zh.seed_format import clean_lines


@dataclass(frozen=True, slots=True)
class Seed:
    """One example text: its number, and the metadata and boilerplate of its page."""

    number: str
    #: headline of the page; those of 000, 001 and 003 were written for the demo, because these texts have no headline
    title: str
    published: str
    source: str | None
    authors: tuple[str, ...] = ()
    editors: tuple[str, ...] = ()
    #: captions of the pictures
    captions: tuple[str, ...] = ()
    #: line with the credit of the pictures, below the meta line
    picture_credit: str = ""
    #: other lines of boilerplate: navigation, meta line, repeated title
    boilerplate: tuple[str, ...] = ()
    #: first line after the article; None if the article is the last part of the text
    cut_from: str | None = None
    #: words at the end of the article's last line that do not belong to the article
    tail: str = ""
    #: subheadings between paragraphs
    subheads: frozenset[str] = field(default_factory=frozenset)

    def lines(self) -> list[str]:
        """Return the lines of the seed in the seed format."""
        path = next((defaults() / "seeds").glob(f"{self.number}_*.txt"))
        return clean_lines(path.read_text("utf-8")).split("\n")

    def paragraphs(self) -> list[str]:
        """Return the lines of the article, which extraction of the page should return."""
        lines = self.lines()
        if self.cut_from is not None:
            lines = lines[: lines.index(self.cut_from)]
        dropped = {*self.captions, *self.boilerplate, self.picture_credit}
        kept = [line for line in lines if line not in dropped]
        if self.tail:
            kept[-1] = kept[-1].removesuffix(self.tail)
        return kept

    def after(self) -> list[str]:
        """Return the lines that follow the article on its page."""
        lines = self.lines()
        return [] if self.cut_from is None else lines[lines.index(self.cut_from) :]

    def text(self) -> str:
        """Return the text that extraction of the page should return."""
        return clean_lines("\n".join(self.paragraphs()))


SEEDS = (
    Seed(
        "000", "解放碑下的“老字号”——走进渝中区公安分局大阳沟派出所", "2024-06-18 09:26", None,
        authors=("李亚", "饶果"), tail=" 记者 李 亚 饶 果 |",
    ),
    Seed(
        "001", "锚定“枫桥”走新路——渝北区分局两路派出所创建“枫桥式公安派出所”纪实", "2023-05-23 21:37:44", "法律常识",
        captions=("渝北区公安分局两路派出所荣誉墙 摄影 肖红光", "派出所民警在辖区巡逻 供图 渝北区公安分局"),
        boilerplate=("时间:2023-05-23 21:37:44来源:法律常识",),
    ),
    Seed(
        "002", "西彭派出所:百面锦旗见证铝城平安创建史", "2020-10-20", None,
        boilerplate=("ZKX's LAB", "西彭派出所:百面锦旗见证铝城平安创建史", "2020-10-20新闻6",
                   "原标题:西彭派出所:百面锦旗见证铝城平安创建史"),
        cut_from="随机阅读",
        subheads=frozenset({"治安巡逻进乡村 提高群众安全感", "两大机制出亮点 群众矛盾巧化解",
                            "打造护企巡逻队 随时关注企业动态", "可视化实时指挥 打造警务新模式"}),
    ),
    Seed(
        "003", "红砖青瓦到“指尖”警务:大连派出所里的平安变迁", "2020-08-06", "大连新闻传媒集团",
        authors=("孙颢源", "安文元"),
        captions=("日新街派出所旧址", "日新街派出所新址", "日新街派出所勤务管理指挥室", "升级后的服务大厅",
                  "开发区公安分局哈尔滨路派出所授牌仪式"),
    ),
    Seed(
        "004", "牢记使命,护一方安宁", "2019-09-10 10:08:25", "湖南日报",
        authors=("王茜", "王宇蓝"), editors=("唐甬梅",),
        captions=("主题党日活动", "上门走访"),
        picture_credit="(本文图片由雷锋派出所提供)",
        boilerplate=("当前位置:", "牢记使命,护一方安宁"),
        cut_from="来源:湖南日报",
        subheads=frozenset({"重拳出击,打响“荣誉之战”", "锐意革新,创“枫桥式派出所”", "小事大爱,我们是“一家人”"}),
    ),
)  # fmt: skip
BY_NUMBER = {seed.number: seed for seed in SEEDS}
