import json

import pytest

from server.ceremony.rules import Role
from server.endpoints.command_rate import AT_ONCE
from server.engine.ids import derived_id, new_id
from tests.support.houses import code


def head_count(site, count):
    return {"id": new_id(), "kind": "report_head_count", "site": site, "counts": {"unsorted": count}}


async def give(door, body, role=Role.DESK, status=200):
    data = body if isinstance(body, str) else json.dumps(body)
    async with door.client.post("/api/v1/commands", data=data, headers=door.headers(role)) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def test_a_batch_is_answered_one_by_one_in_order(door):
    batch = [head_count(code(1), 31), head_count("nowhere", 5), head_count(code(2), 29)]
    answers = await give(door, batch)
    assert [answer["id"] for answer in answers] == [command["id"] for command in batch]
    assert [answer["outcome"] for answer in answers] == ["accepted", "refused", "accepted"]
    assert answers[1]["problem"]["detail"]
    assert answers[0]["seq"] < answers[2]["seq"]


async def test_one_command_is_answered_as_a_list_of_one(door):
    (answer,) = await give(door, head_count(code(1), 30))
    assert answer["outcome"] == "accepted"


async def test_a_malformed_command_does_not_spoil_the_others(door):
    wrong = {**head_count(code(1), 1), "counts": "many"}
    unknown = {"id": new_id(), "kind": "make_coffee"}
    extra = {**head_count(code(1), 1), "colour": "red"}
    answers = await give(door, [wrong, unknown, extra, head_count(code(2), 30)])
    assert [answer.get("problem", {}).get("code") for answer in answers] == ["malformed", "malformed", "malformed", None]


@pytest.mark.parametrize("kind", [7, None, [], {}])
async def test_a_kind_that_is_no_text_is_refused_under_its_id_and_does_not_spoil_the_others(door, kind):
    bad = {"id": new_id(), "kind": kind}
    first, second = await give(door, [bad, head_count(code(2), 30)])
    assert (first["id"], first["problem"]["code"]) == (bad["id"], "malformed")
    assert second["outcome"] == "accepted"


async def test_what_cannot_be_answered_by_id_is_refused_whole(door):
    for body in (
        "",
        "{",
        "[1]",
        '{"kind":"check_in"}',
        "null",
        '[{"id":5}]',
        '"\ud800"'.encode("utf-8", "surrogatepass").decode("latin-1"),
    ):
        assert (await give(door, body, status=400))["code"] in {"malformed", "bad_id"}
    assert door.engine.given[-1].__class__.__name__ == "ImportRoster"


async def test_ids_that_the_system_derives_cannot_be_taken_by_clients(door):
    taken = {**head_count(code(1), 30), "id": derived_id("pass_t0", "launch", "1")}
    assert (await give(door, taken, status=400))["code"] == "bad_id"


async def test_a_press_goes_to_the_conductor_with_the_principal_of_its_link(door):
    press = {"body": "b", "key": "k", "sig": "s"}
    command = {"id": new_id(), "kind": "press", "press": press}
    (answer,) = await give(door, command, Role.PRESSER)
    assert answer["outcome"] == "accepted"
    ((given, signed, principal),) = door.presses.presses
    assert (given, signed.body, principal.seat) == (command["id"], "b", "presser-1")


async def test_a_batch_has_an_end(door):
    assert (await give(door, [{"id": new_id(), "kind": "x"}] * 501, status=400))["code"] == "batch_too_long"


async def test_a_body_over_the_limit_is_refused_before_it_is_read(door):
    assert (await give(door, "[" + " " * 65_536 + "]", status=413))["code"] == "too_large"


async def test_an_unwritable_journal_is_a_refusal_in_words(door):
    door.engine.unwritable = True
    (answer,) = await give(door, head_count(code(1), 30))
    assert answer["problem"]["code"] == "journal_unwritable"


async def test_refused_enrolments_are_braked_by_link(door):
    async def enrol(role):
        fields = {"public_key": "x", "device_kind": "page", "name": "x", "part": "seat"}
        (answer,) = await give(door, {"id": new_id(), "kind": "enrol_device", **fields}, role)
        return answer["problem"]["code"]

    assert {await enrol(Role.MC) for _ in range(20)} == {"bad_key"}
    assert await enrol(Role.MC) == "too_many_tries"
    assert await enrol(Role.PRESSER) == "bad_key"


async def too_fast(door, body):
    data = json.dumps(body)
    async with door.client.post("/api/v1/commands", data=data, headers=door.headers(Role.DESK)) as answer:
        return answer.status, answer.headers.get("Retry-After"), await answer.json()


async def test_a_link_that_gives_commands_far_too_fast_is_told_when_to_come_back(door):
    many = [head_count(code(1), number % 50) for number in range(AT_ONCE + 100)]
    assert len(await give(door, many)) == len(many)
    status, wait, problem = await too_fast(door, head_count(code(1), 31))
    assert (status, problem["code"]) == (429, "too_fast")
    assert int(wait) >= 1
    assert wait in problem["detail"]
    async with door.client.get("/api/v1/sites", headers=door.headers(Role.DESK)) as answer:
        assert answer.status == 200, "reading goes on"


async def test_a_press_or_an_abort_is_never_held_up_and_takes_nobody_with_it(door):
    await give(door, [head_count(code(1), number % 50) for number in range(AT_ONCE + 1)])
    abort = {"id": new_id(), "kind": "abort_cue", "cue": "none", "attempt": 1}
    (alone,) = await give(door, abort, role=Role.DESK)
    assert alone["problem"]["code"] == "forbidden"
    other, ordinary = await give(door, [{**abort, "id": new_id()}, head_count(code(1), 31)])
    assert other["problem"]["code"] == "forbidden"
    assert ordinary["problem"]["code"] == "too_fast"
