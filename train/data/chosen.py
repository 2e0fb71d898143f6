"""The data that a run's options choose: a data set by name, or pictures of the user's own."""

from __future__ import annotations

from train.config import CommonConfig
from train.data import datasets, own
from train.data.dataset import Dataset, Shape


def shape(config: CommonConfig) -> Shape:
    """The shape of the data; raises `TrainError` where pictures of one's own do not fit the variant."""
    return (
        own.shape(config, datasets.SHAPES[config.takes.names[0]].side)
        if config.own
        else datasets.SHAPES[config.dataset[0]]
    )


def load(config: CommonConfig) -> Dataset:
    """The data, downloaded or packed if need be; raises `TrainError` where it is not to be had."""
    return own.load(config, shape(config)) if config.own else datasets.load(config.dataset[0], config.data_root)


def synthetic(config: CommonConfig, size: int, held_out: int) -> Dataset:
    """Data for a dry run: blobs in the shape of the data set, or the first few of one's own pictures."""
    if config.own:
        return own.few(load(config), size, held_out)
    return datasets.synthetic(config.dataset[0], size, held_out=held_out)
