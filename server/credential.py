"""How programs of the same user reach the running server: DATA/credential.json, mode 0600, there while it runs."""

import os
from pathlib import Path

import msgspec

CREDENTIAL = "credential.json"


class Credential(msgspec.Struct, frozen=True):
    """How programs of the same user reach the running server; the file has mode 0600."""

    url: str
    token: str


class Unreachable(Exception):
    """No server can be asked; words for the person at the terminal."""


def read_credential(data: Path) -> Credential:
    """The running server's credential.

    Raises:
        Unreachable: it is not there, or not ours to read.

    """
    try:
        return msgspec.json.decode((data / CREDENTIAL).read_bytes(), type=Credential)
    except FileNotFoundError:
        raise Unreachable("Một tiến trình khác đang giữ dữ liệu mà chưa sẵn sàng trả lời. Hãy thử lại sau vài giây.") from None
    except (OSError, msgspec.MsgspecError) as error:
        raise Unreachable(f"Không đọc được {data / CREDENTIAL}: {error}") from error


def write_credential(data: Path, credential: Credential) -> None:
    """Leave the credential for verbs, readable by the owner alone from its first byte on."""
    path = data / CREDENTIAL
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(credential))


def remove_credential(data: Path) -> None:
    """The server stops: verbs look after themselves."""
    (data / CREDENTIAL).unlink(missing_ok=True)
