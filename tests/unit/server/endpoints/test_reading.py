import pytest

from server.ceremony.attendance import ReportHeadCount
from server.ceremony.link_health import Grade, GradeChange, RecordGrades
from server.ceremony.rules import Role
from server.engine.ids import new_id
from tests.support.doors import open_door
from tests.support.houses import ROOT, code, host


async def read(door, path, role=Role.DESK, status=200, **query):
    async with door.client.get(f"/api/v1/{path}", params=query, headers=door.headers(role)) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


def report(door, site, count):
    door.engine.give(ReportHeadCount(id=new_id(), site=site, counts={"unsorted": count}), by=host(site))


async def test_the_ceremony_tells_title_start_and_counts_by_level_and_grade(door):
    report(door, code(1), 31)
    told = await read(door, "ceremony")
    assert told["title"] == "Lễ phát động"
    assert told["starts_at"] == told["info"]["starts_at"]
    assert told["counts"]["sites"] == 5
    assert told["counts"]["present"] == 31
    assert told["counts"]["by_grade"]["never_seen"] == 5
    assert told["counts"]["by_level"]["commune"]["sites"] == 4
    assert told["cue"] is None


async def test_sites_come_in_pages_that_join_without_gap_or_repetition(door):
    seen, cursor = [], None
    while True:
        page = await read(door, "sites", limit=2, **({"cursor": cursor} if cursor else {}))
        seen += [row["code"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [ROOT, *(code(n) for n in range(1, 5))]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "HOI TRUONG"}, [ROOT]),
        ({"q": "xa 3"}, [code(3)]),
        ({"q": code(2)}, [code(2)]),
        ({"level": "province"}, [ROOT]),
        ({"group": "cụm 2"}, [code(1), code(3)]),
        ({"grade": "up"}, [code(4)]),
        ({"q": "xã", "group": "Cụm 1", "grade": "never_seen"}, [code(2)]),
        ({"q": "không có"}, []),
    ],
)
async def test_sites_are_found_by_what_people_type(door, query, found):
    door.engine.give(RecordGrades(id=new_id(), changes=(GradeChange(code(4), Grade.UP),)))
    page = await read(door, "sites", **query)
    assert [row["code"] for row in page["items"]] == found
    assert page["total"] == len(found)


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 10_001}, {"limit": "x"}, {"cursor": "nowhere"}, {"grade": "great"}])
async def test_a_wrong_query_is_told_as_a_problem(door, query):
    assert (await read(door, "sites", status=400, **query))["code"] in {"bad_limit", "bad_cursor", "malformed"}


async def test_a_host_reads_its_own_site_and_no_other(door):
    report(door, code(1), 31)
    own = await read(door, f"sites/{code(1)}", Role.HOST)
    assert own["present"] == 31
    assert own["mine"]["counts"] == {"unsorted": 31}
    assert (await read(door, f"sites/{code(2)}", Role.HOST, 403))["code"] == "forbidden_site"
    assert (await read(door, "sites/nowhere", Role.DESK, 404))["code"] == "unknown_site"


async def test_attendance_sums_the_whole_groups_and_levels(door):
    report(door, code(1), 31)
    report(door, code(2), 29)
    told = await read(door, "attendance", Role.MC)
    assert told["all"]["present"] == 60
    assert {row["name"]: row["present"] for row in told["groups"]} == {"Tỉnh": 0, "Cụm 1": 29, "Cụm 2": 31}
    assert told["closed_version"] == 0


async def test_what_is_not_there_is_a_problem_with_a_code(door):
    assert (await read(door, "launches/launch/1", status=404))["code"] == "no_attempt"
    assert (await read(door, "launches/launch/x", status=404))["code"] == "no_attempt"
    assert (await read(door, "reports/morning.json", status=409))["code"] == "not_closed"
    assert (await read(door, "reports/morning.exe", status=404))["code"] == "unknown_format"
    assert (await read(door, "reports/launch.json", status=404))["code"] == "no_attempt"


async def test_a_draft_of_the_report_is_there_before_the_figures_are_closed(door):
    report(door, code(1), 31)
    told = await read(door, "reports/morning.json", version=0)
    assert told["version"] == 0
    assert told["total"]["present"] == 31


async def test_the_roster_comes_as_a_file_that_imports_again(door):
    async with door.client.get("/api/v1/roster.csv", headers=door.headers(Role.DESK)) as answer:
        content = await answer.read()
    async with door.client.put(
        "/api/v1/roster", params={"dry_run": "true"}, data=content, headers=door.headers(Role.TECH)
    ) as answer:
        assert (await answer.json()) == {"sites": 5, "levels": ["Cấp tỉnh", "Cấp xã"], "problems": [], "answer": None}


async def test_a_bad_roster_lists_its_rows_and_changes_nothing(door):
    content = "code,name,level,parent\n1,Tỉnh,province,\n1,Xã,commune,9\n".encode()
    async with door.client.put("/api/v1/roster", data=content, headers=door.headers(Role.TECH)) as answer:
        told = await answer.json()
    assert {problem["row"] for problem in told["problems"]} == {3}
    assert told["answer"] is None
    assert len(door.engine.state.roster.sites) == 5


async def test_the_journal_is_read_in_pages(tmp_path):
    async with open_door(tmp_path) as door:
        assert await read(door, "journal", Role.ADMIN) == {"items": [], "next": None}
        assert (await read(door, "journal", Role.ADMIN, 400, limit=0))["code"] == "bad_limit"
