import msgspec
import pytest

from server.ceremony.attendance import CheckIn, ChooseHeadCount, DeclareChair, ReportHeadCount
from server.ceremony.ceremony import CAPABILITIES
from server.ceremony.messages import AskForHelp, ReadMessages, SendMessage, Topic, WithdrawHelp
from server.ceremony.notices import ReadNotice
from server.ceremony.papers import OpenPaper
from server.ceremony.pledges import SignPledge
from server.ceremony.readiness import ItemAnswer, ReportReadiness
from server.ceremony.rules import PersonalFields, derived_id
from server.engine.ids import new_id
from server.sites.translate import KINDS, BadItem, to_command
from site_agent.link.messages import ReportItem
from site_agent.units import Instant
from tests.support.houses import code

SITE = code(1)
TYPED = Instant(1_750_000_000_000_000)

EXAMPLES = {
    "check_in": (
        {"contact": {"name": "Họ và tên", "phone": "0900 000 000"}},
        lambda id_: CheckIn(id=id_, site=SITE, contact=PersonalFields(name="Họ và tên", phone="0900 000 000"), occurred_at=TYPED),
    ),
    "declare_chair": (
        {"as_planned": True},
        lambda id_: DeclareChair(id=id_, site=SITE, as_planned=True, occurred_at=TYPED),
    ),
    "report_head_count": (
        {"counts": {"officials": 33}, "reason": "đếm lại"},
        lambda id_: ReportHeadCount(id=id_, site=SITE, counts={"officials": 33}, reason="đếm lại", occurred_at=TYPED),
    ),
    "choose_head_count": (
        {"figure": "0190-a", "over": ["0190-b"], "phase": 2},
        lambda id_: ChooseHeadCount(id=id_, site=SITE, figure="0190-a", over=("0190-b",), phase=2, occurred_at=TYPED),
    ),
    "report_readiness": (
        {"answers": {"sound": {"good": True, "measured": True}}},
        lambda id_: ReportReadiness(
            id=id_, site=SITE, answers={"sound": ItemAnswer(good=True, measured=True)}, occurred_at=TYPED
        ),
    ),
    "ask_for_help": (
        {"topic": "sound", "text": "Loa rè"},
        lambda id_: AskForHelp(id=id_, site=SITE, topic=Topic.SOUND, text="Loa rè", occurred_at=TYPED),
    ),
    "withdraw_help": ({"ticket": "0190-a"}, lambda id_: WithdrawHelp(id=id_, site=SITE, ticket="0190-a", occurred_at=TYPED)),
    "send_message": ({"text": "Mất tiếng"}, lambda id_: SendMessage(id=id_, site=SITE, text="Mất tiếng", occurred_at=TYPED)),
    "read_messages": ({"upto": 3}, lambda id_: ReadMessages(id=id_, site=SITE, upto=3, occurred_at=TYPED)),
    "read_notice": ({"notice": "0190-a"}, lambda id_: ReadNotice(id=id_, site=SITE, notice="0190-a", occurred_at=TYPED)),
    "open_paper": ({"paper": "0190-a"}, lambda id_: OpenPaper(id=id_, site=SITE, paper="0190-a", occurred_at=TYPED)),
    "sign_pledge": ({}, lambda id_: SignPledge(id=id_, site=SITE, occurred_at=TYPED)),
}


def item(kind, fields, id_=None):
    return ReportItem(id=id_ or new_id(), kind=kind, occurred_at=TYPED, fields=fields)


def test_there_is_an_example_of_every_kind_and_a_kind_for_every_example():
    assert EXAMPLES.keys() == KINDS.keys()


@pytest.mark.parametrize("kind", EXAMPLES)
def test_an_item_becomes_its_command_with_its_id_and_the_instant_it_was_typed(kind):
    fields, expected = EXAMPLES[kind]
    asked = item(kind, fields)
    assert to_command(asked, SITE) == expected(asked.id)
    assert to_command(asked, SITE) == to_command(asked, SITE)


def test_every_other_command_there_is_cannot_be_sent_by_a_site():
    every = {command.__struct_config__.tag for capability in CAPABILITIES for command in capability.decide}
    for kind in every - KINDS.keys():
        with pytest.raises(BadItem) as refused:
            to_command(item(kind, {}), SITE)
        assert refused.value.code == "unknown_kind"


@pytest.mark.parametrize("field", ["id", "kind", "site", "occurred_at"])
def test_a_site_cannot_choose_what_the_link_decides(field):
    with pytest.raises(BadItem) as refused:
        to_command(item("check_in", {field: "17002"}), SITE)
    assert refused.value.code == "bad_fields"


@pytest.mark.parametrize(
    "fields",
    [
        {"counts": "33"},
        {"counts": {"officials": 33}, "extra": 1},
        {},
    ],
)
def test_fields_that_do_not_fit_are_refused_with_words(fields):
    with pytest.raises(BadItem) as refused:
        to_command(item("report_head_count", fields), SITE)
    assert refused.value.code == "bad_fields"
    assert refused.value.detail


@pytest.mark.parametrize("count", ["33", "ba mươi ba", 1.5, True, None])
def test_a_head_count_that_is_no_whole_number_is_refused_in_plain_words(count):
    with pytest.raises(BadItem) as refused:
        to_command(item("report_head_count", {"counts": {"officials": count}}), SITE)
    assert (refused.value.code, "phải là số nguyên" in refused.value.detail) == ("counts_not_numbers", True)


def test_an_id_of_the_servers_own_kind_is_refused_so_that_no_deadline_can_be_blocked():
    with pytest.raises(BadItem) as refused:
        to_command(item("check_in", {}, derived_id("pass_t0", "launch", "1")), SITE)
    assert refused.value.code == "bad_id"


def test_a_report_item_read_from_json_gives_the_same_command():
    asked = item("report_head_count", {"counts": {"officials": 33}})
    again = msgspec.json.decode(msgspec.json.encode(asked), type=ReportItem)
    assert to_command(again, SITE) == to_command(asked, SITE)


def test_the_devices_own_time_goes_along_where_the_command_keeps_it():
    item = ReportItem(id=new_id(), kind="check_in", occurred_at=TYPED, fields={}, device_at=Instant(5))
    assert to_command(item, SITE) == CheckIn(id=item.id, site=SITE, occurred_at=TYPED, device_at=Instant(5))
    with pytest.raises(BadItem, match="device_at"):
        to_command(ReportItem(id=new_id(), kind="check_in", occurred_at=TYPED, fields={"device_at": 5}), SITE)
