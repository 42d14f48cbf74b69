import pytest

from server.alerts.gateways import TEMPLATE, AlertSettingsError, Gateway, read_gateways, write_template
from server.alerts.matters import Severity

SECRET = "mat-khau-rat-bi-mat"
GOOD = f"""
[[gateway]]
name = "Thư"
url = "mailtos://nguoi:{SECRET}@mail.example.vn?to=a@example.vn"

[[gateway]]
name = "Nhóm"
url = "tgram://{SECRET}/-100"
least = "incident"
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "alerts.toml"


def written(path, text, mode=0o600):
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def test_gateways_are_read_with_how_loud_a_matter_must_be(path):
    mail, team = read_gateways(written(path, GOOD))
    assert (mail.name, mail.least, team.least) == ("Thư", Severity.DOWN, Severity.INCIDENT)


def test_an_address_is_shown_without_what_is_secret(path):
    gateways = read_gateways(written(path, GOOD))
    assert [gateway.shown for gateway in gateways] == ["mailtos://mail.example.vn", "tgram://…"]
    assert SECRET not in repr(gateways)


def test_no_file_is_no_gateway(path):
    assert read_gateways(path) == ()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_may_read_is_refused_in_words(path, mode):
    with pytest.raises(AlertSettingsError, match="quyền 600"):
        read_gateways(written(path, GOOD, mode))


@pytest.mark.parametrize(
    "text",
    [
        f"[[gateway]\nurl = '{SECRET}'",
        f"[[gateway]]\nurl = '{SECRET}'",
        f"[[gateway]]\nname = 'A'\nurl = '{SECRET}'\nleast = 'loud'",
        f"[[gateway]]\nname = 'A'\nurl = '{SECRET}'\ncolour = 'red'",
        f"[[gateway]]\nname = ''\nurl = '{SECRET}'",
        f"[[gateway]]\nname = 'A'\nurl = '{SECRET}'\n[[gateway]]\nname = 'A'\nurl = '{SECRET}'",
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_without_quoting_it(path, text):
    with pytest.raises(AlertSettingsError) as error:
        read_gateways(written(path, text))
    assert SECRET not in str(error.value)


def test_the_sample_is_for_its_owner_alone_and_not_written_twice(path):
    assert write_template(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_gateways(path) == ()
    assert not write_template(path)
    assert path.read_text("utf-8") == TEMPLATE


def test_an_address_without_anything_is_still_shown_as_something():
    assert Gateway("A", "nonsense").shown == "?://…"
