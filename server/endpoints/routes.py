"""The whole URL table. Adding a row means deciding who may; tests/unit/server/endpoints/test_role_matrix.py asks for it."""

from typing import Any

from server.ceremony.rules import Role
from server.endpoints.alerts import AlertTestAnswer, test_alerts
from server.endpoints.awaited import AwaitedAnswer
from server.endpoints.beacons import MAX_BEACON_BYTES, BeaconAnswer, BeaconRequest, take_beacon
from server.endpoints.blobs import BlobAnswer, get_blob, put_blob
from server.endpoints.capacity import CapacityQuery, read_capacity
from server.endpoints.codes import (
    CodeAnswer,
    CodeDecision,
    CodeRequest,
    PendingAnswer,
    RedeemAnswer,
    RedeemRequest,
    decide_code,
    issue_code,
    pending_codes,
    redeem_code,
)
from server.endpoints.commands import CommandsBody, give_commands
from server.endpoints.figures import (
    RehearsalQuery,
    RehearsalSums,
    RetiredSite,
    read_rehearsals,
    read_retired,
    rehearsal_report,
)
from server.endpoints.forgetting import ForgetAnswer, ForgetRequest, forget
from server.endpoints.journal import JournalAnswer, JournalQuery, read_journal
from server.endpoints.link_probe import MAX_PROBE_BYTES, ProbeQuery, give_bytes, take_bytes
from server.endpoints.links import Link, LinksRequest, make_links
from server.endpoints.live import live, whip
from server.endpoints.media import (
    ClipRequest,
    ClipsAnswer,
    KeysAnswer,
    TrendsAnswer,
    ask_clip,
    drop_clip,
    get_clip,
    media_keys,
    media_socket,
    read_clips,
    read_trends,
    test_relay,
    thumbnail,
)
from server.endpoints.notices import read_unread
from server.endpoints.openapi import document
from server.endpoints.pages import PAGE_ROLES, home, page, page_problem, service_worker
from server.endpoints.papers import PaperRequest, get_paper, publish_paper, read_unopened
from server.endpoints.pledge import PledgeAnswer, PledgeRequest, sign_pledge
from server.endpoints.probes import Health, Readiness, healthz, metrics, readyz
from server.endpoints.programme import MAX_FILE_BYTES as MAX_PROGRAMME_BYTES
from server.endpoints.programme import FileAnswer, FileQuery, guests_file, programme_file, put_guests, put_programme
from server.endpoints.reading import (
    AttendanceAnswer,
    CeremonyAnswer,
    DevicesAnswer,
    LaunchAnswer,
    ProgrammeAnswer,
    read_attendance,
    read_ceremony,
    read_devices,
    read_launch,
    read_programme,
)
from server.endpoints.reports import LaunchQuery, MorningQuery, ceremony_report, launch_report, morning_report
from server.endpoints.rooms import (
    KeepRequest,
    PictureAnswer,
    drop_kept,
    get_kept,
    get_picture,
    get_stage_picture,
    get_switch,
    keep_picture,
    put_picture,
)
from server.endpoints.roster import MAX_FILE_BYTES, RosterAnswer, RosterQuery, put_roster, roster_file
from server.endpoints.route import ANYONE, Call, Open, Reads, Route
from server.endpoints.rtmp_hook import MAX_HOOK_BYTES, HookAnswer, media_publish
from server.endpoints.seen import PostersRequest, SeenAnswer, SeenRequest, count_seen, read_posters
from server.endpoints.session import SessionAnswer, SessionRequest, close_session, open_session, read_session
from server.endpoints.sheets import SheetsQuery, SheetsRequest, read_sheets, sheets_file
from server.endpoints.site_link import SiteLinkAnswer, read_site_link
from server.endpoints.site_lists import ListQuery, readiness_file, unopened_file
from server.endpoints.sites import SiteAnswer, SitesAnswer, SitesQuery, packed_sites, read_site, read_sites
from server.endpoints.sockets import feed_socket, site_socket
from server.endpoints.static import static_file
from server.engine.answers import Answer
from server.feeds.media_port import ClipNow
from server.feeds.room_pictures import MAX_PICTURE_BYTES
from server.feeds.room_rows import RoomSiteRow
from server.media.capacity import Capacity
from server.media.messages import RelayTested
from server.reports.posters import PosterBook
from server.reports.sheets import SheetBook

STAFF = frozenset({Role.ADMIN, Role.TECH, Role.DESK, Role.CALLER})
TECHNICAL = frozenset({Role.ADMIN, Role.TECH})
CREW = frozenset({Role.ADMIN, Role.TECH, Role.CALLER})
OFFICE = frozenset({Role.ADMIN, Role.TECH, Role.DESK})
COMMANDING = ANYONE - {Role.VIEWER}

_API = "/api/v1"


async def _openapi(_call: Call) -> dict[str, Any]:
    """GET /api/v1/openapi.json: what you are reading, made from the URL table."""
    return document(ROUTES)


ROUTES: tuple[Route, ...] = (
    # pages
    Route("GET", "/", home, Open.PUBLIC, page=page_problem),
    Route("GET", "/enter", page("enter"), Open.PUBLIC, page=page_problem),
    Route("GET", "/seen", page("seen"), Open.PUBLIC, page=page_problem),
    Route("GET", "/privacy", page("privacy"), Open.PUBLIC, page=page_problem),
    *(Route("GET", f"/{name}", page(name), roles, page=page_problem) for name, roles in PAGE_ROLES.items()),
    Route("GET", "/sw.js", service_worker, Open.PUBLIC),
    Route("GET", "/static/{path:.+}", static_file, Open.PUBLIC),
    # session
    Route("POST", f"{_API}/session", open_session, Open.PUBLIC, body=SessionRequest, answer=SessionAnswer),
    Route("GET", f"{_API}/session", read_session, ANYONE, answer=SessionAnswer),
    Route("DELETE", f"{_API}/session", close_session, ANYONE),
    Route("POST", f"{_API}/codes", issue_code, OFFICE, body=CodeRequest, answer=CodeAnswer),
    Route("GET", f"{_API}/codes", pending_codes, OFFICE, answer=list[PendingAnswer]),
    Route("POST", f"{_API}/codes/decision", decide_code, OFFICE, body=CodeDecision, answer=PendingAnswer),
    Route("POST", f"{_API}/codes/redeem", redeem_code, Open.PUBLIC, body=RedeemRequest, answer=RedeemAnswer),
    Route("POST", f"{_API}/links", make_links, OFFICE, body=LinksRequest, answer=list[Link]),
    Route("POST", f"{_API}/sheets", read_sheets, OFFICE, body=SheetsRequest, answer=SheetBook),
    Route("GET", f"{_API}/sheets.{{format}}", sheets_file, OFFICE, query=SheetsQuery),
    # change
    Route("POST", f"{_API}/commands", give_commands, COMMANDING, body=CommandsBody, answer=list[Answer], reads=Reads.RAW),
    Route(
        "PUT", f"{_API}/roster", put_roster, TECHNICAL,
        query=RosterQuery, answer=RosterAnswer, reads=Reads.BYTES, limit=MAX_FILE_BYTES,
    ),
    Route(
        "PUT", f"{_API}/programme", put_programme, TECHNICAL | {Role.CALLER},
        query=FileQuery, answer=FileAnswer, reads=Reads.BYTES, limit=MAX_PROGRAMME_BYTES,
    ),
    Route(
        "PUT", f"{_API}/guests", put_guests, STAFF,
        query=FileQuery, answer=FileAnswer, reads=Reads.BYTES, limit=MAX_PROGRAMME_BYTES,
    ),
    Route("POST", f"{_API}/forget", forget, frozenset({Role.ADMIN}), body=ForgetRequest, answer=ForgetAnswer),
    Route("POST", f"{_API}/alerts/test", test_alerts, TECHNICAL, answer=AlertTestAnswer),
    Route("PUT", f"{_API}/blobs/{{sha256}}", put_blob, STAFF, answer=BlobAnswer, reads=Reads.STREAM),
    # rooms
    Route(
        "PUT", f"{_API}/rooms/{{code}}/picture", put_picture, frozenset({Role.HOST}),
        answer=PictureAnswer, reads=Reads.BYTES, limit=MAX_PICTURE_BYTES,
    ),
    Route("POST", f"{_API}/papers", publish_paper, STAFF, body=PaperRequest, answer=Answer),
    Route("GET", f"{_API}/papers/{{id}}", get_paper, STAFF | {Role.HOST}),
    Route("GET", f"{_API}/papers/{{id}}/unopened", read_unopened, STAFF, answer=AwaitedAnswer),
    Route("POST", f"{_API}/pledge", sign_pledge, ANYONE, body=PledgeRequest, answer=PledgeAnswer),
    Route("GET", f"{_API}/notices/{{id}}/unread", read_unread, STAFF, answer=AwaitedAnswer),
    Route("GET", f"{_API}/rooms/{{code}}", get_switch, TECHNICAL | {Role.CALLER, Role.HOST}, answer=RoomSiteRow),
    Route("GET", f"{_API}/rooms/{{code}}/picture", get_picture, TECHNICAL | {Role.CALLER}),
    Route("POST", f"{_API}/rooms/{{code}}/kept", keep_picture, TECHNICAL | {Role.CALLER}, body=KeepRequest, answer=Answer),
    Route("GET", f"{_API}/rooms/kept/{{sha256}}", get_kept, TECHNICAL | {Role.CALLER}),
    Route("DELETE", f"{_API}/rooms/kept/{{sha256}}", drop_kept, TECHNICAL | {Role.CALLER}, answer=Answer),
    Route("GET", f"{_API}/room.jpg", get_stage_picture, ANYONE),
    # the programme
    Route("GET", f"{_API}/media/keys", media_keys, CREW, answer=KeysAnswer),
    Route("GET", f"{_API}/media/capacity", read_capacity, CREW, query=CapacityQuery, answer=Capacity),
    Route("GET", f"{_API}/media/thumbnails/{{of}}", thumbnail, CREW | {Role.MC}),
    Route("POST", f"{_API}/media/relays/{{id}}/test", test_relay, CREW, answer=RelayTested),
    Route("GET", f"{_API}/media/trends", read_trends, CREW, answer=TrendsAnswer),
    Route("POST", f"{_API}/media/clips", ask_clip, CREW, body=ClipRequest, answer=ClipNow),
    Route("GET", f"{_API}/media/clips", read_clips, CREW, answer=ClipsAnswer),
    Route("GET", f"{_API}/media/clips/{{id}}", get_clip, CREW),
    Route("DELETE", f"{_API}/media/clips/{{id}}", drop_clip, CREW, answer=ClipsAnswer),
    Route(
        "POST", f"{_API}/media/publish", media_publish, Open.KEY,
        answer=HookAnswer, reads=Reads.BYTES, limit=MAX_HOOK_BYTES,
    ),
    Route("GET", "/live/{tail:.+}", live, Open.PUBLIC),
    Route("HEAD", "/live/{tail:.+}", live, Open.PUBLIC),
    Route("POST", "/whip/{source}", whip, Open.KEY),
    Route("PATCH", "/whip/{source}", whip, Open.KEY),
    Route("DELETE", "/whip/{source}", whip, Open.KEY),
    Route("PATCH", "/whip/{source}/{session}", whip, Open.KEY),
    Route("DELETE", "/whip/{source}/{session}", whip, Open.KEY),
    # reading
    Route("GET", f"{_API}/blobs/{{sha256}}", get_blob, ANYONE),
    Route("GET", f"{_API}/ceremony", read_ceremony, ANYONE - {Role.VIEWER}, answer=CeremonyAnswer),
    Route("GET", f"{_API}/sites", read_sites, STAFF, query=SitesQuery, answer=SitesAnswer),
    Route("GET", f"{_API}/sites/{{code}}", read_site, STAFF | {Role.HOST}, answer=SiteAnswer),
    Route("GET", f"{_API}/sites/{{code}}/link", read_site_link, STAFF, answer=SiteLinkAnswer),
    Route("GET", f"{_API}/feeds/sites", packed_sites, STAFF),
    Route("GET", f"{_API}/attendance", read_attendance, STAFF | {Role.MC}, answer=AttendanceAnswer),
    Route("GET", f"{_API}/programme", read_programme, ANYONE, answer=ProgrammeAnswer),
    Route("GET", f"{_API}/programme.{{format}}", programme_file, STAFF | {Role.MC}),
    Route("GET", f"{_API}/guests.csv", guests_file, STAFF | {Role.MC}),
    Route("GET", f"{_API}/launches/{{cue}}/{{attempt}}", read_launch, STAFF, answer=LaunchAnswer),
    Route("GET", f"{_API}/devices", read_devices, TECHNICAL, answer=DevicesAnswer),
    Route("GET", f"{_API}/journal", read_journal, TECHNICAL, query=JournalQuery, answer=JournalAnswer),
    Route("GET", f"{_API}/roster.csv", roster_file, OFFICE),
    Route("GET", f"{_API}/reports/morning.{{format}}", morning_report, OFFICE, query=MorningQuery),
    Route("GET", f"{_API}/reports/unopened.xlsx", unopened_file, OFFICE, query=ListQuery),
    Route("GET", f"{_API}/reports/readiness.xlsx", readiness_file, STAFF, query=ListQuery),
    Route("GET", f"{_API}/reports/launch.{{format}}", launch_report, STAFF, query=LaunchQuery),
    Route("GET", f"{_API}/reports/ceremony.{{format}}", ceremony_report, STAFF),
    Route("GET", f"{_API}/reports/rehearsal.{{format}}", rehearsal_report, OFFICE, query=RehearsalQuery),
    Route("GET", f"{_API}/rehearsals", read_rehearsals, OFFICE, answer=list[RehearsalSums]),
    Route("GET", f"{_API}/retired", read_retired, OFFICE, answer=list[RetiredSite]),
    # posters
    Route("POST", f"{_API}/posters", read_posters, OFFICE, body=PostersRequest, answer=PosterBook),
    Route("POST", f"{_API}/seen", count_seen, Open.PUBLIC, body=SeenRequest, answer=SeenAnswer),
    Route(
        "POST", f"{_API}/beacons", take_beacon, Open.PUBLIC, body=BeaconRequest, answer=BeaconAnswer, limit=MAX_BEACON_BYTES
    ),
    Route("GET", f"{_API}/openapi.json", _openapi, Open.PUBLIC, answer=None),
    # measuring a line
    Route("GET", f"{_API}/link-probe", give_bytes, frozenset({Role.HOST}), query=ProbeQuery),
    Route("PUT", f"{_API}/link-probe", take_bytes, frozenset({Role.HOST}), reads=Reads.BYTES, limit=MAX_PROBE_BYTES),
    # sockets
    Route("GET", "/ws/site", site_socket, frozenset({Role.HOST})),
    Route("GET", "/ws/feed", feed_socket, ANYONE),
    Route("GET", "/ws/media", media_socket, Open.KEY),
    # watching the server
    Route("GET", "/healthz", healthz, Open.PUBLIC, answer=Health),
    Route("GET", "/readyz", readyz, Open.PUBLIC, answer=Readiness),
    Route("GET", "/metrics", metrics, Open.PUBLIC),
)  # fmt: skip
