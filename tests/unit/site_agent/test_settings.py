import pytest

from site_agent.settings import SettingsError, load

CONFIG = """
server = "https://cau.example.vn/"
name = "Máy chiếu"
offset_ms = 120
[[output]]
name = "den"
kind = "command"
command = ["/usr/bin/den", "--mat-khau=bi-mat"]
state = true
[[output]]
name = "canh"
kind = "url"
url = "http://u:bi-mat@127.0.0.1/x"
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "agent.toml"
    path.write_text(CONFIG)
    return path


def test_the_command_line_wins_over_the_environment_and_that_over_the_file(config):
    assert load({}, config, {}).server == "https://cau.example.vn"
    assert load({}, config, {"DIEMCAU_AGENT_SERVER": "http://b:81"}).server == "http://b:81"
    assert load({"server": "http://a"}, config, {"DIEMCAU_AGENT_SERVER": "http://b"}).server == "http://a"


def test_outputs_are_read_and_no_secret_is_shown(config):
    settings = load({"code": "dc1.secret"}, config, {})
    assert [output.name for output in settings.outputs] == ["den", "canh"]
    assert settings.offset_ms == 120
    assert "bi-mat" not in repr(settings) + repr(settings.outputs)
    assert "secret" not in repr(settings)


def test_every_error_is_told_at_once(tmp_path):
    path = tmp_path / "agent.toml"
    path.write_text(
        'offset_ms = 99000\n[[output]]\nname = "a"\nkind = "command"\n[[output]]\nname = "a"\nkind = "url"\nurl = "file:///etc/passwd"\ntimeout_s = 0\n'
    )
    with pytest.raises(SettingsError) as caught:
        load({"server": "cau.example.vn", "log_level": "loud"}, path, {})
    assert len(caught.value.errors) == 7


@pytest.mark.parametrize("text", ["nonsense =", "colour = 'red'", "[[output]]\nname='x'\nkind='bell'"])
def test_a_file_that_cannot_be_used_is_an_error_beside_the_others(tmp_path, text):
    path = tmp_path / "agent.toml"
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        load({}, path, {})
    assert len(caught.value.errors) == 2


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(SettingsError, match="không đọc được"):
        load({"server": "http://a"}, tmp_path / "none.toml", {})


@pytest.mark.parametrize("server", ["http://a:0x", "http://", "https://a/path", "a:80"])
def test_a_server_that_is_no_address_is_refused(server):
    with pytest.raises(SettingsError):
        load({"server": server}, None, {})
