"""Tests of the shipped sources: link patterns match real addresses of their sites; e-papers are addressed by date."""

from __future__ import annotations

import re
from datetime import date

import pytest
import yaml

from ingest.config.data_files import defaults
from ingest.config.sources import SourcesFile
from ingest.pipeline_types import Listing, Source
from ingest.urls import canonical

#: real addresses from public pages (docs/sources.md): at least three for each source with a pattern
ADDRESSES = {
    "cpd": [
        "https://news.cpd.com.cn/n3569/626/t_1236449.html",
        "https://news.cpd.com.cn/n12021581/n12021590/1025/t_1205275.html",
        "http://news.cpd.com.cn/n18151/201910/t20191030_862809.html",
        "http://news.cpd.com.cn/n3559/201904/t20190415_835839.html",
    ],
    "mps": [
        "https://www.mps.gov.cn/n2254098/n4904352/c10390619/content.html",
        "https://www.mps.gov.cn/n2254098/n4904352/c9538664/content.html",
        "https://www.mps.gov.cn/n2254098/n4904352/c9947046/content.html",
    ],
    "legaldaily": [
        "http://www.legaldaily.com.cn/index/content/2026-07/03/content_9417460.html",
        "http://www.legaldaily.com.cn/index/content/2026-01/27/content_9330365.html",
        "http://m.legaldaily.com.cn/index/content/2026-08/07/content_9437287.htm",
    ],
    "chinapeace": [
        "http://www.chinapeace.gov.cn/chinapeace/c100050/2026-01/06/content_12818401.shtml",
        "http://chinapeace.gov.cn/chinapeace/c100045/2026-07/16/content_12847578.shtml",
        "http://chinapeace.gov.cn/chinapeace/c100007/2026-09/09/content_12855649.shtml",
    ],
    "xinhua-legal": [
        "https://www.news.cn/legal/20260731/4b8eea40226644d0a347c72ea1b21b75/c.html",
        "https://www.news.cn/legal/20260626/d2e75eef052d43d3988ac60fa572bf1a/c.html",
        "https://www.news.cn/legal/20260820/737dfb54ab564fb8a549ba392af9fb0a/c.html",
    ],
    "gmw-legal": [
        "https://legal.gmw.cn/2026-09/07/content_38989161.htm",
        "https://legal.gmw.cn/2024-06/17/content_37383564.htm",
        "https://legal.gmw.cn/2022-08/19/content_35964299.htm",
    ],
    "cctv-law": [
        "https://news.cctv.com/2026/03/14/ARTIKOxmS8y08Ezdt89y2I2z260314.shtml",
        "https://news.cctv.com/2026/05/15/ARTIJ1t1ZF3oeDItJsniMuAb260515.shtml",
        "https://news.cctv.com/2026/01/30/ARTIQoWFuUKYD4fFqMXeiCan260130.shtml",
    ],
    "thepaper": [
        "https://www.thepaper.cn/newsDetail_forward_33510953",
        "https://m.thepaper.cn/newsDetail_forward_33819483",
        "https://www.thepaper.cn/newsDetail_forward_32636500",
    ],
    "cqnews": [
        "https://news.cqnews.net/1/detail/1195025550803832832/web/content_1195025550803832832.htm",
        "https://news.cqnews.net/1/detail/1234950361595191296/app/content_1234950361595191296.html",
        "https://www.cqnews.net/app/content_1534986313233797120.html",
        "https://news.cqnews.net/1/detail/1260582520904089600/web/content%5F1260582520904089600.htm",
    ],
    "rednet": [
        "https://yiyang.rednet.cn/content/646956/66/15560393.html",
        "https://yz.rednet.cn/content/646040/52/16015305.html",
        "https://hn.rednet.cn/content/646856/56/14535924.html",
        "https://hn.rednet.cn/content/2021/09/17/10153872.html",
    ],
    "beijing-police": [
        "https://gaj.beijing.gov.cn/xxfb/jwbd/202607/t20260703_4746539.html",
        "https://gaj.beijing.gov.cn/xxfb/jwbd/202505/t20250529_4101559.html",
        "https://gaj.beijing.gov.cn/xxfb/jwbd/202410/t20241002_3911265.html",
    ],
    "scol": [
        "https://sichuan.scol.com.cn/ggxw/202605/83260828.html",
        "https://sichuan.scol.com.cn/ggxw/202507/83086779.html",
        "https://sichuan.scol.com.cn/m/ggxw/202607/83289984.html",
    ],
    "cnhubei": [
        "http://news.cnhubei.com/content/2025-05/03/content_19149890.html",
        "https://news.cnhubei.com/content/2025-09/24/content_19527900.html",
        "http://news.cnhubei.com/content/2025-11/15/content_19661319.html",
    ],
    "bjnews": [
        "https://www.bjnews.com.cn/detail/1787316597129087.html",
        "https://www.bjnews.com.cn/detail/1786024638129401.html",
        "https://m.bjnews.com.cn/detail/1788339045129830.html",
    ],
    "rmrb-epaper": [
        "https://paper.people.com.cn/rmrb/pc/content/202609/17/content_30181548.html",
        "http://paper.people.com.cn/rmrb/pc/content/202603/24/content_30147015.html",
        "http://paper.people.com.cn/rmrb/pc/content/202608/08/content_30173729.html",
    ],
    "gmrb-epaper": [
        "https://epaper.gmw.cn/gmrb/html/2025-06/26/nw.D110000gmrb_20250626_2-16.htm",
        "https://epaper.gmw.cn/gmrb/html/2025-12/08/nw.D110000gmrb_20251208_1-15.htm",
        "https://epaper.gmw.cn/gmrb/html/2025-05/30/nw.D110000gmrb_20250530_2-04.htm",
    ],
    "zjrb-epaper": [
        "http://zjrb.zjol.com.cn/html/2026-07/22/content_3919226.htm",
        "https://zjrb.zjol.com.cn/html/2025-09/14/content_3851946.htm?div=-1",
        "https://zjrb.zjol.com.cn/html/2025-08/09/content_3842846.htm",
    ],
    "scrb-epaper": [
        "https://epaper.scdaily.cn/shtml/scrb/20260403/1075404.html",
        "https://epaper.scdaily.cn/shtml/scrb/20260114/1068624.html",
        "https://epaper.scdaily.cn/shtml/scrb/20250530/327046.shtml",
    ],
    "hnrb-epaper": [
        "https://newpaper.dahe.cn/hnrb/html/2026-03/16/content_16_1784498.htm",
        "https://newpaper.dahe.cn/hnrb/html/2025-02/21/content_16_1722304.htm",
        "https://newpaper.dahe.cn/hnrb/html/2024-05/12/content_12_1666236.htm",
    ],
    "zqb-epaper": [
        "https://zqb.cyol.com/pc/content/202601/15/content_421198.html",
        "https://zqb.cyol.com/pc/content/202603/26/content_423920.html",
        "http://zqb.cyol.com/pc/content/202608/03/content_428925.html",
    ],
}


def shipped() -> dict[str, Source]:
    text = (defaults() / "config" / "sources.yaml").read_text(encoding="utf-8")
    return {entry.name: entry.source() for entry in SourcesFile.model_validate(yaml.safe_load(text)).sources}


def patterned() -> list[str]:
    return [name for name, source in shipped().items() if any(x.link_pattern for x in source.listings)]


@pytest.mark.parametrize("name", patterned())
def test_pattern_matches_real_addresses(name: str) -> None:
    """Each address matches a pattern of its source, and each pattern of the source matches an address."""
    patterns = {listing.link_pattern for listing in shipped()[name].listings if listing.link_pattern}
    addresses = [canonical(address) for address in ADDRESSES[name]]
    assert len(addresses) >= 3
    for address in addresses:
        assert any(re.search(pattern, address) for pattern in patterns), address
    for pattern in patterns:
        assert any(re.search(pattern, address) for address in addresses), pattern


def test_address_of_an_issue_has_the_date() -> None:
    """The day's date replaces the placeholders of a template; addresses of other listings do not change."""
    listing = Listing("list", "https://paper.example.cn/{yyyy}{mm}/{dd}/node_1.htm")
    assert listing.on(date(2026, 3, 9)).url == "https://paper.example.cn/202603/09/node_1.htm"
    page = Listing("list", "https://www.example.cn/")
    assert page.on(date(2026, 3, 9)) is page


@pytest.mark.parametrize("template", ["https://a.cn/{year}/{dd}/", "https://a.cn/node_1.htm", "a/{yyyy}/{dd}"])
def test_invalid_template_is_reported(template: str) -> None:
    """Unknown placeholders, a template without a day, and incomplete addresses are rejected."""
    entry = {"name": "a", "home": "https://a.cn/", "list": [{"epaper": template}]}
    with pytest.raises(ValueError):
        SourcesFile.model_validate({"sources": [entry]})
