#!/usr/bin/env bash
# torch 2.14.1: on the meta device, where nothing is computed, drawing normal random numbers for the first time imports hundreds
# of modules, SymPy among them, and takes longer than the whole network would on a CPU.
#
# Networks are built on the meta device to cost nothing. Layers with uniform weights (nn.Linear, nn.Conv2d) cost nothing there,
# but the first torch.randn or Tensor.normal_, as in spectral norm, embeddings or StyleGAN's layers, goes through
# decompositions in Python. Seen: no new modules and below 1 ms for a convolution, 890 modules and 1.1 s for normal_.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.14.1 numpy==2.2.6
cat > "$folder/look.py" <<'PYTHON'
import sys
import time

import torch
from torch import nn


def cost(what, make):
    before, begin = len(sys.modules), time.perf_counter()
    with torch.device("meta"):
        make()
    print(f"{what}: {len(sys.modules) - before} new modules, {1000 * (time.perf_counter() - begin):.0f} ms")
    return len(sys.modules) - before


print("torch", torch.__version__)
convolution = cost("nn.Conv2d", lambda: nn.Conv2d(3, 64, 3))
normal = cost("Tensor.normal_", lambda: torch.empty(3, 4).normal_())
print("SymPy is imported:", "sympy" in sys.modules)
sys.exit(0 if convolution < 10 and normal > 300 and "sympy" in sys.modules else "this has changed")
PYTHON
"$folder/venv/bin/python" "$folder/look.py"
