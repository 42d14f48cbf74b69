import pytest

from server.media.messages import RelayPlan
from server.media.worker.relays.redact import LONGEST, redact

KEY = "abcd-1234-efgh-5678"
FACEBOOK = "FB-10220-0-Ab12?s_bl=1&s_psm=1&s_sc=102&a=AbzUzsecretpart"
PLAN = RelayPlan("yt", "rtmps://a.rtmps.example/live2", KEY, True)

SAID_BY_LIBRARIES = [
    f"rtmps://a.rtmps.example/live2/{KEY}: Input/output error",
    f"[Errno 5] Input/output error: '[f=flv:flvflags=no_duration_filesize]rtmps://a.rtmps.example/live2/{KEY}'",
    f"Error opening output file rtmps://a.rtmps.example/live2/{KEY}.",
    f"Sending publish command for '{KEY}'",
    f"Proto = rtmps, path = /live2/{KEY}, app = live2, fname = {KEY}",
    f"Server error: Stream {KEY} already exists",
    f"Server error: bad%20name {KEY.replace('-', '%2D')} {KEY}",
]


@pytest.mark.parametrize("said", SAID_BY_LIBRARIES)
def test_no_key_is_left_in_what_a_library_says(said):
    assert KEY not in redact(said, PLAN)


def test_what_is_no_secret_stays():
    assert redact(SAID_BY_LIBRARIES[0], PLAN) == "rtmps://a.rtmps.example/live2/•••: Input/output error"


@pytest.mark.parametrize(
    "part", [FACEBOOK, "AbzUzsecretpart", "FB-10220-0-Ab12", FACEBOOK.replace("?", "%3F").replace("&", "%26")]
)
def test_neither_the_whole_of_a_key_nor_a_telling_part_is_left(part):
    plan = RelayPlan("fb", "rtmps://live.example:443/rtmp/", FACEBOOK, True)
    assert "secretpart" not in redact(f"Server error: {part} refused", plan)
    assert "Ab12" not in redact(f"Server error: {part} refused", plan)


def test_a_password_in_the_address_is_hidden():
    plan = RelayPlan("own", "rtmp://someone:pa55-word@media.example/app", "k", True)
    told = redact("rtmp://someone:pa55-word@media.example/app/k: Connection refused (pa55-word)", plan)
    assert "pa55-word" not in told
    assert "media.example/app" in told


def test_a_short_key_is_hidden_where_it_stands_alone_and_words_stay_readable():
    plan = RelayPlan("own", "rtmp://media.example/app", "a", True)
    assert redact("Server error: stream a already has a name", plan) == "Server error: stream ••• already has ••• name"


def test_what_is_shown_is_one_short_line():
    told = redact("Server error:\n\x1b[31m" + "x" * 5_000, PLAN)
    assert len(told) <= LONGEST
    assert "\n" not in told
    assert "\x1b" not in told


def test_a_destination_without_a_key_is_shown_as_it_is():
    assert redact("Server error: no", RelayPlan("own", "rtmp://media.example/app", "", True)) == "Server error: no"


def test_a_key_that_was_typed_into_the_address_is_hidden_too():
    plan = RelayPlan("own", "rtmp://media.example/app/secret-in-path", "", True)
    assert "secret-in-path" not in redact("Server error: stream secret-in-path already exists", plan)
