"""Every route, every command and every feed, for every role and for nobody. What is not in these tables fails."""

from typing import get_args

import msgspec
import pytest

from server.ceremony.ceremony import AnyCommand
from server.ceremony.rules import Role
from server.endpoints.route import Open
from server.endpoints.routes import ROUTES
from server.engine.ids import new_id
from server.feeds.authorise import FEEDS
from tests.support.houses import code
from tests.support.samples import sample

LINKS = [role for role in Role if role is not Role.SYSTEM]
LETTERS = {"A": Role.ADMIN, "T": Role.TECH, "D": Role.DESK, "C": Role.CALLER, "M": Role.MC, "H": Role.HOST, "P": Role.PRESSER, "V": Role.VIEWER}  # fmt: skip

ROUTE_TABLE = {
    "GET /": "public",
    "GET /enter": "public",
    "GET /wall": "ATDC",
    "GET /desk": "ATD",
    "GET /call": "ATC",
    "GET /mc": "ACM",
    "GET /press": "P",
    "GET /rooms": "ATC",
    "GET /sources": "ATC",
    "GET /help": "ATDC",
    "GET /api/v1/notices/{id}/unread": "ATDC",
    "POST /api/v1/papers": "ATDC",
    "GET /api/v1/papers/{id}": "ATDCH",
    "GET /api/v1/papers/{id}/unopened": "ATDC",
    "POST /api/v1/pledge": "ATDCMHPV",
    "GET /site": "H",
    "GET /timer": "ATCMH",
    "GET /stage": "ATCMH",
    "GET /watch": "ATDCMHPV",
    "GET /seen": "public",
    "GET /privacy": "public",
    "GET /report": "ATD",
    "GET /sw.js": "public",
    "GET /static/{path:.+}": "public",
    "POST /api/v1/session": "public",
    "GET /api/v1/session": "ATDCMHPV",
    "DELETE /api/v1/session": "ATDCMHPV",
    "POST /api/v1/codes": "ATD",
    "GET /api/v1/codes": "ATD",
    "POST /api/v1/codes/decision": "ATD",
    "POST /api/v1/codes/redeem": "public",
    "POST /api/v1/links": "ATD",
    "POST /api/v1/sheets": "ATD",
    "GET /api/v1/sheets.{format}": "ATD",
    "POST /api/v1/commands": "ATDCMHP",
    "PUT /api/v1/roster": "AT",
    "PUT /api/v1/programme": "ATC",
    "PUT /api/v1/guests": "ATDC",
    "PUT /api/v1/blobs/{sha256}": "ATDC",
    "GET /api/v1/blobs/{sha256}": "ATDCMHPV",
    "PUT /api/v1/rooms/{code}/picture": "H",
    "GET /api/v1/rooms/{code}": "ATCH",
    "GET /api/v1/rooms/{code}/picture": "ATC",
    "POST /api/v1/rooms/{code}/kept": "ATC",
    "GET /api/v1/rooms/kept/{sha256}": "ATC",
    "DELETE /api/v1/rooms/kept/{sha256}": "ATC",
    "GET /api/v1/room.jpg": "ATDCMHPV",
    "GET /api/v1/ceremony": "ATDCMHP",
    "GET /api/v1/sites": "ATDC",
    "GET /api/v1/sites/{code}": "ATDCH",
    "GET /api/v1/sites/{code}/link": "ATDC",
    "POST /api/v1/alerts/test": "AT",
    "POST /api/v1/forget": "A",
    "GET /api/v1/feeds/sites": "ATDC",
    "GET /api/v1/attendance": "ATDCM",
    "GET /api/v1/programme": "ATDCMHPV",
    "GET /api/v1/programme.{format}": "ATDCM",
    "GET /api/v1/guests.csv": "ATDCM",
    "GET /api/v1/launches/{cue}/{attempt}": "ATDC",
    "GET /api/v1/devices": "AT",
    "GET /api/v1/journal": "AT",
    "GET /api/v1/roster.csv": "ATD",
    "GET /api/v1/reports/morning.{format}": "ATD",
    "GET /api/v1/reports/launch.{format}": "ATDC",
    "GET /api/v1/reports/unopened.xlsx": "ATD",
    "GET /api/v1/reports/readiness.xlsx": "ATDC",
    "GET /api/v1/reports/rehearsal.{format}": "ATD",
    "GET /api/v1/reports/ceremony.{format}": "ATDC",
    "GET /api/v1/rehearsals": "ATD",
    "GET /api/v1/retired": "ATD",
    "POST /api/v1/posters": "ATD",
    "POST /api/v1/seen": "public",
    "POST /api/v1/beacons": "public",
    "GET /api/v1/openapi.json": "public",
    "GET /api/v1/link-probe": "H",
    "PUT /api/v1/link-probe": "H",
    "GET /ws/site": "H",
    "GET /ws/feed": "ATDCMHPV",
    "GET /ws/media": "key",
    "GET /api/v1/media/keys": "ATC",
    "GET /api/v1/media/capacity": "ATC",
    "GET /api/v1/media/thumbnails/{of}": "ATCM",
    "POST /api/v1/media/relays/{id}/test": "ATC",
    "POST /api/v1/media/publish": "key",
    "GET /api/v1/media/trends": "ATC",
    "POST /api/v1/media/clips": "ATC",
    "GET /api/v1/media/clips": "ATC",
    "GET /api/v1/media/clips/{id}": "ATC",
    "DELETE /api/v1/media/clips/{id}": "ATC",
    "GET /live/{tail:.+}": "public",
    "HEAD /live/{tail:.+}": "public",
    "POST /whip/{source}": "key",
    "PATCH /whip/{source}": "key",
    "DELETE /whip/{source}": "key",
    "PATCH /whip/{source}/{session}": "key",
    "DELETE /whip/{source}/{session}": "key",
    "GET /healthz": "public",
    "GET /readyz": "public",
    "GET /metrics": "public",
}

COMMAND_TABLE = {
    "init_ceremony": "",
    "anchor_clock": "",
    "import_roster": "AT",
    "enrol_device": "ATDCMHP",
    "take_screen": "ATH",
    "revoke_link": "ATD",
    "grant_sites": "ATD",
    "check_in": "ATDH",
    "declare_chair": "ATDH",
    "report_head_count": "ATDH",
    "choose_head_count": "ATDH",
    "close_figures": "ATD",
    "begin_rehearsal": "ATD",
    "end_rehearsal": "ATD",
    "undo_phase": "ATD",
    "retire_site": "ATD",
    "restore_site": "ATD",
    "seat_chair": "ATD",
    "switch_seen": "ATD",
    "count_seen": "",
    "record_grades": "",
    "suspect_self": "",
    "look_for_incidents": "",
    "acknowledge": "AT",
    "withdraw_acknowledgement": "AT",
    "plan_maintenance": "AT",
    "end_maintenance": "AT",
    "import_programme": "ATC",
    "start_item": "AC",
    "add_item": "ATC",
    "change_item": "ATC",
    "move_item": "ATC",
    "remove_item": "ATC",
    "undo_edit": "ATC",
    "end_item": "AC",
    "hold_item": "AC",
    "release_item": "AC",
    "add_time": "AC",
    "skip_item": "AC",
    "undo_step": "AC",
    "tell_speaker": "AC",
    "list_guests": "ATDC",
    "add_guest": "ATDCM",
    "mark_guest": "ATDCM",
    "move_guest": "ATDC",
    "remove_guest": "ATDC",
    "plan_cue": "AC",
    "prepare_cue": "AC",
    "open_polling": "AC",
    "hold_cue": "AC",
    "waive_site": "ATC",
    "record_readiness": "",
    "confirm_arming": "ATC",
    "record_warrant": "",
    "record_warrant_refused": "",
    "record_held": "",
    "record_return": "",
    "record_press": "",
    "commit_cue": "",
    "abort_cue": "ATCM",
    "record_abort": "",
    "record_receipt": "",
    "pass_t0": "",
    "close_receipts": "",
    "set_checklist": "AT",
    "report_readiness": "ATDH",
    "set_conference": "AT",
    "spend_sheet_code": "",
    "end_window": "",
    "record_holder_lost": "",
    "vouch_warrant": "ATC",
    "record_vouch": "",
    "record_vouch_refused": "",
    "record_order_surfaced": "",
    "press": "CMP",
    "allow_room_pictures": "AT",
    "share_room": "ATH",
    "choose_room": "AC",
    "keep_room_picture": "ATC",
    "drop_room_picture": "ATC",
    "ask_for_help": "ATDH",
    "take_ticket": "ATD",
    "finish_ticket": "ATD",
    "withdraw_help": "H",
    "send_message": "ATDCH",
    "read_messages": "ATDCH",
    "send_notice": "ATDC",
    "read_notice": "H",
    "withdraw_notice": "ATDC",
    "assign_chase": "ATD",
    "note_chase": "ATD",
    "snooze_chase": "ATD",
    "publish_paper": "ATDC",
    "open_paper": "H",
    "withdraw_paper": "ATDC",
    "open_pledge": "AC",
    "close_pledge": "AC",
    "sign_pledge": "ATDH",
    "count_pledge": "",
    "configure_source": "ATC",
    "rotate_source_key": "ATC",
    "switch_source": "ATC",
    "calibrate_source": "ATC",
    "set_media_profile": "ATC",
    "switch_recording": "ATC",
    "add_relay": "ATC",
    "change_relay": "ATC",
    "remove_relay": "ATC",
    "start_relay": "ATC",
    "stop_relay": "ATC",
    "relay_due": "",
    "record_media_changes": "",
    "set_retention": "A",
    "record_forgetting": "",
}

KEY_REFUSALS = {
    (401, "bad_media_token"),
    (403, "bad_stream_key"),
    (403, "hook_closed"),
    (429, "too_many_tries"),
    (503, "media_away"),
}
"""Of routes that open to a secret of their own, and whose worker is away."""

FEED_TABLE = {
    "ceremony": "ATDCMHP",
    "sites": "ATDC",
    "watch": "ATDC",
    "rollups": "ATDCM",
    "rundown": "ATDCM",
    "public": "ATDCMHPV",
    "rooms": "ATC",
    "media": "ATCM",
    "help": "ATDC",
    "names": "ATDC",
    f"site:{code(1)}": "ATDCH",
    f"site:{code(2)}": "ATDC",
}


def roles(letters):
    return {LETTERS[letter] for letter in letters}


KINDS = {kind.__struct_config__.tag: kind for kind in get_args(AnyCommand)}


def test_every_route_command_and_feed_was_decided_on():
    assert {f"{route.method} {route.path}" for route in ROUTES} == set(ROUTE_TABLE)
    assert {*KINDS, "press"} == set(COMMAND_TABLE)
    assert set(FEEDS) == {feed for feed in FEED_TABLE if not feed.startswith("site:")}


def path_of(route):
    values = {
        "{path:.+}": "css/base.css",
        "{tail:.+}": "programme.m3u8",
        "{of}": "output",
        "{source}": "primary",
        "{session}": "none",
        "{sha256}": "0" * 64,
        "{code}": code(1),
        "{cue}": "launch",
        "{attempt}": "1",
        "{format}": "json",
        "{id}": "none",
    }
    path = route.path
    for pattern, value in values.items():
        path = path.replace(pattern, value)
    return path


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
async def test_a_route_opens_to_whom_the_table_says_and_to_nobody_else(door, route):
    allowed = ROUTE_TABLE[f"{route.method} {route.path}"]
    for role in [None, *LINKS]:
        body = {} if route.method in {"GET", "HEAD", "DELETE"} else {"data": b"{}"}
        async with door.client.request(
            route.method, path_of(route), headers=door.headers(role), allow_redirects=False, **body
        ) as answer:
            told_why = "problem" in answer.content_type and route.method != "HEAD"
            code_ = (await answer.json()).get("code", "") if told_why else ""
            told = f"{role}: {answer.status} {code_}"
            # No media worker runs here: what goes through to it says so.
            assert answer.status < 500 or code_ == "media_away" or route.method == "HEAD", told
            if route.path == "/metrics":
                assert answer.status == 401, told
            elif allowed == "key":
                # Links do not open it: the media worker's own token does, or the key of a source, which the worker checks.
                assert (answer.status, code_) in KEY_REFUSALS, told
                assert route.role is Open.KEY
            elif allowed == "public":
                assert code_ not in {"no_session", "forbidden"}, told
                assert isinstance(route.role, Open)
            elif role is None:
                assert (answer.status, answer.headers.get("Location", "")[:6]) in {(401, ""), (303, "/enter")}, told
            elif role in roles(allowed):
                assert answer.status not in {401, 403}, told
            else:
                assert answer.status == 403, told


@pytest.mark.parametrize("kind", COMMAND_TABLE)
async def test_a_command_is_taken_from_whom_the_table_says_and_from_nobody_else(door, kind):
    fields = press_fields() if kind == "press" else msgspec.to_builtins(sample(KINDS[kind], {"site": code(1)}))
    for role in [None, *LINKS]:
        async with door.client.post(
            "/api/v1/commands", json={**fields, "id": new_id(), "kind": kind}, headers=door.headers(role)
        ) as answer:
            if role in {None, Role.VIEWER}:
                assert answer.status == (401 if role is None else 403)
                continue
            assert answer.status == 200, await answer.text()
            problem = (await answer.json())[0].get("problem", {}).get("code", "")
            assert problem != "malformed", (await answer.json())[0]
            assert (problem != "forbidden") == (role in roles(COMMAND_TABLE[kind])), (role, problem)


@pytest.mark.parametrize("kind", [kind for kind, type_ in KINDS.items() if type_.SITE_SCOPED])
async def test_a_host_touches_no_site_but_its_own(door, kind):
    fields = msgspec.to_builtins(sample(KINDS[kind], {"site": code(2)}))
    async with door.client.post(
        "/api/v1/commands", json={**fields, "id": new_id(), "kind": kind}, headers=door.headers(Role.HOST)
    ) as answer:
        assert (await answer.json())[0]["problem"]["code"] == "forbidden_site"


@pytest.mark.parametrize("feed", FEED_TABLE)
async def test_a_feed_is_told_to_whom_the_table_says_and_to_nobody_else(door, feed):
    for role in LINKS:
        async with door.client.ws_connect("/ws/feed", headers=door.headers(role), protocols=["diemcau.feed.v1"]) as socket:
            await socket.send_json({"subscribe": feed})
            told = await socket.receive_json()
            assert ("snapshot" in told) == (role in roles(FEED_TABLE[feed])), (role, told)
            if "snapshot" not in told:
                assert told["problem"]["code"] == "forbidden"


def press_fields():
    return {"press": {"body": "", "key": "", "sig": ""}}
