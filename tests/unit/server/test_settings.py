from pathlib import Path

import pytest

from server.settings import Address, Settings, SettingsError, load, read_address


def test_every_error_is_told_at_once():
    with pytest.raises(SettingsError) as caught:
        load(
            {"listen": "nowhere"}, {"DIEMCAU_LOG_LEVEL": "loud", "DIEMCAU_PUBLIC_URL": "cau.vn", "DIEMCAU_METRIC_TOKEN": "x" * 20}
        )
    told = "\n".join(caught.value.errors)
    assert len(caught.value.errors) == 4
    for name in ("--listen", "DIEMCAU_LOG_LEVEL", "DIEMCAU_PUBLIC_URL", "DIEMCAU_METRIC_TOKEN"):
        assert name in told


def test_the_command_line_wins_over_the_environment():
    settings = load({"listen": "0.0.0.0:9000", "data": None}, {"DIEMCAU_LISTEN": "127.0.0.1:1", "DIEMCAU_DATA": "/srv/le"})
    assert settings.listen == Address("0.0.0.0", 9000)
    assert settings.data == Path("/srv/le")


def test_secrets_do_not_show():
    settings = load({}, {"DIEMCAU_METRICS_TOKEN": "rat-bi-mat-0123456789"})
    assert "rat-bi-mat" not in repr(settings)
    assert settings.metrics_token == "rat-bi-mat-0123456789"


def test_links_are_made_of_the_public_address_where_there_is_one():
    assert Settings().url == "http://127.0.0.1:8080"
    assert not Settings().secure
    public = load({}, {"DIEMCAU_PUBLIC_URL": "https://cau.nghean.gov.vn/"})
    assert public.url == "https://cau.nghean.gov.vn"
    assert public.secure


@pytest.mark.parametrize(
    ("text", "host", "port"), [("8080", "127.0.0.1", 8080), ("[::1]:80", "::1", 80), ("cau.vn:0", "cau.vn", 0)]
)
def test_an_address_is_a_host_and_a_port(text, host, port):
    assert read_address(text) == Address(host, port)


@pytest.mark.parametrize("text", ["", "host", "host:", "host:70000", "host:8o80"])
def test_what_is_no_address_is_refused(text):
    with pytest.raises(ValueError, match="HOST:PORT"):
        read_address(text)


def test_the_secret_of_an_rtmp_server_elsewhere_is_long_and_shown_nowhere():
    settings = load({}, {"DIEMCAU_RTMP_SECRET": "ma-bi-mat-may-chu-rtmp", "DIEMCAU_RTMP_URL": "rtmp://127.0.0.1/live/"})
    assert settings.rtmp_url == "rtmp://127.0.0.1/live"
    assert "ma-bi-mat" not in repr(settings)
    with pytest.raises(SettingsError, match="DIEMCAU_RTMP_SECRET"):
        load({}, {"DIEMCAU_RTMP_SECRET": "ngan"})
