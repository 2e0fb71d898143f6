"""A few steps that leave nothing behind: how long a step takes on average, and which pictures discriminators see."""

import pytest
import torch

from train.contract import variants
from train.data import chosen
from train.loop import rehearsal, trainer


def tried(name="gan", **options):
    config = variants()[name].Config(batch_size=4, device="cpu", dry_run=True, **options)
    return name, variants()[name](config), chosen.synthetic(config, 8, 8)


def test_phases_that_are_seldom_due_count_for_their_share(monkeypatch):
    costs = {"generator": 3.0, "discriminator": 2.0, "r1": 8.0}
    spent = [0.0]

    def step(run, batch):
        spent[0] += sum(costs[phase.name] for phase in run.variant.phases)
        return {}

    monkeypatch.setattr(trainer, "step", step)
    monkeypatch.setattr(rehearsal.time, "perf_counter", lambda: spent[0])
    seconds = rehearsal.seconds_per_step(*tried(preset="lecture", r1=1.0, r1_every=16))
    assert seconds == pytest.approx(3 + 2 + 8 / 16)


def test_a_rehearsal_trains_for_real_and_leaves_no_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert 0 < rehearsal.seconds_per_step(*tried(preset="lecture")) < 60
    assert not list(tmp_path.iterdir())


def test_the_pictures_are_the_batchs_own_where_nothing_changes_them():
    name, variant, data = tried(preset="lecture")
    shown = rehearsal.seen(name, variant, data)
    # Real and generated ones in one pass, of which the first half is shown as it is.
    known = data.train.images.float().div(127.5).sub(1)
    real = [image for image in shown if any(torch.allclose(image, each, atol=1e-5) for each in known)]
    assert len(shown) == 8 and len(real) == 4
