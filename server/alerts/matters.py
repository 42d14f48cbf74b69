"""What needs a person now, from the state. Pure.

A site in an open incident is told as the incident. What is acknowledged or planned off is quiet: it is not told and not
repeated, but its recovery is. While the server suspects itself there is one matter, and nothing else is believed.
"""

from collections.abc import Iterator
from enum import StrEnum

import msgspec

from server.ceremony import watching
from server.ceremony.ceremony import Ceremony
from server.ceremony.incidents import Incident
from server.ceremony.media_history import RecordingNow, RelayNow
from server.ceremony.roster import RosterSite
from server.ceremony.watching import incident_subject, site_subject
from site_agent.units import SECOND, Duration, Instant

SITE_TOLD_AFTER = Duration(60 * SECOND)
"""A lone site that is back within this of being down is nobody's errand."""


WORKER_BACK = Duration(30 * SECOND)
"""So long after it came back the loss of the media worker is still a matter: also a short one is to be told."""
SLATE_TOLD_AFTER = Duration(5 * SECOND)
RELAY_TOLD_AFTER = Duration(20 * SECOND)
"""A destination that takes the programme again within this is nobody's errand."""


class Severity(StrEnum):
    """How loud a matter is; the first is the loudest."""

    SELF = "self"
    PROGRAMME = "programme"
    """Of the programme that everybody watches."""
    INCIDENT = "incident"
    REQUIRED = "required"
    DOWN = "down"


SUSPECT = "suspect"
"""The matter of the server itself."""


class Matter(msgspec.Struct, frozen=True):
    """One thing that needs a person."""

    key: str
    severity: Severity
    since: Instant
    told_from: Instant
    """Not before this is it told."""
    name: str
    place: str = ""
    count: int = 1
    total: int = 1
    note: str = ""
    """What else is known: the carrier, or that the power may have gone."""
    quiet: bool = False


def matters_of(state: Ceremony, now: Instant) -> dict[str, Matter]:
    """By key: `suspect`, `incident:NUMBER`, `site:CODE`, `media:…`."""
    suspected = state.links.suspected
    if state.links.suspect and suspected is not None:
        count, total = suspected.stale, suspected.connected_before
        at = suspected.at
        return {SUSPECT: Matter(SUSPECT, Severity.SELF, at, at, name="", count=count, total=total)}
    found = [*(_of_incident(state, each, now) for each in state.incidents.open), *_of_sites(state, now), *_of_media(state, now)]
    return {matter.key: matter for matter in found}


def told_otherwise(state: Ceremony, key: str) -> bool:
    """Whether a matter that is no more did not recover: it is part of an incident now, or left the roster."""
    kind, _, name = key.partition(":")
    if kind == "incident":
        return state.incidents.all[int(name)].into is not None
    return kind == "site" and (name in state.incidents.of_site or name not in state.roster.sites)


def _of_incident(state: Ceremony, incident: Incident, now: Instant) -> Matter:
    lost = incident.lost
    planned = all(watching.planned_off(state, state.roster.sites[site], now) for site in lost)
    notes = [f"cùng nhà mạng {incident.carrier}"] if incident.carrier else []
    if incident.power_likely:
        notes.append("có thể do mất điện")
    return Matter(
        key=incident_subject(incident.number),
        severity=Severity.INCIDENT,
        since=incident.since,
        told_from=incident.opened_at,
        name=incident.name,
        count=len(lost),
        total=len(incident.sites),
        note=", ".join(notes),
        quiet=planned or incident_subject(incident.number) in state.watching.acks,
    )


def _of_sites(state: Ceremony, now: Instant) -> Iterator[Matter]:
    for code, since in state.incidents.loose.items():
        site = state.roster.sites[code]
        yield Matter(
            key=site_subject(code),
            severity=Severity.REQUIRED if site.required else Severity.DOWN,
            since=since,
            told_from=since if site.required else Instant(since + SITE_TOLD_AFTER),
            name=site.name,
            place=_place(site),
            quiet=site_subject(code) in state.watching.acks or watching.planned_off(state, site, now) is not None,
        )


def _of_media(state: Ceremony, now: Instant) -> Iterator[Matter]:
    media = state.media
    if media.worker_lost is not None and (not media.worker_up or now - (media.worker_since or now) < WORKER_BACK):
        yield _of_programme("media:worker", media.worker_lost, "tiến trình truyền hình bị dừng")
    if media.interrupted and media.on_air_since is not None:
        told = Instant(media.on_air_since + SLATE_TOLD_AFTER)
        yield _of_programme("media:slate", media.on_air_since, "mất các nguồn hình, đang phát hình chờ", told)
    if media.recording in {RecordingNow.FULL, RecordingNow.FAILED} and media.recording_since is not None:
        words = "hết chỗ ghi hình trên đĩa" if media.recording is RecordingNow.FULL else "lỗi ghi hình"
        yield _of_programme("media:recording", media.recording_since, words)
    for relay, moved in media.relays.items():
        if moved.to is not RelayNow.SENDING:
            told = Instant(moved.at + RELAY_TOLD_AFTER)
            yield _of_programme(f"media:{relay}", moved.at, f"không phát lại được lên {state.relays.name(relay)}", told)


def _of_programme(key: str, since: Instant, words: str, told_from: Instant | None = None) -> Matter:
    return Matter(key, Severity.PROGRAMME, since, since if told_from is None else told_from, name=words)


def _place(site: RosterSite) -> str:
    return f"{site.group}, mã {site.code}" if site.group and site.group != site.name else f"mã {site.code}"
