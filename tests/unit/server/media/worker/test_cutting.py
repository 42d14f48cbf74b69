from server.media.worker.cutting import played_until
from server.media.worker.recording_index import Piece
from site_agent.units import Instant, seconds


def pieces(*begins: float) -> list[Piece]:
    return [Piece(Instant(seconds(begin)), seconds(2), "one.ts", 0, 10, number) for number, begin in enumerate(begins)]


def test_a_clip_plays_up_to_its_end():
    assert played_until(pieces(0, 2, 4), Instant(seconds(5))) == seconds(5)
    assert played_until(pieces(0, 2, 4), Instant(seconds(9))) == seconds(6)


def test_instants_that_lie_nearer_than_the_pictures_play_cost_no_picture():
    """A sender that catches up: ten seconds of pictures of which the instants say seven."""
    assert played_until(pieces(0, 2, 3, 4, 5), Instant(seconds(7))) == seconds(10)


def test_instants_that_lie_farther_apart_bring_nothing_from_after_the_end():
    assert played_until(pieces(0, 4), Instant(seconds(5))) == seconds(3)
