"""Directions in latent space, on a generator whose attributes are known."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

import models_zoo
from models_zoo import ZooError, pool
from models_zoo import directions as kept
from models_zoo.card import read
from models_zoo.checkpoint import LatentModel
from models_zoo.directions import Direction
from models_zoo.pool import judged
from models_zoo.stylegan import StyleGAN
from train.__main__ import main
from train.publishing import directions

NAMES = ("Bald", "Eyeglasses", "Male", "Smiling")


class Linear(LatentModel):
    """Draws z itself, as a row of pixels; attribute k is pixel k, and glasses come with men."""

    latent_size = 8

    def __init__(self):
        super().__init__()
        self.generator = nn.Linear(8, 8, bias=False)
        self.generator.weight.data = torch.diag(torch.arange(8.0) + 1)

    def generate(self, z):
        return z[:, None, None]


class Reader:
    card = SimpleNamespace(classes=NAMES)
    exclusive = False

    def classify(self, x):
        z = x[:, 0, 0]
        return 10 * torch.stack([z[:, 0], z[:, 1] + 0.5 * z[:, 2] - 0.5, z[:, 2], z[:, 3]], 1)


class Pixels(Reader):
    """Reads attributes off four pixels of a tiny picture."""

    def classify(self, x):
        return x[:, 0, 14, 10:14]


@pytest.fixture
def found(monkeypatch):
    monkeypatch.setattr(directions, "SAMPLES", 4000)
    pool = judged(Linear(), Reader(), 4000)
    return {d.name: d for d in directions.attribute_directions(Linear(), Reader(), pool)}


def test_an_attribute_is_changed_and_the_others_are_left(found):
    assert set(found) == {"Eyeglasses", "Male", "Smiling"}
    for name, direction in found.items():
        changed = {key: entry["value"] for key, entry in direction.metrics.items()}
        assert changed.pop("changed") >= directions.ENOUGH
        assert set(changed) == {f"changed/{other}" for other in found if other != name}
        assert max(changed.values()) <= 0.05
    # A man gets no glasses by becoming more of a man.
    assert abs(found["Male"].vector[1]) > 0.2 * abs(found["Male"].vector[2])


def test_a_slider_is_as_long_as_it_takes():
    z = Linear().latents(range(300))
    smile = torch.eye(8)[3]
    reach, (smiles, men) = directions.reached(Linear(), Reader(), [3, 2], z, smile)
    # Who is within that reach of a smile, or of none, changes; nobody becomes a man.
    assert smiles == pytest.approx((z[:, 3].abs() < reach).float().mean().item()) and men == 0
    assert smiles >= directions.ENOUGH > (z[:, 3].abs() < reach - 0.25).float().mean()
    # What no slider reaches gets the longest.
    reach, (bald, _) = directions.reached(Linear(), Reader(), [0, 2], z, smile)
    assert (reach, bald) == (directions.REACHES[-1], 0)


def test_the_way_that_harms_least_is_taken(monkeypatch):
    monkeypatch.setattr(directions, "WEIGHTS", (1.0, 2.0, 3.0))
    smile, man, nothing = torch.eye(8)[[3, 2, 5]]
    ways = {1.0: (smile + man) / 2**0.5, 2.0: smile, 3.0: nothing}
    monkeypatch.setattr(directions, "steered", lambda *_, weight: ways[weight])
    z = torch.zeros(6, 8)
    # The first makes men of women; the last harms nothing, but nobody smiles.
    assert directions._guarding(Linear(), Reader(), [3, 2], z, z[:, :2] > 0, man) is smile


def test_what_varies_most_comes_first():
    first, second, *rest = directions.principal_directions(Linear())
    assert [first.name, second.name] == ["1", "2"] and len(rest) == 6
    assert torch.tensor(first.vector).abs().argmax() == 7
    assert torch.tensor(first.vector).norm() == pytest.approx(3)


def test_principal_directions_of_a_stylegan_are_those_of_z_along_which_w_varies_most(monkeypatch):
    monkeypatch.setattr(directions, "SAMPLES", 500)
    torch.manual_seed(0)
    model = StyleGAN(16, latent_size=6, widths=(4, 4, 4), discriminator_widths=(4, 4, 4), w_size=6, mapping_depth=1)
    # A mapping network that is linear where nothing is negative: it stretches the third coordinate.
    layer = model.generator.mapping.layers[0]
    layer.weight.data = torch.eye(6)
    layer.weight.data[2] *= 9
    layer.bias.data.fill_(1e4)
    first, *rest = directions.principal_directions(model)
    assert len(rest) == 5 and abs(first.vector[2]) == pytest.approx(3, abs=0.1)


def test_directions_come_back_as_they_were_written(found, tmp_path):
    kept.write(tmp_path, list(found.values()))
    again = kept.read(tmp_path, 8)
    assert [d.name for d in again] == list(found)
    for direction in again:
        assert direction.vector == pytest.approx(found[direction.name].vector)
        assert direction.metrics == found[direction.name].metrics and direction.title["ko"]
    assert kept.read(tmp_path / "nowhere", 8) == []


def test_directions_of_another_model_and_damaged_ones_are_refused(tmp_path):
    kept.write(tmp_path, [Direction("Smiling", "attribute", (1.0, 2.0))])
    with pytest.raises(ZooError, match="does not fit a z of 3"):
        kept.read(tmp_path, 3)
    kept.write(tmp_path, [Direction("Smiling", "attribute", (1.0, float("nan")))])
    with pytest.raises(ZooError, match="damaged"):
        kept.read(tmp_path, 2)
    kept.write(tmp_path, [Direction("Smiling", "guess", (1.0, 2.0))])
    with pytest.raises(ZooError, match="damaged"):
        kept.read(tmp_path, 2)
    (tmp_path / kept.DIRECTIONS_FILE).write_bytes(b"no tensors")
    with pytest.raises(ZooError, match="damaged"):
        kept.read(tmp_path, 2)


def test_the_command_keeps_directions_beside_the_weights(tiny_model, capsys):
    assert main(["directions", str(tiny_model)]) == 0
    assert "7 directions of tiny" in capsys.readouterr().out
    assert [d.kind for d in kept.read(tiny_model, 7)] == ["principal"] * 7


def test_the_command_keeps_what_the_judge_saw(tiny_model, capsys, monkeypatch, edit_card):
    monkeypatch.setattr(models_zoo, "find", lambda task: [SimpleNamespace(id="reader", dataset="dots", classes=NAMES)])
    real = models_zoo.load
    monkeypatch.setattr(models_zoo, "load", lambda name, device: Pixels() if name == "reader" else real(name, device))
    monkeypatch.setattr(directions, "SAMPLES", 300)
    edit_card(tiny_model, dataset="dots")
    assert main(["directions", str(tiny_model)]) == 0
    assert "300 of its pictures are sorted" in capsys.readouterr().out
    card = read(tiny_model)
    kept_pool = pool.read(tiny_model, card.sha256)
    assert kept_pool.names == NAMES and kept_pool.logits.shape == kept_pool.linear.shape == (300, 4)
    # It goes where the model goes.
    real(str(tiny_model), "cpu").save_pretrained(tiny_model.parent / "copy")
    assert (pool.read(tiny_model.parent / "copy", card.sha256).logits == kept_pool.logits).all()


def test_only_unconditional_models_have_directions(capsys):
    assert main(["directions", "judge-mnist"]) == 2
    assert "task 'judge'" in capsys.readouterr().err
