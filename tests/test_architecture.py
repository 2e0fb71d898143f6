"""The one-way streets between the packages, read from their source."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("models_zoo", "train", "explorer")
FORBIDDEN = {"models_zoo": {"train", "explorer"}, "train": {"explorer"}, "explorer": {"train"}}
TRAINING_LAB = ROOT / "explorer" / "tabs" / "lab"


def imported(source: str) -> set[str]:
    """Top-level names of the modules that `source` imports anywhere, also inside functions."""
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add(node.module.split(".")[0])
    return names


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_only_downstream(package):
    sources = sorted((ROOT / package).rglob("*.py"))
    assert sources
    for path in sources:
        if path.is_relative_to(TRAINING_LAB):
            continue
        wrong = imported(path.read_text(encoding="utf-8")) & FORBIDDEN[package]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


def test_the_check_sees_imports_inside_functions():
    assert imported("def f():\n    from train.data import load\n    import explorer.app as e") == {"train", "explorer"}


def test_listing_the_zoo_does_not_import_torch(python):
    done = python("-c", "import sys, models_zoo; models_zoo.find(); sys.exit('torch' in sys.modules)")
    assert done.returncode == 0, done.stderr
