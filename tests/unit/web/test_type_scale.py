"""The type scale of the interface: pages write in its sizes and in nothing between them."""

import re

import pytest

from web.templating import STATIC

SIZE = re.compile(r"font(?:-size)?:[^;{}]*?\b(\d+(?:\.\d+)?)(px|rem)\b[^;{}]*;")


@pytest.mark.parametrize("sheet", sorted(path.name for path in (STATIC / "css").glob("*.css")))
def test_a_style_sheet_sizes_its_letters_by_the_scale_alone(sheet):
    text = (STATIC / "css" / sheet).read_text(encoding="utf-8")
    assert [found.group(0) for found in SIZE.finditer(text)] == []
