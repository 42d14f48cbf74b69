import pytest

from web import modules
from web.modules import modules_of
from web.templating import STATIC, VENDOR, Pages


def on_disk(address):
    name = address.removeprefix("/static/")
    return VENDOR / name.removeprefix("vendor/") if name.startswith("vendor/") else STATIC / name


@pytest.mark.parametrize("page", sorted(path.stem for path in (STATIC / "js/pages").glob("*.js")))
def test_every_module_of_a_page_is_named_once_and_is_there(page):
    found = modules_of(page)
    assert found[0] == f"/static/js/pages/{page}.js"
    assert len(set(found)) == len(found)
    assert [address for address in found if not on_disk(address).is_file()] == []


def test_modules_imported_by_modules_are_named_too():
    found = modules_of("wall")
    assert "/static/js/models/packed_rows.js" in found  # wall → lib/feed → models/packed_rows
    assert "/static/js/lib/ids.js" in found


def test_a_page_without_a_script_has_none():
    assert modules_of("problem") == ()


def test_words_that_look_like_imports_are_none(tmp_path, monkeypatch):
    (tmp_path / "js/pages").mkdir(parents=True)
    (tmp_path / "js/pages/a.js").write_text(
        'import { b } from "./b.js";\nexport function c() {\n  return t("không có");\n}\nexport { d } from "idb";\n'
    )
    (tmp_path / "js/pages/b.js").write_text('export const b = "from here";\n')
    monkeypatch.setattr(modules, "STATIC", tmp_path)
    assert modules_of("a") == ("/static/js/pages/a.js", "/static/js/pages/b.js", "/static/vendor/idb.js")


def test_a_name_that_the_import_map_lacks_stops_the_start(tmp_path, monkeypatch):
    (tmp_path / "js/pages").mkdir(parents=True)
    (tmp_path / "js/pages/a.js").write_text('import x from "left-pad";\n')
    monkeypatch.setattr(modules, "STATIC", tmp_path)
    with pytest.raises(ValueError, match="left-pad"):
        modules_of("a")


def test_the_head_of_a_page_names_its_modules():
    html = Pages().render("wall.html", language="vi", csp_nonce="n0nce")
    assert [address for address in modules_of("wall") if f'<link rel="modulepreload" href="{address}">' not in html] == []


def test_the_walls_painter_names_all_it_reaches_so_that_it_is_fetched_side_by_side():
    def imported(address):
        text = on_disk(address).read_text(encoding="utf-8")
        return {modules._resolve(address, name) for name in modules._IMPORT.findall(text)}

    named = imported("/static/js/elements/wall_painter_worker.js")
    assert set().union(*(imported(address) for address in named)) <= named
