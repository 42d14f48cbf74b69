"""HLS over TLS, with certificates that are right and wrong."""

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from server.media.worker.hls_door import HlsDoor


def certificate(folder: Path, name: str) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + private)
    return path


@asynccontextmanager
async def served(pem: Path, pages: dict[str, str]) -> AsyncIterator[str]:
    async def answer(request: web.Request) -> web.Response:
        text = pages.get(request.path)
        if text is not None and text.startswith("→"):
            raise web.HTTPFound(text[1:])
        return web.Response(status=404) if text is None else web.Response(text=text)

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server = TestServer(application, scheme="https", host="127.0.0.1")
    await server.start_server(ssl=context)
    try:
        yield f"https://127.0.0.1:{server.port}"
    finally:
        await server.close()


@pytest.fixture
def right(tmp_path) -> Path:
    return certificate(tmp_path, "right")


@pytest.fixture
def wrong(tmp_path) -> Path:
    return certificate(tmp_path, "wrong")


async def fetched(door: HlsDoor, url: str) -> tuple[int, str]:
    async with ClientSession() as client, client.get(url) as answer:
        return answer.status, await answer.text()


async def test_every_uri_of_a_playlist_leads_through_the_door_and_pieces_of_an_unknown_host_are_refused(right, wrong):
    pages: dict[str, str] = {"/a.ts": "piece", "/key": "sixteen bytes..."}
    async with served(right, pages) as good, served(wrong, {"/b.ts": "forged"}) as bad:
        pages["/live.m3u8"] = f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="key"\na.ts\n{bad}/b.ts\nhttp://127.0.0.1/c.ts\n'
        door = HlsDoor(f"{good}/live.m3u8?khoa=bimat", ssl.create_default_context(cafile=str(right)))
        playlist = await door.open()
        try:
            assert "bimat" not in playlist
            status, text = await fetched(door, playlist)
            assert status == 200
            root = playlist.rsplit("/", 2)[0]
            key, first, forged, plain = text.splitlines()[1:]
            assert first.endswith(".ts")
            assert await fetched(door, root + key.split('"')[1]) == (200, "sixteen bytes...")
            assert await fetched(door, root + first) == (200, "piece")
            assert door.problem == ""
            assert (await fetched(door, root + forged))[0] == 502
            assert "chứng chỉ" in door.problem
            assert (await fetched(door, root + plain))[0] == 404
            assert (await fetched(door, root + "/khac/x.ts"))[0] == 404
        finally:
            await asyncio.wait_for(door.close(), 10)


async def test_a_playlist_of_an_unknown_host_is_refused_in_words(right, wrong):
    async with served(wrong, {"/live.m3u8": "#EXTM3U\n"}) as bad:
        door = HlsDoor(f"{bad}/live.m3u8", ssl.create_default_context(cafile=str(right)))
        try:
            assert (await fetched(door, await door.open()))[0] == 502
            assert "chứng chỉ" in door.problem
        finally:
            await door.close()


async def test_a_long_playlist_comes_whole(right):
    pages = {"/live.m3u8": "#EXTM3U\n" + "".join(f"#EXTINF:2,\npiece-{number:06d}.ts\n" for number in range(4_000))}
    async with served(right, pages) as good:
        door = HlsDoor(f"{good}/live.m3u8", ssl.create_default_context(cafile=str(right)))
        try:
            status, text = await fetched(door, await door.open())
        finally:
            await door.close()
    assert status == 200
    assert len(text.splitlines()) == 8_001


async def test_a_source_that_leads_to_an_address_without_encryption_is_refused(right):
    async def plain(_request: web.Request) -> web.Response:
        return web.Response(text="#EXTM3U\n")

    application = web.Application()
    application.router.add_get("/live.m3u8", plain)
    inside = TestServer(application, host="127.0.0.1")
    await inside.start_server()
    async with served(right, {"/live.m3u8": f"→http://127.0.0.1:{inside.port}/live.m3u8"}) as good:
        door = HlsDoor(f"{good}/live.m3u8", ssl.create_default_context(cafile=str(right)))
        try:
            assert (await fetched(door, await door.open()))[0] == 502
            assert "không mã hóa" in door.problem
        finally:
            await door.close()
            await inside.close()
