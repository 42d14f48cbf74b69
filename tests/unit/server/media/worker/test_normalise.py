from server.media.messages import Profile
from server.media.worker.flow import Ticks
from server.media.worker.intake import Encode
from server.media.worker.normalise import encoder_arguments


def said(**wanted) -> str:
    return " ".join(
        encoder_arguments(
            Profile(), Encode(**{"video": True, "audio": True, "interlaced": False, "base": Ticks(0), "key_at": None} | wanted)
        )
    )


def test_an_encode_is_of_the_profile_and_keeps_the_timeline():
    arguments = said()
    for part in (
        "-copyts",
        "-profile:v main",
        "-bf 0",
        "-g 60",
        "+cgop",
        "1280:720",
        "fps=30",
        "-ar 48000 -ac 2",
        "-mpegts_copyts 1",
    ):
        assert part in arguments
    assert "yadif" not in arguments


def test_a_track_that_agrees_is_copied():
    assert "-c:v copy" in said(video=False)
    assert "-c:a copy" in said(audio=False)


def test_interlaced_pictures_are_made_progressive():
    assert "yadif" in said(interlaced=True)


def test_an_encode_that_continues_begins_with_a_key_picture_right_after_what_was_delivered():
    assert "-force_key_frames 12.025000" in said(base=Ticks(90_000), key_at=Ticks(13 * 90_000))


def test_whichever_picture_was_delivered_last_the_key_is_the_one_after_it():
    for picture in range(300, 312):
        arguments = said(key_at=Ticks(picture * 3_000)).split()
        assert round(float(arguments[arguments.index("-force_key_frames") + 1]) * 30 + 1e-9) == picture + 1
