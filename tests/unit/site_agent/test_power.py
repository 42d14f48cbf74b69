import pytest

from site_agent.power import PowerRead, read_power


@pytest.fixture
def supplies(tmp_path):
    def put(name, **values):
        (tmp_path / name).mkdir()
        for key, value in values.items():
            (tmp_path / name / key).write_text(f"{value}\n")

    return tmp_path, put


@pytest.mark.parametrize(("online", "charging"), [(1, True), (0, False)])
def test_a_laptop_tells_its_battery_and_whether_the_mains_feed_it(supplies, online, charging):
    root, put = supplies
    put("AC", type="Mains", online=online)
    put("BAT0", type="Battery", capacity=47, status="Discharging")
    assert read_power(root) == PowerRead(battery=0.47, charging=charging)


def test_without_an_adapter_to_ask_the_battery_says_whether_it_gives(supplies):
    root, put = supplies
    put("BAT0", type="Battery", capacity="", status="Discharging")
    assert read_power(root) == PowerRead(battery=None, charging=False)


def test_a_machine_without_a_battery_says_nothing_and_a_mouse_is_no_machine(supplies):
    root, put = supplies
    put("AC", type="Mains", online=1)
    put("mouse", type="Battery", scope="Device", capacity=3, status="Discharging")
    assert read_power(root) == PowerRead()


def test_where_nothing_can_be_read_nothing_is_known(tmp_path):
    assert read_power(tmp_path / "nowhere") == PowerRead()
