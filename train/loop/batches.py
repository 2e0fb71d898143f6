"""The batches of a run, and where their random numbers come from.

Every random number of step t comes from generators seeded with (seed, t), and the order of the data from
(seed, epoch). So a resumed run needs no generator's state to repeat an uninterrupted one bit for bit, and
any number of processes draws the same batch, of which each keeps its rows.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from accelerate import Accelerator

from train.config import CommonConfig
from train.contract import Batch
from train.data.dataset import Dataset, to_float
from train.errors import TrainError

MOST_READ = 2**26
"""Bytes of batches after which mapped pictures are released: until then every page that was read stays in memory."""


def check_size(config: CommonConfig, data: Dataset, processes: int) -> None:
    """Raise `TrainError` where the processes cannot share a batch equally, or `data` has too few images for one."""
    if config.batch_size % processes:
        raise TrainError(f"--batch-size {config.batch_size} cannot be shared by {processes} processes.")
    if config.batch_size > len(data.train):
        where = " and ".join(config.dataset)
        raise TrainError(
            f"--batch-size {config.batch_size} is more than the {len(data.train)} images of {where}: "
            f"take --batch-size {len(data.train)} or less."
        )


def batches(config: CommonConfig, data: Dataset, accelerator: Accelerator, step: int) -> Iterator[Batch]:
    """The batches of training pictures from `step` on; each process gets its rows of the same whole batch."""
    split = data.train
    share = config.batch_size // accelerator.num_processes
    rows = slice(accelerator.process_index * share, (accelerator.process_index + 1) * share)
    per_epoch = len(split) // config.batch_size
    # As bytes all of them fit on a GPU, which need not wait for batches then. Mapped ones may be more than would fit anywhere.
    home = torch.device("cpu") if data.release else accelerator.device
    fields = {name: values.to(home) for name, values in split.fields().items()}
    generator, order, epoch, read = torch.Generator(), torch.empty(0), -1, 0
    while True:
        if step // per_epoch != epoch:
            epoch = step // per_epoch
            order = torch.randperm(len(split), generator=generator.manual_seed(_mix(config.seed, epoch, 1)))
        generator.manual_seed(_mix(config.seed, step, 2))
        # Dropout and the like draw from torch's own generators, which cannot be sliced by rows.
        _seed_default_generators(accelerator.device, _mix(config.seed, step, 3 + accelerator.process_index))
        index = order[step % per_epoch * config.batch_size :][: config.batch_size][rows]
        index = index.to(home)
        mine = {name: values[index].to(accelerator.device) for name, values in fields.items()}
        read += sum(values.nbytes for values in mine.values())
        if data.release and read > MOST_READ:
            data.release()
            read = 0
        images = to_float(mine.pop("images"), accelerator.device)
        yield Batch(images, rows, config.batch_size, generator, step=step, **mine)
        step += 1


def _seed_default_generators(device: torch.device, seed: int) -> None:
    """What `torch.manual_seed` does, for the CPU and `device` only.

    Without a GPU, `torch.manual_seed` keeps a traceback of every call for a CUDA that never starts.
    """
    torch.default_generator.manual_seed(seed)
    if device.type == "cuda":
        torch.cuda.manual_seed(seed)
    elif device.type == "mps":
        torch.mps.manual_seed(seed)


def _mix(seed: int, counter: int, stream: int) -> int:
    """A 63-bit seed in which neighbouring seeds, counters and streams have nothing in common (splitmix64)."""
    mask = (1 << 64) - 1
    value = (seed * 0x9E3779B97F4A7C15 + counter * 0xD1B54A32D192ED03 + stream * 0x8CB92BA72F3D8DD7) & mask
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & mask
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & mask
    return (value ^ (value >> 31)) >> 1
