"""StyleGAN2's pickles: the averaged generator draws here what it draws there, and nothing in the file is executed."""

import pickle
import random
import struct

import pytest
import torch

import models_zoo
from benchmarks import importing
from models_zoo.stylegan import StyleGAN
from tests.train import peers
from train.__main__ import main

SIZES = {"image_size": 16, "latent_size": 5, "widths": [8, 6, 4], "discriminator_widths": [], "w_size": 7}


def imported(folder, path, fails=False):
    zoo = folder / "zoo"
    assert main(["import", str(path), "--id", "x", "--zoo", str(zoo)]) == (2 if fails else 0)
    if fails:
        assert not zoo.exists() or not list(zoo.iterdir())
        return None
    return models_zoo.load(str(zoo / "x"), "cpu")


@pytest.fixture(scope="module")
def style():
    torch.manual_seed(0)
    model = StyleGAN(**SIZES)
    model.generator.mapping.w_avg.normal_()
    return model.eval()


@torch.no_grad()
def test_the_average_in_a_snapshot_of_stylegan2_draws_what_it_drew(tmp_path, style):
    state = importing.their_state(style)
    path = tmp_path / "network-snapshot-000200.pkl"
    path.write_bytes(peers.snapshot({name: value + 1 for name, value in state.items()}, state))
    model = imported(tmp_path, path)
    assert isinstance(model, StyleGAN) and "G_ema" not in model.state_dict()
    z = style.latents(range(3), 0.5)
    assert torch.allclose(model.generate(z), style.generate(z), atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_snapshots_are_read_in_all_forms_that_python_3_writes(tmp_path, style, protocol):
    state = importing.their_state(style)
    raw = {name: value + 1 for name, value in state.items()}
    path = tmp_path / "g.pkl"
    path.write_bytes(importing.pickled({"G": raw, "D": {"b4.out.weight": torch.zeros(1)}, "G_ema": state}, protocol))
    z = style.latents(range(3), 0.5)
    assert torch.allclose(imported(tmp_path, path).generate(z), style.generate(z), atol=1e-5)


def test_another_filter_is_named(tmp_path, style, capsys):
    state = importing.their_state(style) | {"synthesis.b8.resample_filter": torch.ones(4, 4) / 16}
    path = tmp_path / "g.pkl"
    path.write_bytes(peers.snapshot(state, state))
    imported(tmp_path, path, fails=True)
    assert "its filter synthesis.b8.resample_filter is not the usual one" in capsys.readouterr().err


def planted(path):
    """Opcodes that would each make the file `path`, were they executed; some as the whole file, some within a network."""
    command = peers.text(f"open({str(path)!r}, 'w')")
    call = peers.called("builtins", "eval", command)
    instance = b"(" + command + b"ibuiltins\neval\n"
    made = b"(cbuiltins\neval\n" + command + b"o"
    new = b"cbuiltins\neval\n(" + command + b"t\x81"
    built = b"cbuiltins\neval\n" + peers.mapping({"a": command}) + b"b"
    stacked = b"\x8c\x08builtins\x8c\x04eval\x93(" + command + b"tR"
    bytes_of = pickle.dumps(_Planted(str(path)), 2)
    inner = peers.called("torch.storage", "_load_from_bytes", b"B" + struct.pack("<I", len(bytes_of)) + bytes_of)
    return {
        "REDUCE": peers.pickled(call),
        "STACK_GLOBAL": peers.pickled(stacked),
        "INST": peers.pickled(instance),
        "OBJ": peers.pickled(made),
        "NEWOBJ": peers.pickled(new),
        "BUILD": peers.pickled(built),
        "persistent": peers.pickled(command + b"Q"),
        "nested": peers.pickled(peers.mapping({"G_ema": peers.network("Generator", {}, planted=call)})),
        "tensor": peers.pickled(peers.mapping({"G_ema": peers.network("Generator", {}, planted=inner)})),
    }


class _Planted:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return eval, (f"open({self.path!r}, 'w')",)


@pytest.mark.parametrize("how", [*planted(""), "torch", "old torch"])
def test_nothing_that_a_file_would_call_is_called(tmp_path, how, capsys):
    made, path = tmp_path / "made", tmp_path / "g.pkl"
    if "torch" in how:
        torch.save(_Planted(str(made)), path, _use_new_zipfile_serialization=how == "torch")
    else:
        path.write_bytes(planted(made)[how])
    imported(tmp_path, path, fails=True)
    assert not made.exists()
    said = capsys.readouterr().err
    assert said.startswith(f"error: {path} ") and said.count("\n") == 1


def test_damaged_snapshots_are_refused_in_a_sentence(tmp_path, style, capsys):
    state = importing.their_state(style)
    data, dice = peers.snapshot(state, state), random.Random(0)
    path = tmp_path / "g.pkl"
    for number in range(200):
        changed = bytearray(data[: dice.randrange(1, len(data))] if number % 4 == 0 else data)
        for _ in range(dice.randrange(1, 20)):
            # Most bytes are weights, in which a change is no damage.
            changed[dice.randrange(len(changed)) if number % 2 else dice.randrange(min(600, len(changed)))] = (
                dice.randrange(256)
            )
        path.write_bytes(changed)
        code = main(["import", str(path), "--id", "x", "--zoo", str(tmp_path / str(number))])
        said = capsys.readouterr().err
        assert code in (0, 2)
        assert code == 0 or (said.startswith("error: ") and said.count("\n") == 1), said


def test_a_pickle_cannot_make_much_of_little(tmp_path, capsys):
    # Copies of a dictionary that is named once.
    pairs = b"".join(peers.whole(number) + b"N" for number in range(500))
    copies = b"}(" + pairs + b"uq\x00" + b"(" + b"ccollections\nOrderedDict\n(h\x00tR" * 4000 + b"t"
    path = tmp_path / "g.pkl"
    path.write_bytes(peers.pickled(peers.mapping({"G": copies})))
    imported(tmp_path, path, fails=True)
    assert "takes more than 1,000,000 steps to read." in capsys.readouterr().err
    # Calls within a tensor's own pickle.
    data = b"\x80\x02" + peers.called("collections", "OrderedDict") + b"."
    inner = peers.called("torch.storage", "_load_from_bytes", b"B" + struct.pack("<I", len(data)) + data)
    path.write_bytes(peers.pickled(peers.mapping({"G": inner})))
    imported(tmp_path, path, fails=True)
    assert "would call collections.OrderedDict, which is not executed here." in capsys.readouterr().err


def test_a_generator_made_otherwise_than_is_built_here_is_refused(tmp_path, style, capsys):
    state = importing.their_state(style)
    made = peers.mapping({"synthesis_kwargs": peers.mapping({"activation": peers.text("relu")})})
    body = peers.mapping({"G_ema": peers.network("Generator", state, _init_kwargs=made)})
    (tmp_path / "g.pkl").write_bytes(peers.pickled(body))
    imported(tmp_path, tmp_path / "g.pkl", fails=True)
    assert "it has a generator with activation relu, of which only lrelu is built here." in capsys.readouterr().err
