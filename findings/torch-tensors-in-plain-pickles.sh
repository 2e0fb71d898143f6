#!/usr/bin/env bash
# torch 2.14.1: a tensor in a plain pickle is still written in the form that torch.save had before 2020, not as a ZIP file.
#
# torch.save writes ZIP files since 1.6. This does not hold for pickle.dump of an object that has tensors, as in the snapshots of
# StyleGAN2: there each storage is a call of torch.storage._load_from_bytes with a whole file of the old form, magic number and
# all. Whoever reads such snapshots without torch's own unpickling has to read the old form, in files that are written today, too.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.14.1 numpy==2.2.6
cat > "$folder/look.py" <<'PYTHON'
import io
import pickle
import pickletools
import sys

import torch

OLD = pickle.dumps(0x1950A86A20F9469CFC6C, 2)
tensor = torch.arange(3.0)

file = io.BytesIO()
torch.save(tensor, file)
print("torch", torch.__version__)
print("torch.save begins with", file.getvalue()[:4])

plain = pickle.dumps(tensor)
inside = [argument for _, argument, _ in pickletools.genops(plain) if isinstance(argument, bytes)]
names = [argument for _, argument, _ in pickletools.genops(plain) if argument == "_load_from_bytes"]
print("pickle.dumps calls", names, "with bytes that begin with", inside[0][: len(OLD)])

assert torch.equal(pickle.loads(plain), tensor)
same = file.getvalue()[:2] == b"PK" and names and inside[0].startswith(OLD)
sys.exit(0 if same else "this has changed")
PYTHON
"$folder/venv/bin/python" "$folder/look.py"
