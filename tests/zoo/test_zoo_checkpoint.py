import dataclasses
import pickle

import httpx
import pytest
import safetensors.torch
import torch

import models_zoo
from models_zoo import ZooError
from models_zoo import card as cards
from models_zoo.gan import GAN

GENERATORS = [card.id for card in models_zoo.find("unconditional")]


@pytest.mark.parametrize("name", GENERATORS)
def test_generators_answer_to_the_vocabulary(name):
    model = models_zoo.load(name, "cpu")
    card = model.card
    assert not model.training and card.id == name
    z = model.latents([3, 4, 5])
    images = model.generate(z)
    assert z.shape == (3, card.latent_size)
    assert images.shape == (3, card.channels, card.image_size, card.image_size)
    assert images.dtype == torch.float32 and images.abs().max() <= 1
    assert hasattr(model, "score") == bool(card.verdict) and not hasattr(model, "classify")
    if card.verdict:
        assert model.score(images).shape == (3,)


def test_the_judge_answers_to_the_vocabulary():
    judge = models_zoo.load("judge-mnist", "cpu")
    assert judge.classify(torch.zeros(2, 1, 28, 28)).shape == (2, len(judge.card.classes))
    assert not hasattr(judge, "generate") and not hasattr(judge, "latents")


def test_a_seed_gives_the_same_latent_in_every_batch(tiny_model):
    model = models_zoo.load(str(tiny_model), "cpu")
    assert torch.equal(model.latents([1, 2, 3])[1], model.latents([2])[0])
    assert not torch.equal(model.latents([1]), model.latents([2]))
    assert torch.allclose(model.latents([2], truncation=0.5), model.latents([2]) / 2)
    assert model.latents([]).shape == (0, 7)


def test_saving_and_loading_keeps_the_pictures(tiny_model, tmp_path):
    model = models_zoo.load(str(tiny_model), "cpu")
    model.save_pretrained(tmp_path / "again")
    again = models_zoo.load(str(tmp_path / "again"), "cpu")
    z = model.latents(range(4))
    assert torch.equal(model.generate(z), again.generate(z))
    assert again.arguments == {"preset": "lecture", "image_size": 28, "channels": 1, "latent_size": 7}


@pytest.mark.parametrize("kind", [torch.float16, torch.float32])
def test_a_loaded_model_is_saved_as_it_was_and_a_changed_one_anew(tiny_model, tmp_path, edit_card, kind):
    weights = tiny_model / cards.WEIGHTS_FILE
    torch.manual_seed(1)
    whole = {name: value.to(kind) for name, value in GAN("lecture", latent_size=7).state_dict().items()}
    weights.write_bytes(safetensors.torch.save(whole))
    edit_card(tiny_model, sha256="")
    model = models_zoo.load(str(tiny_model), "cpu")
    model.save_pretrained(tmp_path / "again")
    assert (tmp_path / "again" / cards.WEIGHTS_FILE).read_bytes() == weights.read_bytes()
    next(model.parameters()).data.mul_(2)
    model.save_pretrained(tmp_path / "changed")
    changed = models_zoo.load(str(tmp_path / "changed"), "cpu")
    assert torch.allclose(next(changed.parameters()), next(model.parameters()), atol=1e-2)


def test_a_model_loaded_while_measuring_can_be_trained_afterwards(tiny_model):
    with torch.inference_mode():
        model = models_zoo.load(str(tiny_model), "cpu")
    model.requires_grad_(True)
    model.generate(model.latents([0])).sum().backward()
    assert not any(parameter.is_inference() for parameter in model.parameters())


def test_weights_are_eight_bits_or_fp16_on_disk_and_fp32_in_memory(tiny_model):
    stored = safetensors.torch.load_file(tiny_model / cards.WEIGHTS_FILE)
    assert {value.dtype for value in stored.values()} == {torch.int8, torch.float16}
    assert {p.dtype for p in models_zoo.load(str(tiny_model), "cpu").parameters()} == {torch.float32}


def test_saving_carries_card_and_pictures_along(tiny_model, tmp_path, edit_card):
    text = {"en": "text"}
    line = {"label": text, "values": [1.0, 2.0]}
    curve = {"title": text, "caption": text, "x": line, "y": {"label": text}, "series": [line]}
    edit_card(tiny_model, curves={"error_under_noise": curve})
    names = (cards.README_FILE, cards.SAMPLES_FILE, "error-under-noise.svg")
    for name in names:
        (tiny_model / name).write_bytes(b"kept")
    models_zoo.load(str(tiny_model), "cpu").save_pretrained(tmp_path / "again")
    for name in names:
        assert (tmp_path / "again" / name).read_bytes() == b"kept"


def test_weights_beyond_fp16_are_not_saved_as_infinity(tiny_model, tmp_path):
    model = models_zoo.load(str(tiny_model), "cpu")
    with torch.no_grad():
        next(model.generator.parameters()).fill_(1e6)
    with pytest.raises(ZooError, match="fp16"):
        model.save_pretrained(tmp_path / "again")


def refusal(name: str) -> str:
    """The sentence with which loading `name` fails."""
    with pytest.raises(ZooError) as caught:
        models_zoo.load(name, "cpu")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_an_unknown_id_is_told_what_was_tried():
    said = refusal("gan-mnits")
    assert "gan-mnits" in said and "gan-mnist" in said and "user/name" in said


def test_a_file_is_told_to_be_a_folder(tiny_model):
    assert "folder" in refusal(str(tiny_model / cards.WEIGHTS_FILE))


def test_a_folder_without_a_card_is_refused(tmp_path):
    assert cards.CONFIG_FILE in refusal(str(tmp_path))


@pytest.mark.parametrize("keep", [0, 7, 100, 5000])
def test_a_truncated_file_is_refused(tiny_model, keep):
    path = tiny_model / cards.WEIGHTS_FILE
    path.write_bytes(path.read_bytes()[:keep])
    assert "damaged or cut short" in refusal(str(tiny_model))


def test_a_single_altered_byte_is_noticed(tiny_model):
    path = tiny_model / cards.WEIGHTS_FILE
    data = bytearray(path.read_bytes())
    data[-10] ^= 1
    path.write_bytes(data)
    assert "altered" in refusal(str(tiny_model))


def test_missing_weights_are_named(tiny_model):
    (tiny_model / cards.WEIGHTS_FILE).unlink()
    assert cards.WEIGHTS_FILE in refusal(str(tiny_model))


def test_a_pickle_is_never_read(tiny_model):
    (tiny_model / "pytorch_model.bin").write_bytes(pickle.dumps({"weights": 1}))
    (tiny_model / cards.WEIGHTS_FILE).unlink()
    assert cards.WEIGHTS_FILE in refusal(str(tiny_model))
    (tiny_model / cards.WEIGHTS_FILE).write_bytes(pickle.dumps({"weights": 1}))
    assert "damaged" in refusal(str(tiny_model))


@pytest.mark.parametrize("network", ["gan.Missing", "missing.GAN", "os.path", "..evil.GAN", "checkpoint.load", ""])
def test_a_network_that_is_not_ours_is_refused(tiny_model, edit_card, network):
    edit_card(tiny_model, architecture=network)
    assert "does not have" in refusal(str(tiny_model))


def test_a_card_that_lies_about_its_images_is_refused(tiny_model, edit_card):
    edit_card(tiny_model, image_size=32)
    assert "image_size is 32" in refusal(str(tiny_model))


@pytest.mark.parametrize("arguments", [{"preset": "huge"}, {"latent_size": -1}, {"colour": 3}])
def test_arguments_that_the_network_does_not_take_are_refused(tiny_model, edit_card, arguments):
    edit_card(tiny_model, arguments=arguments)
    assert any(words in refusal(str(tiny_model)) for words in ("cannot be built", "latent_size is 7"))


def test_weights_of_other_shapes_are_refused_before_any_memory_is_taken(tiny_model, edit_card):
    edit_card(tiny_model, arguments={"preset": "lecture", "latent_size": 2**16}, latent_size=2**16)
    assert "do not fit" in refusal(str(tiny_model))


def test_weights_with_other_names_are_refused(tiny_model, edit_card):
    edit_card(tiny_model, sha256="")
    path = tiny_model / cards.WEIGHTS_FILE
    tensors = safetensors.torch.load_file(path)
    safetensors.torch.save_file({**tensors, "extra": torch.zeros(1)}, path)
    assert "extra is unknown" in refusal(str(tiny_model))
    tensors.pop("generator.0.weight")
    safetensors.torch.save_file(tensors, path)
    assert "generator.0.weight is missing" in refusal(str(tiny_model))


def test_an_offline_hub_is_said_in_one_sentence(monkeypatch):
    def offline(*_args, **_kwargs):
        raise httpx.ConnectError("no route")

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", offline)
    assert "cannot be reached" in refusal("someone/some-model")


def test_a_model_from_the_hub_is_loaded_from_its_files(monkeypatch, tiny_model):
    class Info:
        sha, siblings = "abc", ()

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", lambda *_a, **_k: Info())
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *_a, **_k: str(tiny_model))
    assert models_zoo.load("someone/some-model", "cpu").card.id == "tiny"


def test_an_enormous_hub_model_is_refused_before_it_is_downloaded(monkeypatch):
    class File:
        rfilename, size = cards.WEIGHTS_FILE, 10**12

    class Info:
        siblings = (File(),)

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", lambda *_a, **_k: Info())
    assert "limit" in refusal("someone/some-model")


def test_a_model_without_a_card_cannot_be_saved(tmp_path):
    with pytest.raises(ZooError, match="card"):
        GAN("lecture").save_pretrained(tmp_path)


def test_pushing_uploads_the_whole_model_folder(monkeypatch, tiny_model):
    (tiny_model / cards.README_FILE).write_text("the card")
    uploaded = {}

    def upload(_self, *, folder_path, **_kwargs):
        uploaded.update({path.name: path.read_bytes() for path in folder_path.iterdir()})

    repository = dataclasses.make_dataclass("Repository", ["repo_id"])("someone/tiny")
    monkeypatch.setattr("huggingface_hub.HfApi.create_repo", lambda *_a, **_k: repository)
    monkeypatch.setattr("huggingface_hub.HfApi.upload_folder", upload)
    models_zoo.load(str(tiny_model), "cpu").push_to_hub("someone/tiny")
    assert {cards.CONFIG_FILE, cards.WEIGHTS_FILE} <= uploaded.keys()
    assert uploaded[cards.README_FILE] == b"the card"
