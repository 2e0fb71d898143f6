"""Collections of small pictures as folders and archives, for the tests of what they are recognised as."""

import io
import tarfile
import zipfile

import numpy as np
from PIL import Image


def picture(number=0, size=(16, 16), kind="PNG"):
    """The bytes of a picture; another one for each number."""
    colours = np.random.default_rng(number).integers(0, 256, (size[1], size[0], 3), np.uint8)
    file = io.BytesIO()
    Image.fromarray(colours).save(file, kind)
    return file.getvalue()


def files(*names, size=(16, 16)):
    """Names of pictures, and their bytes."""
    return {name: picture(number, size) for number, name in enumerate(names)}


def numbered(pattern, count, size=(16, 16)):
    return files(*(pattern.format(number) for number in range(count)), size=size)


def folder(path, content):
    """Write `content`, bytes or text by name, below `path`."""
    for name, data in content.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def zipped(path, content):
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return path


def tarred(path, content):
    with tarfile.open(path, "w:gz" if path.name.endswith("gz") else "w") as archive:
        for name, data in content.items():
            data = data if isinstance(data, bytes) else data.encode()
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path
