"""The commands of train/README.md do what it says, from a folder of pictures to a published model."""

import re
import shlex
from pathlib import Path

import models_zoo
import train.__main__
from tests.train.collected import folder, numbered
from train.__main__ import main

README = Path(train.__main__.__file__).with_name("README.md")
SMALL = {
    "dcgan": "--steps 2 --batch-size 4 --device cpu --eval-every 0 --widths 8 8 8 8 --discriminator-widths 8 8 8 8",
    "export": "--samples 8 --zoo zoo",
    "evaluate": "--samples 8",
}
"""What makes a command small enough for a test."""


def own_pictures():
    """The commands of the section about pictures of one's own, as lists of words."""
    section = README.read_text(encoding="utf-8").split("## Pictures of your own")[1]
    lines = re.search(r"```sh\n(.*?)```", section, re.S)[1].splitlines()
    return [shlex.split(line, comments=True) for line in lines]


def test_a_folder_of_pictures_becomes_a_published_model(tmp_path, monkeypatch, capsys):
    folder(tmp_path / "photos", numbered("{}.jpg", 40))
    monkeypatch.chdir(tmp_path)
    published = []
    monkeypatch.setattr(train.__main__.hub, "publish", lambda model, repo, private: published.append((model, repo)))
    commands = [words for words in own_pictures() if words[:3] == ["python", "-m", "train"]]
    done = []
    for name, *words in (words[3:] for words in commands):
        # The model is not to lie among the bundled ones.
        words = ["zoo/my-photos" if word == "my-photos" and name != "export" else word for word in words]
        assert main([name, *words, *SMALL.get(name, "").split()]) == 0, capsys.readouterr().err
        done.append(name)
    assert done == ["check", "dcgan", "dcgan", "export", "evaluate", "publish"]
    card = models_zoo.load("zoo/my-photos", "cpu").card
    assert (card.title["en"], card.licences["data"], card.trained_on["en"]) == ("My photos", "CC BY 4.0", "Taken by me")
    assert published == [("zoo/my-photos", "user/my-photos")]
    assert Path("seen.png").is_file() and Path("check.png").is_file()
