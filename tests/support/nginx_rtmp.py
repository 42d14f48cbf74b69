"""A real nginx with its RTMP module as a receiver: what a platform does with a stream, on the loopback."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

from tests.support.running import free_port

NGINX = which("nginx") or "/usr/sbin/nginx"
MODULE = Path("/usr/lib/nginx/modules/ngx_rtmp_module.so")
HAS_NGINX_RTMP = Path(NGINX).exists() and MODULE.exists()

CONFIGURATION = """
load_module {module};
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
events {{ worker_connections 256; }}
rtmp {{
    access_log {folder}/rtmp.log;
    server {{
        listen 127.0.0.1:{port};
        chunk_size 4096;
        ping 30s;
        application live {{
            live on;
            {hook}
            {extra}
            record all;
            record_path {folder}/records;
            record_unique on;
        }}
    }}
}}
http {{
    access_log off;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{http_port};
        location /stat {{ rtmp_stat all; }}
        location / {{ root {folder}/www; }}
    }}
}}
"""


@dataclass
class NginxRtmp:
    """One receiver; `start` and `kill` may be repeated, the ports stay."""

    folder: Path
    publish_hook: str | None = None
    extra: str = ""
    """Further lines of the application, e.g. `hls on; …`."""
    port: int = field(default_factory=free_port)
    http_port: int = field(default_factory=free_port)
    _process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """Where to publish, without the key."""
        return f"rtmp://127.0.0.1:{self.port}/live"

    @property
    def stat_url(self) -> str:
        """XML of what it receives."""
        return f"http://127.0.0.1:{self.http_port}/stat"

    @property
    def www(self) -> Path:
        """Folder it serves by HTTP."""
        return self.folder / "www"

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return self._process.pid if self._process is not None else None

    def records(self) -> list[Path]:
        """FLV files of what came, oldest first; one per session."""
        return sorted((self.folder / "records").glob("*.flv"), key=lambda path: path.stat().st_mtime)

    def received(self) -> int:
        """Bytes in all records so far."""
        return sum(path.stat().st_size for path in self.records())

    async def start(self) -> None:
        """Run it, and wait until it listens."""
        file = self._configure()
        self._process = await asyncio.create_subprocess_exec(NGINX, "-e", f"{self.folder}/start.log", "-c", str(file))
        async with asyncio.timeout(20):
            while not await _listens(self.port):
                if self._process.returncode is not None:
                    raise RuntimeError((self.folder / "start.log").read_text())
                await asyncio.sleep(0.02)

    def _configure(self) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o777)  # started by root, nginx may write as somebody else
        for name in ("records", "www"):
            (self.folder / name).mkdir(exist_ok=True)
        hook = f"on_publish {self.publish_hook};" if self.publish_hook else ""
        names = {"folder": self.folder, "port": self.port, "http_port": self.http_port}
        file = self.folder / "nginx.conf"
        file.write_text(CONFIGURATION.format(module=MODULE, hook=hook, extra=self.extra, **names))
        return file

    async def kill(self) -> None:
        """As if its machine's power went: SIGKILL."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def nginx_rtmp(folder: Path, publish_hook: str | None = None, extra: str = "") -> AsyncIterator[NginxRtmp]:
    """A running receiver with its files in `folder`; gone afterwards."""
    server = NginxRtmp(folder, publish_hook, extra)
    await server.start()
    try:
        yield server
    finally:
        await server.kill()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
