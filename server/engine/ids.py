"""Ids of commands: new ones, and their 16-byte form for indexes."""

import re

import uuid_utils

from server.ceremony.rules import derived_id
from site_agent.units import CommandId

_UUID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def new_id() -> CommandId:
    """A fresh UUIDv7: ordered by time, so that indexes grow at their end."""
    return CommandId(str(uuid_utils.uuid7()))


def id_key(command: str) -> bytes | None:
    """The 16 bytes of an id, or None if it is not a UUID in lower case with dashes (one id has one spelling)."""
    return bytes.fromhex(command.replace("-", "")) if _UUID.fullmatch(command) else None


__all__ = ["derived_id", "id_key", "new_id"]
