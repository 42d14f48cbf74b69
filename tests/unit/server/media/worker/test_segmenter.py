"""Where the programme is cut, and what each piece is called."""

from server.media.worker.flow import Chunk, Ticks, Unit
from server.media.worker.segmenter import Piece, Segmenter
from site_agent.units import Instant, Monotonic

ONE, OTHER = (b"\x00\x00\x01\x67" + name + b"\x00\x00\x01\x68\x01\x00\x00\x01\x65" for name in (b"a", b"b"))
BEGIN = 1_795_337_000_000_000
ADTS = bytes((0xFF, 0xF1, 0x4C, 0x80, 0x01, 0x5F, 0xFC))
MONO = bytes((0xFF, 0xF1, 0x4C, 0x40, 0x01, 0x5F, 0xFC))


class Cutting:
    """A segmenter fed with pictures every half second."""

    def __init__(self, first: int = 0, *, continues: bool = False) -> None:
        self.pieces: list[Piece] = []
        self.segmenter = Segmenter(self.pieces.append, first, continues=continues)
        self.at = 90_000

    def pictures(
        self, count: int, key_every: int = 4, data: bytes = ONE, captured_late: int = 0, source: str = "primary"
    ) -> "Cutting":
        for number in range(count):
            key = number % key_every == 0
            self.lay(
                Unit("video", Ticks(self.at), Ticks(self.at), key, data if key else b"p", Monotonic(0)), captured_late, source
            )
            self.lay(Unit("audio", Ticks(self.at), Ticks(self.at), True, ADTS, Monotonic(0)), captured_late, source)
            self.at += 45_000
        return self

    def lay(self, unit: Unit, late: int = 0, source: str = "primary") -> None:
        captured = Instant(BEGIN + self.at * 100 // 9 + late)
        self.segmenter.lay(unit, Chunk(b"x", unit.key and unit.track == "video", unit.track, unit.pts, captured, source))


def test_pieces_begin_at_key_pictures_are_numbered_and_last_until_the_next() -> None:
    cutting = Cutting(first=7).pictures(9)
    assert [(piece.segment.number, piece.segment.duration) for piece in cutting.pieces] == [(7, 2_000_000), (8, 2_000_000)]
    assert all(len(piece.pictures) == 4 and piece.pictures[0].key and len(piece.sound) == 4 for piece in cutting.pieces)
    assert not any(piece.segment.discontinuity for piece in cutting.pieces)


def test_a_piece_begins_when_its_first_picture_was_captured() -> None:
    cutting = Cutting().pictures(9)
    assert [piece.segment.begin for piece in cutting.pieces] == [BEGIN + 1_000_000, BEGIN + 3_000_000]


def test_a_key_picture_too_soon_after_a_cut_does_not_cut() -> None:
    cutting = Cutting().pictures(4)
    cutting.at -= 45_000 - 9_000
    cutting.pictures(5)
    assert [piece.segment.duration for piece in cutting.pieces] == [1_600_000, 2_000_000]


def test_other_parameter_sets_always_cut_and_are_told_as_a_discontinuity() -> None:
    cutting = Cutting().pictures(4).pictures(1)
    cutting.at -= 36_000
    cutting.pictures(4, data=OTHER).pictures(4, data=OTHER).pictures(1, data=OTHER)
    assert [piece.segment.discontinuity for piece in cutting.pieces] == [False, False, True, False]
    assert cutting.pieces[1].segment.duration == 100_000


def test_other_sound_parameters_are_told_as_a_discontinuity() -> None:
    cutting = Cutting().pictures(4)
    cutting.lay(Unit("video", Ticks(cutting.at), Ticks(cutting.at), True, ONE, Monotonic(0)))
    cutting.lay(Unit("audio", Ticks(cutting.at), Ticks(cutting.at), True, MONO, Monotonic(0)))
    cutting.segmenter.close(Ticks(cutting.at + 90_000))
    assert [piece.segment.discontinuity for piece in cutting.pieces] == [False, True]


def test_after_a_restart_the_first_piece_is_a_discontinuity() -> None:
    assert [piece.segment.discontinuity for piece in Cutting(first=9, continues=True).pictures(9).pieces] == [True, False]


def test_time_never_runs_backwards_and_a_step_back_is_regained_within_a_few_pieces() -> None:
    cutting = Cutting().pictures(4).pictures(24, captured_late=-1_500_000, source="backup").pictures(1, captured_late=-1_500_000)
    begins = [piece.segment.begin for piece in cutting.pieces]
    assert begins == sorted(set(begins))
    assert begins[3] == BEGIN + 7_000_000 - 1_500_000


def test_closing_tells_what_is_open() -> None:
    cutting = Cutting().pictures(2)
    cutting.segmenter.close(Ticks(cutting.at))
    assert [piece.segment.duration for piece in cutting.pieces] == [1_000_000]


def test_names_sort_as_they_play() -> None:
    names = [piece.segment.name for piece in Cutting(first=98).pictures(13).pieces]
    assert names == sorted(names)
    assert names[0] == f"source-{BEGIN + 1_000_000:017d}-00000098.ts"
