"""Paths through latent space, and arithmetic in it."""

import itertools
import math

import pytest
import torch

from explorer.latent import latents, paths


@pytest.fixture
def keyframes():
    return torch.randn(5, 100, generator=torch.Generator().manual_seed(0))


def path(keyframes, frames, method, loop=False):
    return paths.along(keyframes, paths.positions(frames, len(keyframes), loop), method, loop)


@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("frames", [5, 6, 7, 11, 60, 239])
def test_every_keyframe_is_a_frame_and_the_steps_are_even(frames, loop):
    where = paths.positions(frames, 5, loop)
    assert len(where) == frames
    assert [at for at in where if at == int(at)] == list(range(5))
    steps = [later - earlier for earlier, later in itertools.pairwise([*where, 5.0] if loop else where)]
    assert min(steps) > 0
    per_stretch = [sum(1 for at in where if index <= at < index + 1) for index in range(4)]
    assert max(per_stretch) - min(per_stretch) <= 1


@pytest.mark.parametrize(("frames", "keyframes"), [(4, 5), (1, 2), (5, 1), (0, 0)])
def test_too_few_frames_or_keyframes_are_refused(frames, keyframes):
    with pytest.raises(ValueError, match="cannot lead through"):
        paths.positions(frames, keyframes)


@pytest.mark.parametrize("loop", [False, True])
@pytest.mark.parametrize("method", paths.METHODS)
def test_every_method_meets_every_keyframe_to_the_bit(keyframes, method, loop):
    frames = path(keyframes, 23, method, loop)
    assert frames.shape == (23, 100) and frames.dtype == keyframes.dtype
    where = paths.positions(23, 5, loop)
    for number, keyframe in enumerate(keyframes):
        assert torch.equal(frames[where.index(number)], keyframe)
    near = paths.along(keyframes, [number + sign * 1e-9 for number in (1, 2, 3) for sign in (-1, 1)], method, loop)
    assert torch.allclose(near, keyframes[[1, 1, 2, 2, 3, 3]], atol=1e-5)


@pytest.mark.parametrize("method", paths.METHODS)
def test_a_loop_closes_without_showing_a_frame_twice(keyframes, method):
    frames = path(keyframes, 50, method, loop=True)
    assert torch.equal(paths.along(keyframes, [5.0], method, loop=True)[0], keyframes[0])
    steps = (frames.roll(-1, 0) - frames).norm(dim=1)
    assert steps.min() > 0.1 and steps.max() < 4
    assert len({tuple(frame) for frame in frames.tolist()}) == 50


@pytest.mark.parametrize("method", paths.METHODS)
@pytest.mark.parametrize("loop", [False, True])
def test_two_keyframes_suffice(keyframes, method, loop):
    frames = path(keyframes[:2], 8, method, loop)
    assert torch.equal(frames[0], keyframes[0]) and torch.equal(frames[4 if loop else -1], keyframes[1])
    assert torch.isfinite(frames).all()


def test_the_straight_line_is_short_in_the_middle_and_the_sphere_is_not(keyframes):
    ends = keyframes[:2]
    norms = ends.norm(dim=1)
    middle = {method: paths.along(ends, [0.5], method).norm().item() for method in paths.METHODS}
    assert middle["slerp"] == pytest.approx(norms.mean().item(), rel=1e-5)
    assert middle["lerp"] == pytest.approx(ends.mean(0).norm().item(), rel=1e-5)
    assert middle["lerp"] < 0.8 * middle["slerp"]


def test_the_norm_goes_evenly_and_the_direction_turns_evenly_on_the_sphere(keyframes):
    ends = torch.stack([keyframes[0], 3 * keyframes[1]])
    frames = path(ends, 9, "slerp")
    norms, wanted = frames.norm(dim=1), torch.linspace(ends[0].norm(), ends[1].norm(), 9)
    assert torch.allclose(norms, wanted, rtol=1e-5)
    turned = torch.nn.functional.cosine_similarity(frames[:-1].double(), frames[1:].double()).acos()
    assert torch.allclose(turned, turned.mean(), rtol=1e-4)


def test_parallel_vectors_only_change_their_length(keyframes):
    ends = torch.stack([keyframes[0], 2 * keyframes[0]])
    assert torch.allclose(path(ends, 5, "slerp"), path(ends, 5, "lerp"), atol=1e-5)
    assert torch.equal(path(keyframes[[0, 0]], 4, "slerp"), keyframes[[0] * 4])


def test_opposite_vectors_go_round_the_origin_always_the_same_way(keyframes):
    ends = torch.stack([keyframes[0], -keyframes[0]])
    frames = path(ends, 9, "slerp")
    assert torch.allclose(frames.norm(dim=1), ends[0].norm(), rtol=1e-5)
    assert torch.equal(frames, path(ends, 9, "slerp"))
    assert torch.isfinite(path(ends[:, :1], 9, "slerp")).all()


def test_a_zero_vector_grows_in_the_direction_of_the_other(keyframes):
    ends = torch.stack([torch.zeros(100), keyframes[0]])
    for each in (ends, ends.flip(0)):
        assert torch.allclose(path(each, 5, "slerp"), path(each, 5, "lerp"), atol=1e-5)
    assert torch.equal(path(torch.zeros(2, 100), 5, "slerp"), torch.zeros(5, 100))


@pytest.mark.parametrize("loop", [False, True])
def test_only_the_spline_turns_no_corner_at_a_keyframe(keyframes, loop):
    def corner(method):
        """How much the velocity jumps at the third keyframe, against its length."""
        step = 1e-4
        before, here, after = paths.along(keyframes.double(), [2 - step, 2.0, 2 + step], method, loop)
        return ((after - here) - (here - before)).norm() / (after - before).norm()

    assert corner("spline") < 1e-3
    assert corner("lerp") > 0.1 and corner("slerp") > 0.1


def test_an_unknown_method_is_refused(keyframes):
    with pytest.raises(ValueError, match="none of slerp, lerp, spline"):
        paths.along(keyframes, [0.5], "nearest")


def test_a_mean_is_plain_and_its_norm_can_be_restored(keyframes):
    mean = latents.average(keyframes)
    assert torch.allclose(mean, keyframes.mean(0), atol=1e-6)
    assert mean.norm() < 0.6 * keyframes.norm(dim=1).mean()
    assert latents.with_norm(mean).norm().item() == pytest.approx(10, rel=1e-5)
    assert latents.with_norm(keyframes, 2.0).norm(dim=1) == pytest.approx(torch.full((5,), 2.0))
    assert torch.equal(latents.with_norm(torch.zeros(3)), torch.zeros(3))


def test_weights_of_a_mean_are_shares(keyframes):
    assert torch.allclose(latents.average(keyframes[:2], [3, 1]), 0.75 * keyframes[0] + 0.25 * keyframes[1], atol=1e-6)
    for weights, sentence in (([1, -1], "add up to 0"), ([1], "1 numbers for 2 vectors")):
        with pytest.raises(ValueError, match=sentence):
            latents.average(keyframes[:2], weights)


def test_vectors_are_added_and_taken_away(keyframes):
    a, b, c = keyframes[:3]
    assert torch.allclose(latents.combine(keyframes[:3], [1, -1, 1]), a - b + c, atol=1e-5)
    assert torch.allclose(latents.combine(keyframes[:3], [1, -1, 1]), latents.average(keyframes[:3], [1, -1, 1]))
    assert math.isclose(latents.combine(keyframes[:1], [0]).norm().item(), 0)
