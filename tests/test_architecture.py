"""The house, read from its source: one-way streets between packages and rooms, and limits on files and functions."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("models_zoo", "train", "explorer")
FORBIDDEN = {"models_zoo": {"train", "explorer"}, "train": {"explorer"}, "explorer": {"train"}}
TRAINING_LAB = ROOT / "explorer" / "tabs" / "lab"
MOST_STREETS = {"explorer": 87, "train": 35}
"""Ordered pairs of rooms of which the first imports the second."""
MOST_LINES, MOST_FUNCTION_LINES, MOST_POSITIONAL = 400, 80, 6


@cache
def parsed(path):
    return ast.parse(path.read_text(encoding="utf-8"))


def sources(package):
    found = sorted((ROOT / package).rglob("*.py"))
    assert found
    return found


def imported(tree):
    """The modules that `tree` imports anywhere, also inside functions; of `from a import b` both ``a`` and ``a.b``."""
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def module_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module):
    """A folder is a room, as is each tab's, and each file at the top of a package."""
    parts = module.split(".")
    return ".".join(parts[: 3 if parts[:2] == ["explorer", "tabs"] else 2])


def streets(package, place):
    """Pairs of what `place` makes of two modules of the package of which the first imports the second."""
    modules = {module_of(path): path for path in sources(package)}
    pairs = set()
    for module, path in modules.items():
        known = imported(parsed(path)) & modules.keys()
        # Of a package and a module in it, both named by one import, the module is meant.
        known = {each for each in known if not any(other.startswith(f"{each}.") for other in known)}
        pairs |= {(place(module), place(each)) for each in known}
    return {(one, other) for one, other in pairs if one != other}


def circle(pairs):
    """What remains when those who import nobody, or nobody but such, are gone: all that lies in a circle or above one."""
    while True:
        importing = {one for one, _ in pairs}
        rest = {(one, other) for one, other in pairs if other in importing}
        if rest == pairs:
            return pairs
        pairs = rest


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_only_downstream(package):
    for path in sources(package):
        if path.is_relative_to(TRAINING_LAB):
            continue
        wrong = {name.split(".")[0] for name in imported(parsed(path))} & FORBIDDEN[package]
        assert not wrong, f"{path.relative_to(ROOT)} imports {wrong}"


@pytest.mark.parametrize("package", MOST_STREETS)
def test_rooms_have_few_streets_and_no_circles(package):
    found = streets(package, room_of)
    assert len(found) <= MOST_STREETS[package], sorted(found)
    assert not circle(found)


@pytest.mark.parametrize("package", PACKAGES)
def test_no_two_modules_import_each_other(package):
    assert not circle(streets(package, str))


def test_tabs_do_not_import_each_other():
    tabs = {pair for pair in streets("explorer", room_of) if all(each.startswith("explorer.tabs.") for each in pair)}
    assert not tabs


@pytest.mark.parametrize("package", PACKAGES)
def test_files_and_functions_are_short(package):
    long = []
    for path in sources(package):
        lines = path.read_text(encoding="utf-8").count("\n")
        if lines > MOST_LINES:
            long.append(f"{path.relative_to(ROOT)} has {lines} lines")
        for node in ast.walk(parsed(path)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            name = f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
            length = node.end_lineno - node.lineno + 1
            arguments = [argument.arg for argument in (*node.args.posonlyargs, *node.args.args)]
            positional = len(arguments) - (arguments[:1] in (["self"], ["cls"]))
            if length > MOST_FUNCTION_LINES:
                long.append(f"{name} has {length} lines")
            if positional > MOST_POSITIONAL:
                long.append(f"{name} has {positional} positional parameters")
    assert not long


def test_no_file_of_tests_or_benchmarks_is_long():
    found = [path for folder in ("tests", "benchmarks") for path in sources(folder)]
    assert not [path.name for path in found if path.read_text(encoding="utf-8").count("\n") > MOST_LINES]


def test_there_is_no_html_or_javascript_in_python_strings():
    found = []
    for path in sources("explorer"):
        for node in ast.walk(parsed(path)):
            text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            is_markup = text.startswith("<") and text.rstrip().endswith(">") and path.name != "app.py"
            is_script = "=>" in text and "\n" in text.strip() and "element." in text
            if is_markup or is_script:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert not found


def test_the_check_sees_imports_inside_functions():
    tree = ast.parse("def f():\n    from train.data import load\n    import explorer.app as e")
    assert imported(tree) == {"train.data", "train.data.load", "explorer.app"}


def test_the_check_sees_circles():
    assert circle({("a", "b"), ("b", "a"), ("c", "a")}) and not circle({("a", "b"), ("b", "c"), ("a", "c")})


def test_listing_the_zoo_does_not_import_torch(python):
    done = python("-c", "import sys, models_zoo; models_zoo.find(); sys.exit('torch' in sys.modules)")
    assert done.returncode == 0, done.stderr
