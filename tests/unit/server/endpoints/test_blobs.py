import hashlib

from server.ceremony.rules import Role

CONTENT = "pháo hoa".encode() * 50_000
NAME = hashlib.sha256(CONTENT).hexdigest()


async def put(door, name, content, role=Role.TECH):
    async with door.client.put(f"/api/v1/blobs/{name}", data=content, headers=door.headers(role)) as answer:
        return answer.status, await answer.json()


async def test_bytes_are_kept_under_their_hash_and_served_for_ever(door):
    assert await put(door, NAME, CONTENT) == (200, {"sha256": NAME, "bytes": len(CONTENT)})
    assert (await put(door, NAME, CONTENT))[0] == 200
    async with door.client.get(f"/api/v1/blobs/{NAME}", headers=door.headers(Role.HOST)) as answer:
        assert await answer.read() == CONTENT
        assert "immutable" in answer.headers["Cache-Control"]
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment"


async def test_bytes_with_another_hash_leave_nothing_behind(door, tmp_path):
    status, told = await put(door, "0" * 64, CONTENT)
    assert (status, told["code"]) == (400, "wrong_hash")
    assert list((tmp_path / "blobs").iterdir()) == []


async def test_a_file_over_the_limit_is_refused(door, monkeypatch):
    monkeypatch.setattr("server.endpoints.blobs.MAX_BLOB_BYTES", 1000)
    assert (await put(door, NAME, CONTENT))[0] == 413


async def test_a_name_that_is_no_hash_reaches_no_file(door, tmp_path):
    (tmp_path / "master.key").write_bytes(b"x")
    for name in ("..%2Fmaster.key", "x", NAME.upper()):
        async with door.client.get(f"/api/v1/blobs/{name}", headers=door.headers(Role.ADMIN)) as answer:
            assert answer.status == 404
