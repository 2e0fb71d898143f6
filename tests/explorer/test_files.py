"""Files for visitors: written where only their address leads, and deleted after an hour."""

import os
import time
from pathlib import Path

from explorer.pictures import files


def test_files_can_be_fetched_for_an_hour_and_are_deleted_then(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    old, young = (Path(files.saved("a.png", content)) for content in (b"old", b"young"))
    past = time.time() - files.LIFETIME - 60
    os.utime(old.parent, (past, past))
    files.sweep()
    assert not old.exists() and young.read_bytes() == b"young"
    files.sweep()
    assert young.exists()


def test_the_oldest_go_first_where_all_take_too_much_and_other_pages_keep_theirs(tmp_path, monkeypatch):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    mine, theirs = tmp_path / "mine" / "a.png", tmp_path / "theirs" / "a.png"
    for upload in (mine, theirs):
        upload.parent.mkdir()
        upload.write_bytes(bytes(1000))
    result = Path(files.saved("b.png", bytes(1000)))
    past = time.time() - 60
    for folder, age in ((mine.parent, past), (theirs.parent, past - 2 * files.LIFETIME)):
        os.utime(folder, (age, age))
    files.sweep({str(mine)}, most=1500)
    assert not mine.exists() and theirs.exists() and result.exists()
