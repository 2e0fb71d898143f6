"""The arithmetic of a run: fp32, bf16 or fp16, and what becomes of it on another device."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from train.config import CommonConfig
from train.errors import TrainError


@dataclass(frozen=True)
class Hardware:
    """What a run computes on and in; kept in its folder, so that `--resume` repeats the arithmetic."""

    device: str
    """The kind of device: ``"cpu"``, ``"cuda"`` or ``"mps"``."""
    precision: str
    """What ``--precision auto`` resolved to: ``"fp32"``, ``"bf16"`` or ``"fp16"``."""


def choose(config: CommonConfig, device: torch.device, before: Hardware | None = None) -> tuple[Hardware, str]:
    """What to compute in on `device`, and a sentence for the user where a resumed run will differ, else "".

    `before` is what the run was trained on until now; None for a new run, or for one of a version that did not
    keep this. Raises `TrainError` for fp16 without CUDA.
    """
    wanted = config.precision
    if wanted == "fp16" and device.type != "cuda":
        raise TrainError("--precision fp16 needs a CUDA GPU; use bf16 or fp32 here.")
    fastest = "bf16" if _has_fast_bf16(device) else "fp32"
    if before is None or wanted != "auto":
        now = Hardware(device.type, fastest if wanted == "auto" else wanted)
    elif before.precision == "bf16" and not _has_bf16(device):
        now = Hardware(device.type, "fp32")
    else:
        now = Hardware(device.type, before.precision)
    return now, "" if before is None else _remark(before, now, fastest if wanted == "auto" else wanted)


def autocast(hardware: Hardware) -> torch.autocast:
    """The context in which networks compute; it changes nothing in fp32."""
    dtype = torch.float16 if hardware.precision == "fp16" else torch.bfloat16
    return torch.autocast(hardware.device, dtype, enabled=hardware.precision != "fp32")


def _remark(before: Hardware, now: Hardware, usual: str) -> str:
    if now.precision != before.precision:
        return (
            f"This run was trained in {before.precision} on {before.device}, which {now.device} cannot do here: it continues "
            f"in {now.precision}, and its weights will differ from those of a run that had stayed there."
        )
    slower = f"; a new run would use {usual} here" if now.precision != usual else ""
    if now.device != before.device:
        return (
            f"This run was trained on {before.device} and continues on {now.device}, still in {now.precision}{slower}; rounding "
            "differs between the two, so its weights will differ slightly from those of a run that had stayed there."
        )
    return f"This run continues in {now.precision} as it began{slower}." if slower else ""


def _has_fast_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    # AVX512-BF16 alone was measured slower than fp32; only the tile unit (AMX) is faster.
    return device.type == "cpu" and torch.cpu._is_amx_tile_supported()


def _has_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return device.type == "cpu" or torch.backends.mps.is_macos_or_newer(14, 0)
