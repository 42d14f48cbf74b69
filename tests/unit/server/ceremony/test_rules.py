"""What capabilities share, and where a person's name may stand in events."""

from collections.abc import Iterator

from msgspec import inspect

from server.ceremony.ceremony import EVENT_TYPES
from server.ceremony.rules import FORGOTTEN, Person, PersonalFields, person_said, shown_name
from site_agent.units import CommandId, PersonId

COMMAND = CommandId("00000000-0000-7000-8000-000000000001")
CHIEF = PersonalFields(name="Trưởng phòng")

WORDS = {
    "ceremony_initiated.title", "ceremony_initiated.authority", "ceremony_initiated.categories[].name",
    "ceremony_initiated.support_phone",  # the ceremony's own hotline, printed on every site's page
    "roster_imported.levels[].name", "roster_imported.sites[].name", "roster_imported.sites[].group",
    "roster_imported.sites[].chair",  # an office, not a person
    "roster_imported.sites[].carrier",
    "device_enrolled.name",  # of a browser or a machine
    "device_enrolled.seat", "arming_confirmed.seat", "press_recorded.seat", "press_recorded.substitute_for",
    "cue_planned.plan.trigger_seats[]", "cue_planned.plan.pad_seats[]",  # offices: ops/decisions/0010
    "link_revoked.reason", "head_count_reported.reason", "site_waived.reason", "site_waived.seat", "cue_moved.reason",
    "abort_asked.reason", "grades_changed.changes[].reason", "readiness_changed.reasons{}", "warrant_refused.detail",
    "holder_vouched_for.seat", "vouch_refused.detail", "order_surfaced.order_hash",
    "programme_imported.items[].title", "programme_imported.items[].owner",  # an office or a unit
    "programme_imported.sheet.columns[].name", "programme_imported.sheet.columns[].heading", "programme_imported.sheet.name",
    "programme_imported.seat", "programme_edited.seat", "edit_undone.seat", "guest_added.seat", "guest_marked.seat",
    "programme_edited.changed[].title", "programme_edited.changed[].owner",  # as when imported
    "programme_edited.words",  # what was done to which item, by its number and title
    "programme_edited.removed[]", "programme_edited.order[]", "guest_marked.guest", "guest_moved.guest",
    "guest_moved.after", "guest_added.after", "guest_removed.guest",  # ids
    "site_checked_in.seat", "chair_declared.seat", "head_count_reported.seat", "head_count_chosen.seat", "chair_seated.seat",
    "rehearsal_begun.seat", "rehearsal_ended.seat", "phase_undone.seat", "seen_switched.seat",
    "site_retired.seat", "site_restored.seat", "site_retired.reason",  # why a site left; no person's affair
    "site_retired.site.name", "site_retired.site.group", "site_retired.site.chair", "site_retired.site.carrier",  # as in the roster
    "cue_planned.plan.title", "cue_planned.plan.subtitle", "cue_planned.plan.portal", "cue_planned.plan.assets[].name",
    "acknowledged.by", "acknowledged.reason", "acknowledgement_withdrawn.by", "maintenance_planned.by", "maintenance_ended.by",
    "maintenance_planned.reason", "incident_opened.carrier", "incident_opened.cause.target", "maintenance_planned.target",
    "chase_assigned.owner", "ticket_moved.owner",  # a seat or an office, of the staff
    "chase_noted.seat", "message_sent.seat", "notice_sent.seat", "personal_forgotten.seat", "retention_set.seat",
    "notice_sent.text", "pledge_opened.text", "paper_published.title", "paper_published.media_type",  # official words for all
    "checklist_set.items[].name", "checklist_set.items[].help", "checklist_set.items[].question",
    "room_picture_kept.reason",
    "source_configured.seat", "source_key_rotated.seat", "source_chosen.seat", "recording_switched.seat",
    "relay_set.seat", "relay_removed.seat", "relay_wanted.seat", "relay_set.name",  # of a channel: “YouTube của tỉnh”
    "media_switched.why", "relay_moved.words", "recording_moved.words", "media_worker_moved.words",  # what a machine told
}  # fmt: skip
"""Texts in events that are not encrypted because they name no person."""

CODES = {
    "id", "code", "level", "parent", "site", "device", "before", "cue", "item", "ceremony_id", "clock_id", "live_key",
    "rehearsal_key", "public_key", "device_kind", "outcome", "plan_hash", "sha256", "body", "key", "sig", "others[]",
    "figure", "over[]", "browser", "moved_from", "by_site", "elsewhere", "chair_at", "children[]",
    "subject", "ticket", "notice", "paper", "maintenance", "relay", "sites[]", "people[]", "answers{key}",
    "expected[]", "ready{key}", "reasons{key}", "counts{key}",
}  # fmt: skip
"""Last parts of paths that are codes, keys, hashes and signed objects."""


def texts(info: inspect.Type, path: str) -> Iterator[str]:
    """Paths of every text in a type that is not a person's."""
    match info:
        case inspect.StructType(cls=cls) if issubclass(cls, Person):
            return
        case inspect.StructType(fields=fields):
            for field in fields:
                yield from texts(field.type, f"{path}.{field.encode_name}")
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            yield from texts(item, f"{path}[]")
        case inspect.DictType(key_type=key, value_type=value):
            yield from texts(key, f"{path}{{key}}")
            yield from texts(value, f"{path}{{}}")
        case inspect.UnionType(types=types):
            for kind in types:
                yield from texts(kind, path)
        case inspect.StrType():
            yield path


def test_every_text_in_an_event_is_a_persons_and_encrypted_or_is_known_to_name_nobody():
    found = {path for kind in EVENT_TYPES for path in texts(inspect.type_info(kind), kind.__struct_config__.tag)}
    assert {path for path in found if path.rpartition(".")[2] not in CODES} == WORDS


def test_a_person_said_again_keeps_their_key_and_another_gets_their_own():
    first = person_said(COMMAND, "named", CHIEF, [])
    assert first.personal == CHIEF
    other = CommandId("00000000-0000-7000-8000-000000000002")
    assert person_said(other, "named", CHIEF, [None, first]) == first
    second = person_said(other, "named", PersonalFields(name="Phó phòng"), [first])
    assert second.person != first.person
    assert person_said(other, "named", CHIEF, [Person(first.person, None)]).person != first.person


def test_the_name_of_a_forgotten_person_is_shown_as_erased():
    assert shown_name(None) == ""
    assert shown_name(Person(PersonId("a"), CHIEF)) == "Trưởng phòng"
    assert shown_name(Person(PersonId("a"), None)) == FORGOTTEN == "(đã xóa thông tin)"
