"""What /site keeps for when there is no network: everything it is made of, and nothing that is not there."""

import re

from web.offline import _on_disk, offline_kit
from web.templating import STATIC


def test_every_file_of_the_page_is_listed_and_there():
    kit = offline_kit()
    assert all(_on_disk(path).is_file() for path in kit.files)
    for path in (
        "/static/js/pages/site.js",
        "/static/js/lib/timer_worker.js",
        "/static/vendor/noble-hashes/_md.js",
        "/static/vendor/idb.js",
        "/static/css/tokens.css",
        "/static/css/site_ready.css",
        "/static/i18n/en.json",
        "/static/vendor/fonts/be-vietnam-pro-vietnamese-400-normal.woff2",
    ):
        assert path in kit.files
    assert not any("wall" in path or path.endswith(".ttf") for path in kit.files)


def test_every_import_of_a_listed_module_is_listed_too():
    kit = offline_kit()
    for path in kit.files:
        if not path.endswith(".js") or "/vendor/" in path:
            continue
        for name in re.findall(r'^(?:import|} from)[^"\n]*"(\.[^"]+)"', _on_disk(path).read_text(encoding="utf-8"), re.MULTILINE):
            found = (_on_disk(path).parent / name).resolve()
            assert f"/static/{found.relative_to(STATIC.resolve()).as_posix()}" in kit.files, (path, name)


def test_a_morning_of_reloads_stays_small():
    assert sum(_on_disk(path).stat().st_size for path in offline_kit().files) < 1_500_000


def test_the_speakers_clock_has_a_kit_of_its_own():
    kit = offline_kit("timer")
    assert "/static/js/pages/timer.js" in kit.files
    assert "/static/js/lib/offline.js" in kit.files
    assert not any("site" in path for path in kit.files)
    assert kit.script.startswith('self.DIEMCAU={"version":"' + kit.version + '","page":"timer"')
