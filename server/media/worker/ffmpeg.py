"""Where this machine's ffmpeg is: the system's where there is one, else the one that imageio-ffmpeg brings."""

import shutil
from functools import cache


class NoFfmpeg(Exception):
    """Neither the system nor imageio-ffmpeg has an ffmpeg."""


@cache
def ffmpeg_path() -> str:
    """Path of the program.

    Raises:
        NoFfmpeg: there is none; the words say what to install.

    """
    if found := shutil.which("ffmpeg"):
        return found
    try:
        import imageio_ffmpeg  # type: ignore[import-untyped]  # noqa: PLC0415 -- only where the system has none; the package is large

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise NoFfmpeg("Máy này chưa có ffmpeg: cài gói ffmpeg của hệ điều hành, hoặc `pip install imageio-ffmpeg`.") from error
