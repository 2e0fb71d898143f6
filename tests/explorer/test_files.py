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
