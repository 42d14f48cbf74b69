"""Words of the pages. The source text is Vietnamese; English is `locale/en/LC_MESSAGES/messages.po`.

At run time only the compiled catalogue `static/i18n/en.json` is read, by templates and by pages alike, so that the hall
serves both without Babel. `python -m web.i18n update` extracts the words of templates and scripts, brings the .po up to
date and compiles it; `python -m web.i18n check` exits 1 and lists what is untranslated or not compiled.
"""

import json
import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from web.sentences import sentences

ROOT = Path(__file__).parent
SOURCE_LANGUAGE = "vi"
LANGUAGES = ("vi", "en")
KEYWORDS: dict[str, Any] = {"_": None, "t": None, "tn": (1, 1)}
"""`t` and `_` translate; `tn` counts, and gives one msgid for both its forms."""

CALL = re.compile(r"""(?<![\w.$#])(tn?)\(\s*("(?:[^"\\\n]|\\.)*")""")
"""`t("…")` or `tn("…")` in a script, wherever it stands: Babel misses those inside template literals and inside other calls."""

Catalogue = Mapping[str, str | list[str]]


def choose_language(query: str | None, cookie: str | None) -> str:
    """The language to show: `?lang=` first, then the cookie, else Vietnamese.

    The browser's Accept-Language is not asked: many offices run an English Windows and read Vietnamese.
    """
    for wanted in (query, cookie):
        if wanted in LANGUAGES:
            return wanted
    return SOURCE_LANGUAGE


@cache
def catalogue(language: str) -> Catalogue:
    """The compiled words of a language; empty for Vietnamese."""
    file = ROOT / "static" / "i18n" / f"{language}.json"
    if language not in LANGUAGES or not file.exists():
        return {}
    words: Catalogue = json.loads(file.read_text("utf-8"))
    return words


def translate(language: str, message: str, **values: object) -> str:
    """`message` in the language, `{name}` replaced by `values`; the Vietnamese where a translation is missing."""
    found = catalogue(language).get(message) or message
    words = found if isinstance(found, str) else found[-1]
    return re.sub(r"\{(\w+)\}", lambda match: str(values.get(match[1], match[0])), words)


def extract() -> Any:
    """A Babel catalogue of every message in templates and scripts, and of what the server says."""
    from babel.messages.catalog import Catalog  # noqa: PLC0415 - the hall runs without Babel
    from babel.messages.extract import extract_from_dir  # noqa: PLC0415

    mapping = [("templates/**.html", "jinja2"), ("static/js/**.js", "javascript")]
    found = Catalog(project="diemcau", charset="utf-8")
    for name, _line, message, comments, context in extract_from_dir(str(ROOT), mapping, keywords=KEYWORDS):
        found.add(message, None, [(name, 0)], auto_comments=comments, context=context)
    for file in sorted((ROOT / "static" / "js").rglob("*.js")):
        for keyword, words in calls(file.read_text("utf-8")):
            found.add((words, words) if keyword == "tn" else words, None, [(file.relative_to(ROOT).as_posix(), 0)])
    for name, sentence in sentences():
        found.add(sentence, None, [(name, 0)])
    return found


def calls(script: str) -> list[tuple[str, str]]:
    """Every `t("…")` and `tn("…")` of a script, as keyword and words."""
    return [(keyword, json.loads(words)) for keyword, words in CALL.findall(script)]


def po_file(language: str) -> Path:
    """Where the translations of a language are written by people."""
    return ROOT / "locale" / language / "LC_MESSAGES" / "messages.po"


def read_translations(language: str) -> Any:
    """The .po of a language as a Babel catalogue; an empty one if there is none yet."""
    from babel.messages.catalog import Catalog  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    file = po_file(language)
    if not file.exists():
        return Catalog(locale=language, project="diemcau", charset="utf-8")
    with file.open("rb") as stream:
        return read_po(stream, locale=language)


def compiled(translations: Any) -> dict[str, str | list[str]]:
    """What pages read: message → words, or → list of plural forms."""
    words: dict[str, str | list[str]] = {}
    for message in translations:
        if not message.id or message.fuzzy:
            continue
        if isinstance(message.id, tuple) and all(message.string):
            words[message.id[0]] = list(message.string)
        elif isinstance(message.id, str) and message.string:
            words[message.id] = message.string
    return dict(sorted(words.items()))


def problems(language: str) -> list[str]:
    """What keeps the language from being complete: untranslated messages, stale .po or .json. Empty when all is well."""
    translated = compiled(read_translations(language))
    wanted = {_first(message.id) for message in extract() if message.id}
    found = [f"{language}: untranslated: {message}" for message in sorted(wanted - translated.keys())]
    found += [f"{language}: no longer used: {message}" for message in sorted(translated.keys() - wanted)]
    found += [f"{language}: placeholders differ: {m}" for m, words in translated.items() if not _same_placeholders(m, words)]
    if not found and translated != dict(catalogue(language)):
        found.append(f"{language}: static/i18n/{language}.json is not compiled from the .po")
    return found


def update(language: str) -> None:
    """Bring the .po up to date with the sources, and compile it."""
    from babel.messages.pofile import write_po  # noqa: PLC0415

    translations = read_translations(language)
    translations.update(extract(), no_fuzzy_matching=True, update_creation_date=False)
    translations.obsolete.clear()
    file = po_file(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as stream:
        write_po(stream, translations, width=120, omit_header=False, sort_output=True, include_lineno=False)
    target = ROOT / "static" / "i18n" / f"{language}.json"
    target.write_text(json.dumps(compiled(translations), ensure_ascii=False, indent=0) + "\n", "utf-8")


def _first(message: str | tuple[str, ...]) -> str:
    return message if isinstance(message, str) else message[0]


def _same_placeholders(message: str, words: str | list[str]) -> bool:
    """Whether the last form names the same `{values}` as the source."""
    last = words if isinstance(words, str) else words[-1]
    return set(re.findall(r"\{(\w+)\}", message)) == set(re.findall(r"\{(\w+)\}", last))


def main(arguments: list[str]) -> int:
    """`update` (also where nothing is asked) or `check`."""
    others = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]
    if arguments in ([], ["update"]):
        for language in others:
            update(language)
        return 0
    if arguments == ["check"]:
        found = [problem for language in others for problem in problems(language)]
        sys.stderr.writelines(f"{problem}\n" for problem in found)
        return 1 if found else 0
    sys.stderr.write("usage: python -m web.i18n [update|check]\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
