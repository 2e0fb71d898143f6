"""What a judge saw in a model's pictures: kept, read back, refused where damaged, and searched by traits."""

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
    assert pool.clearest(SEEN.logits, NAMES, {"Male": True, "Eyeglasses": False}).tolist() == [3]


def test_a_pool_comes_back_as_it_was_written_for_these_weights_alone(tmp_path):
    assert pool.read(tmp_path, "a") is None
    pool.write(tmp_path, SEEN, "a")
    again = pool.read(tmp_path, "a")
    assert again.names == NAMES and not again.exclusive and (again.logits == SEEN.logits).all()
    assert pool.read(tmp_path, "b") is None


@pytest.mark.parametrize(
    "damaged",
    [
        Pool(NAMES, np.full((4, 2), np.inf, np.float32)),
        Pool(NAMES, np.zeros((4, 3), np.float32)),
        Pool(NAMES, np.zeros((0, 2), np.float32)),
        Pool((1, 2), np.zeros((4, 2), np.float32)),
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
