"""What a judge saw in a model's pictures: kept, read back, refused where damaged, and searched by traits."""

import dataclasses
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from models_zoo import ZooError, pool
from models_zoo.card import POOL_FILE
from models_zoo.pool import Pool

NAMES = ("Male", "Eyeglasses")
SEEN = Pool(NAMES, np.array([[3.0, 1.0], [2.0, 2.0], [-1.0, 5.0], [1.0, -4.0]], np.float32))


def test_pictures_show_what_was_asked_for_and_the_clearest_come_first():
    assert SEEN.order({"Male": True, "Eyeglasses": True}) == ([1, 0, 2, 3], 2)
    assert SEEN.order({"Male": False}) == ([2, 3, 1, 0], 1)
    assert SEEN.order({}) == ([0, 1, 2, 3], 4)


GLASSES = [
    {"Male": True, "Eyeglasses": True},
    {"Male": True, "Eyeglasses": False},
    {"Male": False, "Eyeglasses": False},
]


def faces(linear, men, glasses, n=100):
    """A pool of `n` pictures that all show the same, as surely, and whose linear part is `linear` in both traits."""
    logits = np.tile(np.array([3.0 if men else -3.0, 3.0 if glasses else -3.0], np.float32), (n, 1))
    return Pool(NAMES, logits, linear=np.asarray(linear, np.float32))


def test_exemplars_are_those_whose_linear_part_takes_the_sum_to_what_it_promises():
    # Promised is a woman with glasses. Picture k is the more of a woman, and the more in glasses, the larger k.
    linear = np.stack([-np.arange(100), np.arange(100)], 1)
    for row, traits in enumerate(GLASSES):
        seeds = pool.candidates(faces(linear, traits["Male"], traits["Eyeglasses"]), GLASSES, row)
        assert seeds == (list(range(60)) if row == 1 else list(range(99, 39, -1)))


def test_no_promised_trait_is_bought_with_another():
    # Picture 0 has most of the glasses but is most of a man; 1 has a little of both, and 2 has neither. That all are
    # rather men than in glasses does not count: it is the same in all pictures of the row.
    linear = np.array([[59.0, 9.0], [48.0, 1.0], [51.0, -3.0]])
    assert pool.candidates(faces(linear, True, True, 3), GLASSES, 0) == [1, 2, 0]


def test_without_a_promise_or_a_linear_part_the_clearest_are_taken():
    assert pool.candidates(SEEN, GLASSES, 0) == [1, 0]
    known = dataclasses.replace(SEEN, linear=SEEN.logits[::-1])
    unrelated = [{"Male": True, "Eyeglasses": True}, {"Male": True}, {"Eyeglasses": True}]
    assert pool.candidates(known, unrelated, 0) == [1, 0]
    assert pool.candidates(known, [{}, {}, {}], 0) == [0, 1, 2, 3]
    assert pool.candidates(known, [{"Male": False, "Eyeglasses": False}] * 3, 0) == []


def test_the_linear_part_is_what_a_plane_through_z_tells():
    z = torch.randn(500, 3, generator=torch.Generator().manual_seed(0))
    plain = (z @ torch.tensor([[1.0, 0.0], [0.0, 2.0], [0.0, 0.0]]) + 5).numpy()
    assert pool.linear_part(z, plain) == pytest.approx(plain, abs=1e-4)
    bent = plain + np.cos(9 * z.numpy()[:, :1])
    assert abs(pool.linear_part(z, bent) - plain).mean() < 0.2 < abs(bent - plain).mean()


def test_a_pool_comes_back_as_it_was_written_for_these_weights_alone(tmp_path):
    assert pool.read(tmp_path, "a") is None
    pool.write(tmp_path, SEEN, "a")
    again = pool.read(tmp_path, "a")
    assert again.names == NAMES and not again.exclusive and (again.logits == SEEN.logits).all()
    assert pool.read(tmp_path, "b") is None
    # As pools were kept before: without a linear part.
    assert again.linear is None
    pool.write(tmp_path, dataclasses.replace(SEEN, linear=SEEN.logits / 2), "a")
    assert (pool.read(tmp_path, "a").linear == SEEN.logits / 2).all()


def test_a_pool_is_read_without_torch(tmp_path):
    pool.write(tmp_path, dataclasses.replace(SEEN, linear=SEEN.logits), "a")
    script = f"""
import pathlib, sys
from models_zoo import pool
assert pool.read(pathlib.Path({str(tmp_path)!r}), "a").linear is not None
assert "torch" not in sys.modules"""
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize(
    "damaged",
    [
        Pool(NAMES, np.full((4, 2), np.inf, np.float32)),
        Pool(NAMES, np.zeros((4, 3), np.float32)),
        Pool(NAMES, np.zeros((0, 2), np.float32)),
        Pool((1, 2), np.zeros((4, 2), np.float32)),
        dataclasses.replace(SEEN, linear=np.zeros((3, 2), np.float32)),
        dataclasses.replace(SEEN, linear=np.full((4, 2), np.nan, np.float32)),
        None,
    ],
)
def test_a_damaged_pool_is_refused(tmp_path, damaged):
    if damaged:
        pool.write(tmp_path, damaged, "a")
    else:
        (tmp_path / POOL_FILE).write_bytes(b"no tensors")
    with pytest.raises(ZooError, match="pool of the model is damaged"):
        pool.read(tmp_path, "a")


def test_classes_are_set_against_each_other_and_attributes_stand_alone():
    logits = torch.tensor([[2.0, 0.0, -1.0], [30.0, 0.0, 0.0]])
    judge = SimpleNamespace(classify=lambda x: logits, exclusive=True)
    assert pool.log_odds(judge, None).sigmoid().numpy() == pytest.approx(logits.softmax(1).numpy(), abs=1e-6)
    judge.exclusive = False
    assert pool.log_odds(judge, None) is logits
