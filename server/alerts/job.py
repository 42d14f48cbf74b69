"""What the server and its sending child say to each other: one job in, one line a gateway out."""

from enum import StrEnum

import msgspec


class Outcome(StrEnum):
    """What became of a message at a gateway."""

    SENT = "sent"
    FAILED = "failed"
    BAD_URL = "bad_url"
    TIMEOUT = "timeout"


OUTCOME_WORDS = {
    Outcome.SENT: "đã gửi",
    Outcome.FAILED: "kênh từ chối hoặc không tới được",
    Outcome.BAD_URL: "địa chỉ không dùng được với Apprise",
    Outcome.TIMEOUT: "quá lâu không trả lời",
}


class Target(msgspec.Struct, frozen=True):
    """A gateway, with its secret."""

    name: str
    url: str

    def __repr__(self) -> str:
        return f"Target({self.name!r})"


class Job(msgspec.Struct, frozen=True):
    """One message for several gateways; `kind` is Apprise's: info, success, warning or failure."""

    targets: tuple[Target, ...]
    title: str
    body: str
    kind: str = "info"


class Sent(msgspec.Struct, frozen=True):
    """One gateway's outcome."""

    name: str
    outcome: Outcome
