"""Licence list: every installed Python package and vendored browser library must carry a licence we accept.

`--write` renews ops/LICENCES.md, `--check` fails when it is out of date or a licence is not on the accepted list.
"""

import json
import re
import sys
from importlib.metadata import Distribution, distribution
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIST = ROOT / "ops/LICENCES.md"
ACCEPTED = re.compile(
    r"MIT|BSD|Apache|ISC|PSF|Python Software Foundation|MPL|Mozilla|0BSD|Unlicense|OFL|Zlib|Unicode|HPND|CC0|"
    r"LGPL|GNU Lesser|LibXML",
    re.IGNORECASE,
)

EXCEPTIONS = {
    # Its wheel states no licence; its repository states this one. See ops/decisions/0002-divisions-extra.md.
    "vietnam-provinces": "GPL-3.0-or-later, accepted: a separate extra, used by `roster generate` alone, never shipped",
}


def main() -> int:
    rows = sorted(python_rows()) + sorted(browser_rows())
    bad = [row for row in rows if row[0] not in EXCEPTIONS and not ACCEPTED.search(row[2])]
    heading = "# Licences of what Điểm Cầu stands on\n\nMade by `make fix`; checked by `make check`.\n\n"
    text = heading + "| package | kind | licence |\n| --- | --- | --- |\n"
    text += "".join(f"| {name} | {kind} | {licence} |\n" for name, kind, licence in rows)
    for name, _, licence in bad:
        print(f"licence not on the accepted list: {name}: {licence}")
    if "--write" in sys.argv:
        LIST.write_text(text, encoding="utf-8")
    elif not LIST.exists() or LIST.read_text(encoding="utf-8") != text:
        print("ops/LICENCES.md is out of date: run `make fix`")
        return 1
    return 1 if bad else 0


def python_rows() -> list[tuple[str, str, str]]:
    """Our requirements and theirs, as installed; extras that are not installed are left out."""
    seen: dict[str, tuple[str, str, str]] = {}
    waiting = [_name(requirement) for requirement in distribution("diemcau").requires or []]
    while waiting:
        name = waiting.pop()
        if name in seen or name == "diemcau":
            continue
        try:
            found = distribution(name)
        except ModuleNotFoundError:
            continue
        seen[name] = (name, "Python", _licence(found))
        waiting += [_name(r) for r in found.requires or [] if "extra ==" not in r]
    return list(seen.values())


def browser_rows() -> list[tuple[str, str, str]]:
    """What web/package.json names."""
    package = json.loads((ROOT / "web/package.json").read_text(encoding="utf-8"))
    rows = []
    for name in {**package["dependencies"], **package["devDependencies"]}:
        meta = json.loads((ROOT / "web/node_modules" / name / "package.json").read_text(encoding="utf-8"))
        rows.append((name, "browser" if name in package["dependencies"] else "tool", meta.get("license", "unknown")))
    return rows


def _name(requirement: str) -> str:
    match = re.match(r"[A-Za-z0-9._-]+", requirement)
    return re.sub(r"[-_.]+", "-", match.group(0)).lower() if match else requirement


def _licence(found: Distribution) -> str:
    meta = found.metadata
    if (exception := EXCEPTIONS.get(_name(meta["Name"]))) is not None:
        return exception
    classifiers = [c.rsplit(" :: ", 1)[-1] for c in meta.get_all("Classifier") or [] if c.startswith("License ::")]
    text = meta.get("License-Expression") or "; ".join(classifiers) or (meta.get("License") or "unknown").splitlines()[0]
    return text.replace("|", "/")[:80]


if __name__ == "__main__":
    sys.exit(main())
