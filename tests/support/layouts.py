"""All layouts of list pages; see layout_base.py."""

from __future__ import annotations

from tests.support.layouts_epaper import EPAPER
from tests.support.layouts_government import GOVERNMENT
from tests.support.layouts_misleading import MISLEADING
from tests.support.layouts_mobile import MOBILE
from tests.support.layouts_portals import PORTALS
from tests.support.layouts_scripted import SCRIPTED
from tests.support.layouts_tables import TABLES

LAYOUTS = (*PORTALS, *GOVERNMENT, *TABLES, *EPAPER, *MOBILE, *SCRIPTED, *MISLEADING)
