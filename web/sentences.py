"""What the server says to a person: the sentences of its refusals and problems, read out of its source.

The server says everything in Vietnamese; a page in another language finds the sentence again (static/js/lib/said.js) and
shows its translation from the same catalogue as its own words. A sentence is any text of these rooms that is written in
Vietnamese and ends as sentences do, or in a value after a colon; its values are numbered: `Lời cam kết dài quá {0} ký tự.`
"""

import ast
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

SERVER = Path(__file__).parents[1] / "server"
ROOMS = ("ceremony", "conductor", "endpoints", "engine", "feeds", "signer", "sites")
"""Where commands and requests are refused."""

_VIETNAMESE = re.compile("[ăâđêôơưàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ]", re.IGNORECASE)
_END = re.compile(r"([.!?…]|: \{\d+\})$")


def sentences() -> Iterator[tuple[str, str]]:
    """Every sentence as (file from the root, sentence), in the order of the source."""
    for room in ROOMS:
        for file in sorted((SERVER / room).rglob("*.py")):
            name = file.relative_to(SERVER.parent).as_posix()
            yield from ((name, sentence) for sentence in sentences_of(file.read_text("utf-8")))


def sentences_of(source: str) -> Iterator[str]:
    """The sentences of one module, its docstrings left out."""
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        text = _text(node)
        if text is None:
            waiting.extend(reversed(list(ast.iter_child_nodes(node))))
        elif _END.search(text) and _VIETNAMESE.search(text):
            yield text
        elif isinstance(node, ast.JoinedStr):
            waiting.extend(each.value for each in node.values if isinstance(each, ast.FormattedValue))


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return None
    numbers = count()
    return "".join(str(each.value) if isinstance(each, ast.Constant) else f"{{{next(numbers)}}}" for each in node.values)
