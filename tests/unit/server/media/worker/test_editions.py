"""The renditions of a piece, with an encoder that does, does late, or does not do its part."""

from collections.abc import Sequence
from dataclasses import replace

from server.media.worker.editions import FIRST_PATIENCE, PATIENCE, PROVEN, Editions
from server.media.worker.flow import Segment, Ticks, Unit
from server.media.worker.segmenter import Piece
from server.media.worker.ts_reader import TsReader
from site_agent.units import Instant, Monotonic, seconds

SECOND = 90_000


def unit(track: str, at: int, data: bytes, *, key: bool = True) -> Unit:
    return Unit(track, Ticks(at), Ticks(at), key, data, Monotonic(0))  # type: ignore[arg-type]


def picture(at: int, mark: bytes, *, key: bool) -> Unit:
    return unit("video", at, b"\x00\x00\x00\x01\x09\xf0\x00\x00\x00\x01" + (b"\x65" if key else b"\x41") + mark, key=key)


def sound(at: int) -> Unit:
    return unit("audio", at, bytes((0xFF, 0xF1, 0x4C, 0x80, 0x01, 0x1F, 0xFC)) + b"s")


def piece(number: int, *, discontinuity: bool = False) -> Piece:
    first = Ticks((1 + 2 * number) * SECOND)
    pictures = tuple(picture(first + n * SECOND, b"full", key=n == 0) for n in range(2))
    segment = Segment("source", number, Instant(number * 2_000_000), seconds(2), b"full", discontinuity, "primary")
    return Piece(segment, pictures, tuple(sound(first + n * SECOND // 2) for n in range(4)), first, Ticks(first + 2 * SECOND))


class Encoder:
    """A light rendition whose pictures come when the test says so."""

    def __init__(self) -> None:
        self.warm = True
        self.fed = True
        self.done: set[int] = set()
        self.late: set[int] = set()

    def encodes(self, piece: Piece) -> bool:
        return self.fed

    def finished(self, piece: Piece) -> bool:
        return piece.segment.number in self.done

    def take(self, piece: Piece) -> list[Unit] | None:
        if piece.segment.number not in self.done:
            return None
        return [replace(unit, data=unit.data.replace(b"full", b"low!")) for unit in piece.pictures]


class House:
    def __init__(self) -> None:
        self.encoder = Encoder()
        self.groups: list[Sequence[Segment]] = []
        self.editions = Editions(self.encoder, self.groups.append)  # type: ignore[arg-type]

    def pieces(self, *numbers: int, done: bool = True) -> "House":
        for number in numbers:
            if done:
                self.encoder.done.add(number)
            self.editions.piece(piece(number), Monotonic(0))
        return self

    def low(self) -> str:
        """Of each group told, whether the light rendition was its own (l) or the programme's (f)."""
        return "".join("l" if b"low!" in group[1].data else "f" for group in self.groups)


def test_a_group_has_every_rendition_of_one_number_begin_and_duration() -> None:
    house = House().pieces(0)
    source, low, audio = house.groups[0]
    assert [segment.rendition for segment in (source, low, audio)] == ["source", "360p", "audio"]
    assert len({(segment.number, segment.begin, segment.duration, segment.discontinuity) for segment in house.groups[0]}) == 1
    reader = TsReader(lambda: Monotonic(0))
    assert {unit.track for unit in [*reader.feed(audio.data), *reader.finish()]} == {"audio"}


def test_the_light_rendition_has_the_programmes_times_and_sound() -> None:
    house = House().pieces(0)
    reader = TsReader(lambda: Monotonic(0))
    units = [*reader.feed(house.groups[0][1].data), *reader.finish()]
    assert [unit.pts for unit in units if unit.track == "video"] == [SECOND, 2 * SECOND]
    assert b"low!" in house.groups[0][1].data


def test_a_piece_waits_for_its_light_rendition_and_is_told_when_it_is_done() -> None:
    house = House().pieces(0, done=False)
    assert house.groups == []
    house.encoder.done.add(0)
    house.editions.advance(Monotonic(100_000))
    assert house.low() == "l"


def test_after_its_patience_the_programmes_own_pictures_stand_in() -> None:
    house = House().pieces(0, done=False)
    house.editions.advance(Monotonic(PATIENCE - 1))
    assert house.groups == []
    house.editions.advance(PATIENCE)  # type: ignore[arg-type]
    assert house.low() == "f"


def test_an_encoder_that_has_just_begun_gets_more_time() -> None:
    house = House()
    house.encoder.warm = False
    house.pieces(0, done=False)
    house.editions.advance(Monotonic(PATIENCE))
    assert house.groups == []
    house.editions.advance(Monotonic(FIRST_PATIENCE))
    assert house.low() == "f"


def test_nothing_waits_for_an_encoder_that_was_not_fed() -> None:
    house = House()
    house.encoder.fed = False
    assert house.pieces(0, done=False).low() == "f"


def test_there_and_back_every_rendition_carries_a_discontinuity() -> None:
    house = House().pieces(0, 1)
    house.encoder.fed = False
    house.pieces(2, 3, done=False)
    house.encoder.fed = True
    house.pieces(4, 5, 6, 7)
    assert house.low() == "llff" + "f" * (PROVEN - 1) + "ll"
    assert [group[0].discontinuity for group in house.groups] == [False, False, True, False, False, False, True, False]
    assert all(len({segment.discontinuity for segment in group}) == 1 for group in house.groups)


def test_the_programmes_own_discontinuity_is_told_in_every_rendition() -> None:
    house = House()
    house.encoder.done.add(0)
    house.editions.piece(piece(0, discontinuity=True), Monotonic(0))
    assert [segment.discontinuity for segment in house.groups[0]] == [True, True, True]


def test_closing_tells_what_waits() -> None:
    house = House().pieces(0, 1, done=False)
    house.editions.close()
    assert [group[0].number for group in house.groups] == [0, 1]
