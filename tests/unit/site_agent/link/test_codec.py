import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from site_agent.link.codec import CodecError, Malformed, TooLarge, UnknownMessage, decode_from_device, decode_from_server, encode
from site_agent.link.messages import MAX_MESSAGE_BYTES, Notice, ReportItem


def test_what_is_encoded_is_decoded():
    notice = Notice(code="hi", detail="Xin chào")
    assert decode_from_server(encode(notice)) == notice


def test_sending_more_than_64_kib_is_refused():
    with pytest.raises(TooLarge):
        encode(Notice(code="big", detail="x" * MAX_MESSAGE_BYTES))


def test_an_oversized_message_is_refused_before_it_is_parsed():
    with pytest.raises(TooLarge):
        decode_from_device(b"{" * (MAX_MESSAGE_BYTES + 1))


def test_deep_nesting_is_malformed_and_no_crash():
    deep = '{"type":"report","items":[{"id":"i","kind":"k","occurred_at":1,"fields":{"a":' + "[" * 30_000 + "]" * 30_000 + "}}]}"
    with pytest.raises(Malformed):
        decode_from_device(deep)


def test_an_unknown_type_says_its_name():
    with pytest.raises(UnknownMessage) as caught:
        decode_from_server('{"type":"cue_dance"}')
    assert caught.value.message_type == "cue_dance"


def test_a_lone_surrogate_is_malformed():
    with pytest.raises(Malformed):
        decode_from_device("\ud800")


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_no_bytes_raise_anything_but_codec_errors(data):
    for decode in (decode_from_device, decode_from_server):
        try:
            decode(data)
        except CodecError:
            pass


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    ),
    st.sampled_from(["hello", "report", "heartbeat", "cue_receipt"]),
)
def test_no_object_of_a_known_type_raises_anything_but_codec_errors(value, message_type):
    try:
        decode_from_device(
            msgspec.json.encode({"type": message_type, "items": value, "proof": value, "seq": value, "receipt": value})
        )
    except CodecError:
        pass


def test_report_fields_keep_what_was_typed():
    item = ReportItem(
        id="1", kind="declare_chair", occurred_at=1, fields={"substitute": {"name": "Họ và tên"}, "as_planned": False}
    )
    assert msgspec.json.decode(msgspec.json.encode(item), type=ReportItem) == item
