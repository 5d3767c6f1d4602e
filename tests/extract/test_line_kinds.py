"""Tests of the classification of single lines as boilerplate or prose; lines of both kinds contain the same words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extract import line_kinds
from ingest.zh.character_normalization import fold

#: lines to be recognised as boilerplate: buttons, counters, invitations, disclaimers, credits in article containers
BOILERPLATE = [
    "分享到：",
    "（下载云溪新闻，报料有奖！）",
    "关注“平安云溪”，了解更多警务资讯！",
    "本报地址：望江市中山路1号 邮编：400000 电话：010-12345678",
    "点击下方链接查看往期回顾",
    "喜欢就点个“赞”吧",
    "您的点赞和在看是对我们最大的支持",
    "本栏目由望江市公安局协办",
    "#派出所的故事# #枫桥式公安派出所#",
    "望江声明：此消息系转载自合作媒体，登载此文出于传递更多信息之目的，并不意味着赞同其观点或证实其描述。",
    "平安望江 新媒体工作室 出品",
    "附件：1.名单.docx",
    "您是第 12034 位访问者",
    "0人已点赞",
    "视频制作：王五",
    "本文由望江公安综合整理自人民公安报、法治日报",
    "本文共1800字，阅读约需5分钟",
    "00:00/03:25",
    "小号 中号 大号",
    "扫码阅读手机版",
    "AI朗读",
    "【纠错】",
    "【责任编辑:张三】",
    "阅读下一篇：",
    "点击下载",
    "分享让更多人看到",
    "打印 关闭",
    "返回顶部",
    "[打印本页] [关闭窗口]",
    "字体：[大 中 小]",
    "扫一扫在手机打开当前页",
    "版权声明：本文版权归望江日报所有，未经许可不得转载。",
    "（本文来源：望江日报）",
    "更多精彩内容，请下载云溪客户端",
    "澎湃新闻，未经授权不得转载。新闻报料：4009-20-4009",
    "本文为澎湃号作者或机构在澎湃新闻上传并发布，仅代表该作者或机构观点，不代表澎湃新闻的观点或立场，澎湃新闻仅提供信息发布平台。申请澎湃号请用电脑访问https://renzheng.thepaper.cn。",
    "原标题：《一盏灯》",
    "阅读原文",
    "来源：渝北公安",
    "特别声明：以上文章内容仅代表作者本人观点，不代表新浪网观点或立场。如有关于作品内容、版权或其它问题请于作品发表后的30日内与新浪网联系。",
    "海量资讯、精准解读，尽在新浪财经APP",
    "举报/反馈",
    "返回搜狐，查看更多",
    "责任编辑：",
    "声明：该文观点仅代表作者本人，搜狐号系信息发布平台，搜狐仅提供信息存储空间服务。",
    "平台声明：该文观点仅代表作者本人，搜狐号系信息发布平台，搜狐仅提供信息存储空间服务。",
    "【版权声明】本文著作权归作者所有",
    "欢迎关注平安云溪",
    "点击关键词查看历史消息",
    "往期回顾",
    "往期推荐",
    "推荐阅读",
    "↓↓↓",
    "END",
    "- END -",
    "THE END",
    "▼",
    "点亮在看",
    "觉得不错，请点赞↓↓↓",
    "投稿邮箱：abc123@qq.com",
    "更多新闻请关注“平安重庆”微信公众号",
    "新闻链接",
    "相关链接",
    "微信号：pazy123",
    "扫描上方二维码",
    "审核：李四",
    "监制：王五",
    "校对：钱六",
    "签发：孙七",
    "地址：滨江路18号 邮编：400000 电话：023-00000000",
    "点个“在看”，让更多人知道",
    "喜欢就点个赞吧",
    "转载请注明来源",
    "图文无关",
    "（图片来源网络，侵删）",
    "本文图片均由警方提供",
    "打开网易新闻 查看精彩图片",
    "△点击上方视频查看",
    "点击播放视频",
    "视频加载中，请稍候...",
    "您的浏览器不支持video标签",
    "暂无评论",
    "还没有人评论",
    "相关推荐",
    "热点推荐",
    "大家都在看",
    "精彩推荐",
    "24小时热榜",
    "编辑推荐",
    "新闻排行榜",
    "图片新闻",
    "更多>>",
    "查看更多",
    "阅读 1024",
    "阅读（1024）",
    "点赞 12",
    "收藏",
    "浏览：123次",
    "点击：123",
    "[关闭]",
    "【打印】【关闭】",
    "主管：中共云溪区委 主办：云溪区融媒体中心",
    "联系我们",
    "技术支持：云溪科技",
    "网站地图",
    "意见反馈",
    "添加收藏",
    "设为首页",
    "关键词：派出所 社区",
    "关键词 >> 派出所,社区",
    "标签：派出所",
    "责编邮箱：abc@qq.com",
    "新闻热线：023-88888888",
    "展开阅读全文",
    "余下全文",
    "加载全文",
    "上一篇：某地发布通告",
    "下一篇：没有了",
    "原文链接：http://a.cn/1",
    "本文链接：http://a.cn/1.html",
    "文章来源：平安渝北",
    "（责任编辑：李四）",
    "文中配图均来自网络",
    "注：本文图片由派出所提供",
    "来源丨平安云溪",
    "编辑丨小云",
    "审核丨田峰",
    "一审一校：李四 二审二校：王五",
    "初审：李四 复审：王五 终审：赵六",
    "长按二维码关注我们",
    "关注我们，了解更多",
    "点击蓝字 关注我们",
    "点击上方“平安云溪”关注我们",
    "分享、点赞、在看，一键三连",
    "猜你想看",
    "延伸阅读：",
    "相关报道",
    "往期精彩",
    "今日推荐",
    "此前报道",
    "更多报道",
    "专题：平安云溪",
    "热词：",
    "编辑：张三 来源：云溪日报",
    "（完）",
    "(完)",
    "【完】",
    "[责任编辑:吴琼 ]",
    "中国警察网 版权所有",
    "版权所有©云溪日报",
    "京公网安备 11010102000001号",
]
#: lines not to be recognised as boilerplate: subheads, clauses and sentences of prose that contain the same words
PROSE = [
    "记者手记",
    "编后",
    "编者按",
    "采访手记",
    "短评",
    "第一章 总 则",
    "一、走千家",
    "01",
    "PART 01",
    "三",
    "——记云溪派出所民警田茂林",
    "民警：您好，请问有什么可以帮您？",
    "“关注每一个老人，是我们的责任。”",
    "他用手机扫了扫二维码，关注了派出所的公众号。",
    "大家分享着丰收的喜悦，",
    "下载国家反诈中心APP的群众已有两万人。",
    "她打开微信，给楼栋民警发了一条消息。",
    "群众可以扫描二维码进行评价，",
    "相关负责人表示，",
    "相关链接很快被警方封停。",
    "关闭非法网站120个，",
    "声明发出后，",
    "“我要评论的不是案子，是人心。”",
    "记者在现场看到，",
    "编辑部里，",
    "作者在书中写道，",
    "来源于生活的智慧",
    "图书室里，",
    "新闻发布会上，",
    "更多的变化",
    "更多的群众参与进来",
    "热点案件",
    "今天是他的生日，",
    "“大家的点赞，就是对我们最大的支持。”",
    "关注“小餐桌”，守护“大平安”，民警上门检查了十二家托管点，",
    "他把线索逐条记在本子上，",
    "这是所里自己设计的路线：",
    "全文三千字，写了七稿，",
    "附件里只有一张照片，",
    "三分钟制作，一辈子守护",
    "“报料”的是三楼的老李，",
    "茶馆里出品的故事，",
    "登录系统，民警发现了线索。",
    "注册资本1000万元的公司，",
    "点击率最高的一条短视频，",
    "收藏爱好者老李",
    "参与调解的群众说，",
    "搜索现场，",
    "推荐他当选的居民说，",
    "打印店老板",
    "推荐阅读的好书",
    "这份通告要求，",
    "违法和不良信息举报中心工作人员说，",
    "下一步，",
    "上一次，",
    "首页展示的是所长的照片。",
    "播放着反诈广播",
    "广告牌下，",
    "全部结清",
    "确认身份后，",
    "取消行程",
    "展开救援",
    "展开调查",
    "暂停办理业务",
    "转发这条消息的群众",
    "评论区里，",
    "评论员文章",
    "视频里，",
    "视频监控",
]


def is_the_sites(text: str) -> bool:
    judges = (
        line_kinds.is_boilerplate,
        line_kinds.is_end,
        line_kinds.is_dead_end,
        line_kinds.is_legal,
        line_kinds.is_credit,
        line_kinds.is_photo_line,
        line_kinds.is_dateline,
        line_kinds.is_byline,
    )
    return any(judge(fold(text)) for judge in judges)


@pytest.mark.parametrize("text", BOILERPLATE)
def test_boilerplate_is_recognised(text: str) -> None:
    """Boilerplate lines of a site are recognised."""
    assert is_the_sites(text)


@pytest.mark.parametrize("text", PROSE)
def test_prose_is_not_boilerplate(text: str) -> None:
    """Prose with the same words is not boilerplate (a lost paragraph is worse than a leftover line)."""
    assert not is_the_sites(text)


@given(st.text("民警走进巷子与居民谈心分享关注评论登录下载相关阅读打印更多", min_size=8, max_size=60))
def test_clauses_are_not_boilerplate(text: str) -> None:
    """A clause that ends in a comma is not recognised as a line that ends a text, as a credit or as a dateline."""
    line = text + ","
    assert not (
        line_kinds.is_end(line)
        or line_kinds.is_dead_end(line)
        or line_kinds.is_credit(line)
        or line_kinds.is_dateline(line)
    )


@pytest.mark.parametrize(
    "text",
    [
        "江城新闻网成立于2003年6月,是经国务院新闻办公室批准、由中共江城市委宣传部主管主办的重点新闻网站。",
        "《江城日报》创刊于1958年,是中共江城市委机关报。",
    ],
)
def test_site_self_description_is_recognised(text: str) -> None:
    """The paragraph in which a news site describes itself is recognised."""
    assert line_kinds.is_self_description(text)


@pytest.mark.parametrize(
    "text",
    [
        "“平安江城”公众号是由派出所主办的,民警轮流值班回复留言。",
        "江城派出所成立于1958年,是全县最老的派出所,多次被新闻媒体报道。",
        "江城日报记者在门户网站上看到了这封信。",
    ],
)
def test_sentences_about_media_are_not_self_descriptions(text: str) -> None:
    """Sentences of an article about accounts and newspapers are not self-descriptions of a site."""
    assert not line_kinds.is_self_description(text)
