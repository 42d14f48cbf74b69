import pytest

from server.media.worker.pull import Puller, reason, script, where


def test_the_script_holds_the_url_quoted_so_that_nothing_of_it_becomes_an_option():
    text, scheme = script("rtsp://a:it's@10.0.0.1/x")
    assert scheme == "rtsp"
    assert text.decode().splitlines()[1] == "file 'rtsp://a:it'\\''s@10.0.0.1/x'"
    assert b"option rtsp_transport 'tcp'" in text


def test_encrypted_sources_are_verified():
    text, _ = script("https://nguon.example/live.m3u8")
    assert b"option tls_verify '1'" in text


def test_a_plain_path_is_a_file():
    assert script("/srv/phim.mp4")[0].splitlines()[1] == b"file 'file:/srv/phim.mp4'"


@pytest.mark.parametrize("url", ["", "gopher://x/", "concat:/etc/passwd", "rtsp://x/\nfile '/etc/passwd'", "pipe:0"])
def test_what_cannot_be_pulled_is_refused_with_words(url):
    with pytest.raises(ValueError, match="Địa chỉ nguồn"):
        script(url)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("rtsp://nguoi:matkhau@10.0.0.1:8554/bimat?token=x", "rtsp://10.0.0.1:8554"),
        ("https://nguon.example/live/bimat.m3u8?khoa=1", "https://nguon.example"),
        ("rtmp://host:99999/bimat", "rtmp://host"),
        ("/srv/bimat/phim.mp4", "tệp phim.mp4"),
    ],
)
def test_only_scheme_and_host_of_a_url_are_shown(url, shown):
    assert where(url) == shown


def test_reasons_are_words_and_never_what_ffmpeg_said():
    assert "401" in reason("rtsp://nguoi:matkhau@h/x: Server returned 401 Unauthorized (authorization failed)")
    assert "chứng chỉ" in reason("[tls @ 0x1] Peer certificate failed verification\nhttps://a:b@h: Input/output error")
    assert reason("https://a:matkhau@h: something new") == "không đọc được luồng này"
    assert reason("") == "luồng đã kết thúc"


def test_only_files_of_the_stated_folder_are_pulled_also_by_links(tmp_path):
    files = tmp_path / "files"
    files.mkdir()
    (files / "phim.mp4").touch()
    (tmp_path / "bimat.mp4").touch()
    (files / "link.mp4").symlink_to(tmp_path / "bimat.mp4")
    (tmp_path / "files-khac.mp4").touch()
    for url in (str(files / "phim.mp4"), f"file://{files}/phim.mp4", f"file:{files}/phim.mp4"):
        assert Puller(url, events=None, files=str(files)).where == "tệp phim.mp4"  # type: ignore[arg-type]
    for url in (
        "/etc/passwd",
        f"file://{files}/../bimat.mp4",
        f"FILE:{tmp_path}/bimat.mp4",
        str(files / "link.mp4"),
        str(tmp_path / "files-khac.mp4"),
        "file:phim.mp4",
        str(files),
    ):
        with pytest.raises(ValueError, match="Chỉ kéo được tệp trong"):
            Puller(url, events=None, files=str(files))  # type: ignore[arg-type]
