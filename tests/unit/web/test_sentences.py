"""What the server says to a person is found in its source, so that no refusal is left out of the translations."""

import ast
from pathlib import Path

from web.sentences import ROOMS, SERVER, sentences, sentences_of

WHERE_THE_WORDS_STAND = {"Refused": 1, "HttpProblem": 2, "FeedRefused": 1, "BadItem": 1, "Problem": 1}


def test_a_sentence_is_found_with_its_values_numbered() -> None:
    source = 'raise Refused("x", f"Tên “{name}” dài quá {MOST} ký tự.", {"name": "Chưa ghi."})'
    assert list(sentences_of(source)) == ["Tên “{0}” dài quá {1} ký tự.", "Chưa ghi."]


def test_names_codes_docstrings_and_english_are_no_sentences() -> None:
    source = '"""Lời của tệp."""\nname = "Tổng đạo diễn"\nraise ValueError("Not for people.")'
    assert not list(sentences_of(source))


def test_words_kept_under_a_name_are_found() -> None:
    assert list(sentences_of('_AWAY = "Máy chủ đang dừng."')) == ["Máy chủ đang dừng."]


def test_no_refusal_of_the_server_is_left_out() -> None:
    """Whatever a refusal says where it is raised is among the sentences; words from elsewhere are looked for where they are written."""
    known = {sentence for _, sentence in sentences()}
    silent = [
        f"{file.relative_to(SERVER)}: {ast.unparse(words)}"
        for room in ROOMS
        for file in sorted((SERVER / room).rglob("*.py"))
        for words in _said(file)
        if not any(sentence in known for sentence in sentences_of(f"x = {ast.unparse(words)}"))
    ]
    assert not silent


def _said(file: Path) -> list[ast.expr]:
    calls = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.Call)]
    found = []
    for call in calls:
        place = WHERE_THE_WORDS_STAND.get(call.func.id if isinstance(call.func, ast.Name) else "")
        if place is not None and len(call.args) > place and isinstance(call.args[place], ast.Constant | ast.JoinedStr):
            found.append(call.args[place])
    return found
