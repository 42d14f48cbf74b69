from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from site_agent.simulation.morning import (
    CONNECT_SPAN_S,
    FAST,
    MOST_DRIFT_PPM,
    MOST_OFFSET,
    SiteInfo,
    pace_of,
    plan_drop,
    plan_morning,
    report_id,
)
from site_agent.units import SiteCode

SITES = [
    SiteInfo(code=str(n), name=f"Xã {n}", parent="M", group=f"Cụm {n % 12}", expected=30, chair="Chủ tịch UBND xã")
    for n in range(432)
]
CATEGORIES = ["leaders", "officials", "residents"]


def mornings(pace=1.0, seed=1):
    return [plan_morning(seed, site, CATEGORIES, pace) for site in SITES]


def test_the_same_seed_gives_the_same_morning_and_another_another():
    assert mornings() == mornings()
    assert mornings() != mornings(seed=2)


def test_pace_compresses_and_changes_nothing_else():
    for slow, fast in zip(mornings(), mornings(pace=0.04), strict=True):
        assert [report.fields for report in slow.reports] == [report.fields for report in fast.reports]
        assert abs(fast.connects_at_s - slow.connects_at_s * 0.04) < 1e-9
    assert max(morning.connects_at_s for morning in mornings(pace=0.04)) <= 10


def test_a_province_has_some_of_everything():
    all_ = mornings()
    chairs = [report.fields["as_planned"] for m in all_ for report in m.reports if report.kind == "declare_chair"]
    corrections = [r for m in all_ for r in m.reports if r.fields.get("reason")]
    assert 8 <= sum(m.loss > 0 for m in all_) <= 45
    assert 20 <= chairs.count(False) <= 90
    assert 4 <= len(corrections) <= 40
    assert 2 <= sum(len(m.reports) == 1 for m in all_) <= 30
    assert all(abs(m.clock_offset) <= MOST_OFFSET and abs(m.clock_drift_ppm) <= MOST_DRIFT_PPM for m in all_)


@given(
    st.integers(), st.integers(min_value=0, max_value=5_000), st.lists(st.text(min_size=1, max_size=5), unique=True, max_size=5)
)
def test_head_counts_are_never_negative_and_in_the_known_categories(seed, expected, categories):
    morning = plan_morning(seed, SiteInfo(code="1", expected=expected), categories, 1.0)
    for report in morning.reports:
        counts = report.fields.get("counts")
        if counts is not None:
            assert all(count >= 0 for count in counts.values())
            assert set(counts) <= set(categories or ["unsorted"])


def test_reports_follow_each_other_in_the_order_a_host_works():
    for morning in mornings():
        assert [r.at_s for r in morning.reports] == sorted(r.at_s for r in morning.reports)
        assert morning.reports[0].kind == "check_in"


def test_one_group_of_middle_size_drops():
    drop = plan_drop(1, SITES, 1.0)
    assert drop is not None
    assert plan_drop(1, [], 1.0) is None


def test_even_a_fast_drop_lasts_until_it_is_an_incident():
    drop = plan_drop(1, SITES, FAST)
    assert drop is not None
    assert drop.for_s >= 25 + 12 + 30  # silent, lost together, and time to look at it
    assert drop.at_s > CONNECT_SPAN_S * FAST


def test_a_site_whose_chair_sits_elsewhere_names_a_substitute():
    for site in SITES:
        reports = plan_morning(1, structs.replace(site, chair_at=SiteCode("NA-MAIN")), (), 1.0).reports
        assert [each.fields["as_planned"] for each in reports if each.kind == "declare_chair"] in ([False], [])


def test_a_report_of_a_device_has_one_id():
    assert report_id("device", 1) == report_id("device", 1)
    assert len({report_id(device, n) for device in "abc" for n in range(4)}) == 12
    assert report_id("device", 1)[14] == "4"


def test_a_fast_morning_of_few_sites_takes_no_longer_than_their_number_asks():
    assert pace_of(432, fast=True) == pace_of(5_000, fast=True) == FAST
    assert abs(pace_of(4, fast=True) - FAST / 100) < 1e-9
    assert pace_of(4, fast=False) == 1.0
