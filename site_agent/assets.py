"""Files of the plan, by hash: fetched when a cue is prepared, so that nothing has to be fetched at the launch."""

import asyncio
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import structlog

from site_agent.api import Api, ApiError
from site_agent.launch.objects import Asset

_AGAIN_S = 5.0

log = structlog.get_logger(__name__)


class Assets:
    """The folder of assets. A file there is whole: it gets its name after its hash was checked."""

    def __init__(self, folder: Path, api: Api) -> None:
        self._folder = folder
        self._api = api
        self._task: asyncio.Task[None] | None = None

    def want(self, assets: Sequence[Asset], changed: Callable[[frozenset[str]], None]) -> None:
        """Fetch what is missing; `changed` is told the names still missing, at once and after each."""
        self.stop()
        self._task = asyncio.get_running_loop().create_task(self._fetch_all(assets, changed))

    def stop(self) -> None:
        """Stop fetching."""
        if self._task is not None:
            self._task.cancel()

    async def _fetch_all(self, assets: Sequence[Asset], changed: Callable[[frozenset[str]], None]) -> None:
        missing = await asyncio.to_thread(self._missing, assets)
        changed(frozenset(asset.name for asset in missing))
        while missing:
            for asset in list(missing):
                if await self._fetch(asset):
                    missing.remove(asset)
                    changed(frozenset(left.name for left in missing))
            if missing:
                await asyncio.sleep(_AGAIN_S)

    def _missing(self, assets: Sequence[Asset]) -> list[Asset]:
        return [asset for asset in assets if not (self._folder / asset.sha256).exists()]

    async def _fetch(self, asset: Asset) -> bool:
        try:
            data = await self._api.get_bytes(f"/api/v1/blobs/{asset.sha256}")
            if hashlib.sha256(data).hexdigest() != asset.sha256:
                log.warning("asset.wrong_hash", asset=asset.name)
                return False
            await asyncio.to_thread(self._keep, asset, data)
        except (ApiError, OSError) as error:
            log.warning("asset.not_fetched", asset=asset.name, error=str(error))
            return False
        return True

    def _keep(self, asset: Asset, data: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        new = self._folder / f"{asset.sha256}.new"
        new.write_bytes(data)
        new.rename(self._folder / asset.sha256)
