import msgspec
import pytest

from site_agent.units import Duration, Instant


class Told(msgspec.Struct):
    at: Instant
    took: Duration | None = None


@pytest.mark.parametrize("value", [2**53, -(2**53), 0])
def test_what_javascript_counts_exactly_is_read(value):
    told = msgspec.json.decode(msgspec.json.encode({"at": value, "took": value}), type=Told)
    assert (told.at, told.took) == (value, value)


@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 1, 10**400, 1.5, "5", True])
@pytest.mark.parametrize("field", ["at", "took"])
def test_an_instant_or_duration_beyond_it_or_of_another_kind_is_not(field, value):
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode({"at": 1, field: value}), type=Told)
