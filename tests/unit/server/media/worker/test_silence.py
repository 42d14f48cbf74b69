from itertools import pairwise

import av

from server.media.worker.flow import Ticks, Unit
from server.media.worker.silence import Silence
from site_agent.units import Monotonic


def unit(track, at: int) -> Unit:
    return Unit(track, Ticks(at), Ticks(at), key=True, data=b"", arrived=Monotonic(0))


def test_pictures_without_sound_get_silence_without_a_gap():
    silence = Silence(48_000, sound_expected=False)
    sound = [
        given.dts for index in range(90) for given in silence.filled([unit("video", index * 3_000)]) if given.track == "audio"
    ]
    assert sound == [index * 1_920 for index in range(len(sound))]
    assert sound[-1] > 89 * 3_000 - 1_920
    assert silence.filling


def test_sound_that_is_a_little_behind_is_waited_for():
    silence = Silence(48_000, sound_expected=True)
    units = [unit("audio", 0), *(unit("video", index * 3_000) for index in range(30))]
    assert list(silence.filled(units)) == units
    assert not silence.filling


def test_sound_that_stops_is_replaced_and_taken_up_again_when_it_returns():
    silence = Silence(48_000, sound_expected=True)
    list(silence.filled([unit("audio", 0)]))
    filled = [
        given.dts for index in range(90) for given in silence.filled([unit("video", index * 3_000)]) if given.track == "audio"
    ]
    assert filled[0] == 1_920
    assert {after - before for before, after in pairwise(filled)} == {1_920}
    assert silence.filling
    late, timely = unit("audio", filled[-1] - 9_000), unit("audio", filled[-1] + 1_920)
    assert list(silence.filled([late, timely])) == [timely]
    assert not silence.filling


def test_the_silent_frame_decodes_to_two_silent_channels():
    silence = Silence(48_000, sound_expected=False)
    frames = [
        given.data for index in range(12) for given in silence.filled([unit("video", index * 3_000)]) if given.track == "audio"
    ]
    codec = av.CodecContext.create("aac", "r")
    decoded = [frame for data in frames for packet in codec.parse(data) for frame in codec.decode(packet)]
    assert decoded
    assert all((frame.sample_rate, frame.layout.nb_channels) == (48_000, 2) for frame in decoded)
    assert all(not any(bytes(plane)) for frame in decoded for plane in frame.planes)
