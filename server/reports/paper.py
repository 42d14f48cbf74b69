"""Fills a Word template with fields. What an office changed in its template and cannot work is told in plain words."""

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.sandbox import SandboxedEnvironment

if TYPE_CHECKING:
    from docxtpl import DocxTemplate

TEMPLATES = Path(__file__).parent / "templates"


def office_template(data: Path, shipped: Path) -> Path:
    """The office's own template of that name in the data directory, else the shipped one."""
    own = data / "templates" / shipped.name
    return own if own.is_file() else shipped


class TemplateProblem(Exception):
    """The template cannot be filled. `detail` is Vietnamese and names the field or the place."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail


def fill(template: Path, fields: Mapping[str, Any]) -> bytes:
    """The template as a .docx with every field in its place.

    Templates come from offices: they are rendered in a sandbox, and a field that does not exist is an error, not a gap.

    Raises:
        TemplateProblem: `template_missing`, `template_not_word`, `template_unknown_field`, `template_syntax`.

    """
    paper = _open(template)
    name = template.name
    environment = SandboxedEnvironment(undefined=StrictUndefined)
    try:
        unknown = sorted(set(paper.get_undeclared_template_variables(environment)) - set(fields))
        if unknown:
            raise _unknown(name, ", ".join(f"“{each}”" for each in unknown), fields)
        paper.render(dict(fields), environment, autoescape=True)
    except UndefinedError as error:
        missing = re.search(r"no attribute '(\w+)'|'(\w+)' is undefined", str(error))
        raise _unknown(name, f"“{missing[1] or missing[2]}”" if missing else str(error), fields) from error
    except TemplateSyntaxError as error:
        raise TemplateProblem("template_syntax", f"Mẫu báo cáo {name} có chỗ viết sai cú pháp: {error.message}.") from error
    except (TemplateError, SecurityError) as error:
        raise TemplateProblem("template_syntax", f"Không điền được mẫu báo cáo {name}: {error}.") from error
    data = io.BytesIO()
    paper.save(data)
    return data.getvalue()


def _open(template: Path) -> "DocxTemplate":
    from docx.opc.exceptions import PackageNotFoundError  # noqa: PLC0415 -- heavy, and no start needs it
    from docxtpl import DocxTemplate  # noqa: PLC0415 -- heavy, and no start needs it

    if not template.is_file():
        raise TemplateProblem("template_missing", f"Không có tệp mẫu báo cáo {template}.")
    paper = DocxTemplate(template)
    try:
        paper.init_docx()
    except (PackageNotFoundError, BadZipFile, KeyError, ValueError) as error:
        raise TemplateProblem("template_not_word", f"{template.name} không phải tệp Word (.docx).") from error
    return paper


def _unknown(template: str, names: str, fields: Mapping[str, Any]) -> TemplateProblem:
    known = ", ".join(_names(fields))
    return TemplateProblem(
        "template_unknown_field", f"Mẫu {template} dùng trường {names} mà báo cáo không có. Các trường có: {known}."
    )


def _names(fields: Mapping[str, Any]) -> Iterator[str]:
    """Names of all fields, those inside others too: `tong.co_mat`."""
    for name, value in sorted(fields.items()):
        if isinstance(value, Mapping):
            yield from (f"{name}.{inner}" for inner in _names(value))
        else:
            yield name
