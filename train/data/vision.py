"""torchvision, importable beside any torch.

PyPI's Linux wheels of torchvision link their compiled operators against CUDA. Beside a CPU build of
torch these cannot be loaded, and the import then fails for want of two operators' names, although
datasets and image grids need none of them. Declaring the names is enough.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch

_OPERATORS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)
_declared: torch.library.Library | None = None


def make_importable() -> None:
    """Let ``import torchvision`` succeed; call before importing it or a library that does (torchmetrics)."""
    global _declared
    if _declared is not None or hasattr(torch.ops.torchvision, "nms"):
        return
    package = importlib.util.find_spec("torchvision")
    compiled = next(Path(package.submodule_search_locations[0]).glob("_C*.so"), None) if package else None
    if compiled is None:
        return
    try:
        torch.ops.load_library(str(compiled))
    except OSError:
        _declared = torch.library.Library("torchvision", "FRAGMENT")
        for schema in _OPERATORS:
            _declared.define(schema)
