import re

import jinja2
import pytest

from web.templating import ROOT, STATIC, VENDOR, Compiled, Pages, content_security_policy

PAGES = sorted(path.name for path in (ROOT / "templates").glob("[a-z]*.html") if path.name not in {"base.html", "problem.html"})
SESSION = {"as": "0123abcd", "role": "tech", "site": None, "seat": "Ghế <1>"}


VALUES = {
    "privacy.html": {
        "authority": "UBND tỉnh",
        "ceremony_title": "Lễ",
        "support_phone": "",
        "keep_days": 90,
        "kept_until": "9/9/2025",
    },
    "report.html": {"paper": None, "version": 0, "versions": [], "launched": False},
}
"""What pages are told that do not fetch it."""


@pytest.fixture(params=PAGES)
def page(request):
    return Pages().render(request.param, language="vi", csp_nonce="n0nce", session=SESSION, **VALUES.get(request.param, {}))


def test_a_page_says_whose_session_it_is_and_escapes_it(page):
    assert '<meta name="diemcau-as" content="0123abcd">' in page
    assert '<meta name="diemcau-site" content="">' in page
    assert "Ghế &lt;1&gt;" in page


def test_a_page_holds_no_inline_script_or_style_but_the_import_map(page):
    inline = re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", page)
    assert inline == ['<script type="importmap" nonce="n0nce">']
    assert "<style" not in page
    assert not re.search(r"\sstyle=", page)
    assert not re.search(r"\son[a-z]+=", page)


def test_everything_a_page_loads_is_there(page):
    for path in re.findall(r'(?:src|href)="/static/([^"]+)"', page):
        file = VENDOR / path.removeprefix("vendor/") if path.startswith("vendor/") else STATIC / path
        assert file.is_file(), path


def test_ids_are_used_once_a_page(page):
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


def test_a_page_has_one_main_part_for_the_skip_link(page):
    assert page.count("<main") == 1
    assert 'id="main"' in page


def test_pages_are_told_in_english_too():
    html = Pages().render("enter.html", language="en", csp_nonce="n", session=None)
    assert '<html lang="en">' in html
    assert "Open your page" in html


def test_the_policy_allows_scripts_of_this_server_and_the_nonce_only():
    policy = content_security_policy("n0nce", "le.example.vn")
    assert "script-src 'self' 'nonce-n0nce'" in policy
    assert "unsafe" not in policy
    assert "wss://le.example.vn" in policy


def test_templates_are_kept_compiled_and_compiled_anew_when_they_change(tmp_path):
    kept, text = tmp_path / "kept", tmp_path / "page.html"
    text.write_text("{{ 1 + 1 }} một")

    def shown(*, write: bool = True) -> str:
        loader = jinja2.FileSystemLoader(tmp_path)
        return jinja2.Environment(loader=loader, bytecode_cache=Compiled(kept, write=write)).get_template("page.html").render()

    assert shown(write=False) == "2 một"
    assert not kept.exists()
    assert shown() == "2 một"
    [file] = kept.iterdir()
    before = file.read_bytes()
    assert shown() == "2 một"
    assert file.read_bytes() == before
    text.write_text("{{ 1 + 2 }} hai")
    assert shown() == "3 hai"
    assert file.read_bytes() != before


def test_a_folder_that_cannot_be_written_keeps_no_page_from_being_shown(tmp_path):
    (tmp_path / "kept").write_text("a file where the folder would be")
    (tmp_path / "page.html").write_text("một")
    cache = Compiled(tmp_path / "kept", write=True)
    assert (
        jinja2.Environment(loader=jinja2.FileSystemLoader(tmp_path), bytecode_cache=cache).get_template("page.html").render()
        == "một"
    )
