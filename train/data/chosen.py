"""The data that a run's options choose: a data set by name, or pictures of the user's own."""

from __future__ import annotations

from train.config import CommonConfig
from train.data import datasets, own, sentences
from train.data.dataset import Dataset, Shape


def shape(config: CommonConfig) -> Shape:
    """The shape of the data; raises `TrainError` where pictures of one's own do not fit the variant."""
    if not config.own or _has_sentences(config):
        return datasets.SHAPES[config.takes.names[0] if config.own else config.dataset[0]]
    return own.shape(config, datasets.SHAPES[config.takes.names[0]].side)


def load(config: CommonConfig) -> Dataset:
    """The data, downloaded or packed if need be; raises `TrainError` where it is not to be had."""
    if config.own and _has_sentences(config):
        return sentences.own(config.own[0], config.data_name)
    return own.load(config, shape(config)) if config.own else datasets.load(config.dataset[0], config.data_root)


def synthetic(config: CommonConfig, size: int, held_out: int) -> Dataset:
    """Data for a dry run: blobs in the shape of the data set, or the first few of one's own pictures."""
    if config.own and not _has_sentences(config):
        return own.few(load(config), size, held_out)
    return datasets.synthetic(config.takes.names[0] if config.own else config.dataset[0], size, held_out=held_out)


def _has_sentences(config: CommonConfig) -> bool:
    """Whether the variant is trained on pairs of sentences instead of pictures."""
    return config.takes.layout == sentences.LAYOUT
