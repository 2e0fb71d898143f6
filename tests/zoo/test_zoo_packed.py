"""Weights in eight bits: half as large, the same to within a rounding, and nothing else touched."""

import torch

from models_zoo import packed


def test_large_weights_come_back_to_within_half_a_step_of_each_row():
    weight = (
        torch.randn(64, 16, 3, 3, generator=torch.Generator().manual_seed(0))
        * torch.logspace(-3, 1, 64)[:, None, None, None]
    )
    weight[5] = 0
    stored = packed.pack({"weight": weight})
    assert stored["weight"].dtype == torch.int8
    again = packed.unpack(stored)
    assert list(again) == ["weight"] and again["weight"].dtype == torch.float32
    step = weight.flatten(1).abs().amax(1) / packed.LEVELS
    error = (again["weight"] - weight).flatten(1).abs().amax(1)
    assert (error <= 0.56 * step).all() and (again["weight"][5] == 0).all()


def test_small_tensors_and_whole_numbers_stay_as_they_are():
    tensors = {"bias": torch.randn(5000), "small": torch.randn(4, 4), "seen": torch.tensor(7)}
    stored = packed.pack(tensors)
    assert {value.dtype for value in stored.values()} == {torch.float16, torch.int64}
    again = packed.unpack(stored)
    assert again.keys() == tensors.keys() and again["seen"] == 7
    assert torch.equal(again["small"], tensors["small"].half().float())


def test_weights_that_are_not_finite_are_left_for_whoever_refuses_them():
    weight = torch.full((64, 64), torch.nan)
    assert torch.isnan(packed.pack({"weight": weight})["weight"]).all()


def test_factors_without_their_weight_stay_strangers():
    assert list(packed.unpack({"a:scale": torch.ones(3)})) == ["a:scale"]
