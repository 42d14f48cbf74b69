import json
import re

import pytest

from server.ceremony.rules import Role
from server.endpoints.identity import ROLE_PAGES
from server.endpoints.pages import PAGE_ROLES
from tests.support.doors import SUBJECTS
from tests.support.houses import code


@pytest.mark.parametrize("name", PAGE_ROLES)
async def test_a_page_says_whose_session_it_was_opened_with(door, name):
    for role in PAGE_ROLES[name]:
        session = await door.session(role)
        async with door.client.get(f"/{name}", params={"as": session["as"]}) as answer:
            assert answer.status == 200, await answer.text()
            text = await answer.text()
        meta = dict(re.findall(r'<meta name="diemcau-(\w+)" content="([^"]*)">', text))
        site = code(1) if role is Role.HOST else ""
        seat = "" if role in {Role.HOST, Role.VIEWER} else SUBJECTS[role].partition(":")[2]
        assert meta == {"as": session["as"], "role": role, "site": site, "seat": seat, "lang": "vi"}


def test_every_role_has_a_page_that_it_may_open():
    assert set(ROLE_PAGES) == set(SUBJECTS)
    for role, page in ROLE_PAGES.items():
        assert role in PAGE_ROLES[page.removeprefix("/")]


async def test_a_page_without_a_session_leads_to_the_entrance_and_back(door):
    async with door.client.get("/desk", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/enter?next=/desk")


async def test_a_page_for_others_says_so_in_words(door):
    session = await door.session(Role.HOST)
    async with door.client.get("/wall", params={"as": session["as"]}) as answer:
        assert answer.status == 403
        assert answer.content_type == "text/html"
        assert "không có quyền" in await answer.text()


async def test_the_root_leads_to_the_page_of_the_session(door):
    async with door.client.get("/", allow_redirects=False) as answer:
        assert answer.headers["Location"] == "/enter"
    session = await door.session(Role.CALLER)
    async with door.client.get("/", allow_redirects=False) as answer:
        assert answer.headers["Location"] == f"/call?as={session['as']}"


async def test_a_language_that_was_chosen_is_remembered(door):
    async with door.client.get("/enter", params={"lang": "en"}) as answer:
        assert '<html lang="en">' in await answer.text()
    async with door.client.get("/enter") as answer:
        assert '<html lang="en">' in await answer.text()


async def test_pages_load_nothing_that_is_not_there(door):
    missing = []
    for name in ("enter", *PAGE_ROLES):
        role = next(iter(PAGE_ROLES.get(name, {Role.DESK})))
        session = await door.session(role)
        async with door.client.get(f"/{name}", params={"as": session["as"]}) as answer:
            text = await answer.text()
        for path in set(re.findall(r'(?:src|href)="(/static/[^"]+)"', text)):
            async with door.client.get(path) as answer:
                missing += [] if answer.status == 200 else [(name, path)]
    assert missing == []


async def test_static_files_stay_inside_and_vendor_is_kept_long(door):
    async with door.client.get("/static/vendor/idb.js") as answer:
        assert "max-age" in answer.headers["Cache-Control"]
        assert answer.content_type == "text/javascript"
    async with door.client.get("/static/js/lib/api.js") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"
        tag = answer.headers["ETag"]
    async with door.client.get("/static/js/lib/api.js", headers={"If-None-Match": tag}) as answer:
        assert answer.status == 304
    for path in ("/static/..%2ftemplates/base.html", "/static/%2e%2e/__init__.py", "/static/css"):
        async with door.client.get(path) as answer:
            assert answer.status == 404


async def test_the_hosts_page_and_its_worker_are_of_one_version(door):
    session = await door.session(Role.HOST)
    async with door.client.get("/site", params={"as": session["as"]}) as answer:
        build = answer.headers["Diemcau-Build"]
        assert "worker-src 'self'" in answer.headers["Content-Security-Policy"]
        assert door.token(Role.HOST) not in await answer.text()
    async with door.client.get("/sw.js") as answer:
        script = await answer.text()
        assert answer.content_type == "text/javascript"
        assert answer.headers["Cache-Control"] == "no-cache"
        assert answer.headers["Service-Worker-Allowed"] == "/site"
    kit = json.loads(script.split(";\n", maxsplit=1)[0].removeprefix("self.DIEMCAU="))
    assert kit["version"] == build
    for path in kit["files"]:
        async with door.client.get(path) as answer:
            assert answer.status == 200, path
