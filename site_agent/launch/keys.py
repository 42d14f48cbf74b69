"""Which 32 bytes are an Ed25519 public key that may be trusted. RFC 8032 §5.1.3.

OpenSSL takes any 32 bytes for a key. Under a point of small order one signature fits many messages, and a point spelled
in two ways is one device with two ids: neither is ever anybody's honest key. Asked once for each key, at enrolment, when
it is trusted, when a warrant names it and when a device pins it; not in the path of an order.
"""

from functools import lru_cache

from site_agent.launch.signed import BadSignature, decode_bytes, encode_bytes
from site_agent.units import PublicKey

KEY_BYTES = 32

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_EIGHTH = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
"""y of two points of order 8; of the other two it is the negative."""
_SMALL = frozenset({0, 1, _P - 1, _EIGHTH, _P - _EIGHTH})
"""y of the eight points of small order: of order 4 (0), 1 (1), 2 (−1) and 8."""


@lru_cache(maxsize=4_096)
def is_sound(public: PublicKey) -> bool:
    """Whether it is the one spelling of a point of the curve that is not of small order."""
    try:
        raw = decode_bytes(public)
    except BadSignature:
        return False
    if len(raw) != KEY_BYTES or encode_bytes(raw) != public:
        return False
    number = int.from_bytes(raw, "little")
    y = number & (2**255 - 1)
    # x is 0 for y = ±1 only, both small: its sign needs no look.
    return y < _P and y not in _SMALL and _is_on_curve(y)


def _is_on_curve(y: int) -> bool:
    """Whether (y² − 1) / (dy² + 1) is a square: the candidate root of RFC 8032 §5.1.3, step 2."""
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    root = u * pow(v, 3, _P) * pow(u * pow(v, 7, _P), (_P - 5) // 8, _P) % _P
    return v * root * root % _P in (u, _P - u)
