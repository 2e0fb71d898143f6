"""cGAN, ACGAN and SGAN in training: losses, the few labels, the numbers, resumption."""

import pytest
import torch

import models_zoo
from models_zoo import card as cards
from models_zoo.cgan import CGAN
from train import config
from train.__main__ import main
from train.contract import variants
from train.data.dataset import to_float
from train.data.datasets import synthetic
from train.loop import trainer
from train.metrics import classifiers, distances, judging
from train.objectives import losses
from train.publishing import readme
from train.variants.cgan import ClassConditionalGAN

NAMES = ["cgan", "acgan", "sgan"]


def make(out, name, **options):
    defaults = {"out": out, "steps": 4, "batch_size": 8, "eval_every": 0, "precision": "fp32", "device": "cpu"}
    kind = variants()[name]
    return kind(kind.Config(**{**defaults, **options}))


# ---- losses -------------------------------------------------------------------------------------


def test_eleven_logits_say_real_against_fake():
    logits = torch.randn(6, 11)
    assert torch.allclose(torch.sigmoid(-losses.log_odds_real(logits)), logits.softmax(1)[:, -1], atol=1e-6)


def test_the_supervised_term_does_not_see_the_fake_logit():
    logits, labels = torch.randn(6, 11), torch.arange(6)
    louder = logits.clone()
    louder[:, -1] += 9
    assert torch.equal(losses.supervised(logits, labels), losses.supervised(louder, labels))


def test_the_unsupervised_term_is_that_of_the_paper():
    real, fake = torch.randn(6, 11), torch.randn(6, 11)
    expected = -(1 - real.softmax(1)[:, -1]).log().mean() - fake.softmax(1)[:, -1].log().mean()
    assert torch.allclose(losses.unsupervised(real, fake), expected, atol=1e-5)


def test_the_generator_is_paid_for_the_asked_digit_only():
    asked = torch.tensor([3])

    def loss_if_answer_is(answer):
        logits = torch.zeros(1, 11)
        logits[0, answer] = 5.0
        return losses.generator_class(logits, asked)

    assert loss_if_answer_is(3) < loss_if_answer_is(4)
    assert loss_if_answer_is(4) == pytest.approx(loss_if_answer_is(10).item())


def test_generated_images_count_for_the_class_term():
    right, wrong, labels = 9 * torch.eye(10), 9 * torch.eye(10).flip(0), torch.arange(10)
    both = losses.class_term(right, labels, right, labels)
    assert both < 0.01
    assert losses.class_term(right, labels, wrong, labels) > both + 1
    assert losses.class_term(wrong, labels, right, labels) > both + 1


def test_feature_matching_compares_means_and_not_pairs():
    real = torch.randn(32, 5)
    assert losses.feature_matching(real, real.flip(0)) == pytest.approx(0, abs=1e-10)
    assert losses.feature_matching(real, real + 2) == pytest.approx(4, rel=1e-5)


def test_self_labelling_uses_sure_readings_only_and_moves_the_changed_image():
    plain = torch.tensor([[9.0, 0.0], [0.1, 0.0]], requires_grad=True)
    changed = torch.zeros(2, 2, requires_grad=True)
    losses.self_labelling(plain, changed).backward()
    assert plain.grad is None
    assert changed.grad[0, 0] < 0 and not changed.grad[1].any()


# ---- options ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sgan", "acgan"])
@pytest.mark.parametrize("labels", [0, -10, 5, 105, 1_000_000])
def test_label_counts_that_cannot_be_had_are_refused_in_a_sentence(capsys, data_root, tmp_path, name, labels):
    out = tmp_path / "run"
    arguments = [name, "--labels", str(labels), "--data-root", str(data_root), "--out", str(out), "--device", "cpu"]
    assert main(arguments) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith("error: --labels") and len(said.splitlines()) == 1
    assert not out.exists()


@pytest.mark.parametrize("name", ["cgan", "sgan", "gan"])
def test_variants_that_know_only_mnist_refuse_svhn(capsys, name):
    assert main([name, "--dataset", "svhn", "--dry-run"]) == 2
    assert "--dataset svhn is neither mnist nor a path" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "option", "value"),
    [("cgan", "width", 0), ("acgan", "latent-size", 0), ("sgan", "r1-every", 0), ("sgan", "dropout", 1.0)],
)
def test_impossible_sizes_are_refused_in_a_sentence(capsys, name, option, value):
    assert main([name, f"--{option}", str(value)]) == 2
    said = capsys.readouterr().err.strip()
    assert said.startswith(f"error: --{option} must be at least") and len(said.splitlines()) == 1


@pytest.mark.parametrize("name", ["acgan", "judge"])
def test_colour_digits_go_through_all_the_machinery(name):
    assert main([name, "--dataset", "svhn", "--dry-run", "--device", "cpu"]) == 0


# ---- numbers ------------------------------------------------------------------------------------


def test_coverage_is_one_for_the_same_set_and_near_zero_for_a_collapsed_one():
    real = torch.randn(200, 16)
    assert distances.coverage(real, real) == 1
    assert distances.coverage(real, real[:1].repeat(200, 1)) < 0.1
    assert distances.coverage(real, torch.randn(200, 16)) > 0.85
    assert distances.coverage(real, real + 100) == 0


def test_coverage_counts_by_hand():
    """On a line with neighbours at distance 1, k = 1: one generated point reaches the two beside it."""
    real = torch.arange(10.0).view(-1, 1)
    assert distances.coverage(real, torch.tensor([[4.5]]), k=1) == pytest.approx(0.2)


class Asked(CGAN):
    """Gives plain pictures whose brightness is the class asked for, and a little z."""

    def generate(self, z, labels):
        images = z[:, :1, None, None].expand(-1, 1, 28, 28) * 0.01
        return images + labels.float().view(-1, 1, 1, 1) / 10


class BrightnessJudge(torch.nn.Module):
    """Reads a class from the brightness of a picture."""

    device = torch.device("cpu")
    head = torch.nn.Module()

    def features(self, x):
        return x.flatten(1)[:, :3]

    def classify(self, x):
        return self.head(self.features(x))


def test_class_conditional_numbers_come_with_references(monkeypatch):
    judge = BrightnessJudge()
    judge.head = lambda features: -(features.mean(1, keepdim=True) * 10 - torch.arange(10.0)).square() * 50
    monkeypatch.setattr(judging, "judge_for", lambda name: judge)
    blobs = synthetic("mnist", 200)
    model = Asked(latent_size=7).eval()
    found = judging.evaluate_class_conditional(model, blobs, n=200, seed=0)
    assert found["class_agreement"]["value"] == 1 and found["class_agreement"]["n"] == 200
    assert 0 <= found["coverage_lowest"]["value"] <= 1
    assert found["frechet_judge"]["value"] > found["frechet_judge"]["reference"]
    assert all(entry["reference_label"] and entry["reference"] is not None for entry in found.values())
    assert set(found) <= set(readme.METRIC_NAMES)

    monkeypatch.setattr(Asked, "latents", lambda self, seeds: torch.zeros(len(seeds), 7))
    collapsed = judging.evaluate_class_conditional(model, blobs, n=200, seed=0)
    assert collapsed["coverage_lowest"]["value"] <= found["coverage_lowest"]["value"]


def test_fewer_samples_than_classes_are_rounded_up(monkeypatch):
    found = judging.evaluate_class_conditional(Asked(latent_size=7).eval(), synthetic("mnist", 200), n=2, seed=0)
    assert found["class_agreement"]["n"] == 20


def test_a_discriminators_own_error_leaves_fake_out():
    blobs = synthetic("mnist", 50)

    def classify(x):
        logits = torch.zeros(len(x), 11)
        logits[:, 2] = 1
        logits[:, 10] = 2
        return logits

    found = classifiers.evaluate_classifier(classify, blobs, torch.device("cpu"))["discriminator_error"]
    assert found["value"] == pytest.approx(0.9) and found["n"] == 50
    assert found["reference"] is not None and found["better"] == "lower"


def test_noise_on_the_test_images_is_the_same_every_time():
    blobs = synthetic("mnist", 50)

    def error(noise):
        return classifiers.error_on_test(lambda x: x.flatten(1)[:, :10], blobs, torch.device("cpu"), noise)

    assert error(0.5) == error(0.5) != error(0.0)


# ---- training -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_resuming_repeats_the_uninterrupted_run_bit_for_bit(tmp_path, name):
    from safetensors.torch import load_file

    options = {"labels": 20} if name == "sgan" else {}
    options |= {"r1": 0.5, "r1_every": 2, "augment": True}
    blobs = synthetic("mnist")
    whole = trainer.train(name, make(tmp_path / "whole", name, **options), blobs)
    trainer.train(name, make(tmp_path / "parts", name, **options, minutes=1e-9), blobs)  # stops after one step
    parts = trainer.train(name, make(tmp_path / "parts", name, **options, resume=True), blobs)
    a, b = load_file(whole.last), load_file(parts.last)
    assert a.keys() == b.keys() and all(torch.equal(a[key], b[key]) for key in a)


@pytest.mark.parametrize("name", NAMES)
def test_a_sample_sheet_has_one_style_per_row(tmp_path, name):
    variant = make(tmp_path, name)
    model = variant.build().eval()
    with torch.no_grad():
        images = variant.samples(model, synthetic("mnist"))
        row = model.generate(model.latents([1]).repeat(10, 1), torch.arange(10))
    assert images.shape == (100, 1, 28, 28)
    assert torch.allclose(images[10:20], row, atol=1e-5)


@pytest.mark.parametrize("name", ["acgan", "sgan"])
def test_the_classifier_alone_trains_no_generator(tmp_path, name):
    variant = make(tmp_path / "run", name, labels=20, classifier_only=True, steps=2)
    model = variant.build()
    assert [name for name, _ in model.named_children()] == ["discriminator"]
    assert [phase.name for phase in variant.phases] == ["classifier"]
    trainer.train(name, variant, synthetic("mnist"))
    assert set(variant.evaluate(model.eval(), synthetic("mnist"), 20, 0)) == {"discriminator_error"}


@pytest.fixture(scope="module")
def zoo_of_draws(tmp_path_factory):
    """A zoo of an SGAN, the discriminator of another one, and two plain classifiers."""
    from train.publishing import export

    blobs, root = synthetic("mnist"), tmp_path_factory.mktemp("draws")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cards, "PRETRAINED", root / "zoo")
        for model_id, options in {
            "sgan-b": {"seed": 1},
            "alone-a": {"classifier_only": True},
            "alone-b": {"classifier_only": True, "seed": 1},
            "sgan-a": {},
        }.items():
            trainer.train("sgan", make(root / model_id, "sgan", labels=20, steps=2, **options), blobs)
            companion = model_id == "sgan-b"
            export.export(root / model_id, model_id, blobs, zoo=root / "zoo", samples=20, classifier=companion)
    return root / "zoo"


@pytest.fixture
def draws(zoo_of_draws, monkeypatch):
    """The SGAN's card, with its zoo in place of the bundled one."""
    monkeypatch.setattr(cards, "PRETRAINED", zoo_of_draws)
    return cards.read(zoo_of_draws / "sgan-a")


def test_a_model_is_compared_with_those_that_differ_in_their_seed_and_those_without_generator(draws):
    test = synthetic("mnist").test

    def error(*names):
        models = [models_zoo.load(str(draws.folder.parent / name), "cpu") for name in names]
        read = [model.classify(to_float(test.images))[:, :10].argmax(1) for model in models]
        return sum((found != test.classes).float().mean().item() for found in read) / len(names)

    metric = draws.metrics["discriminator_error_draws"]
    assert metric["value"] == pytest.approx(error("sgan-a", "sgan-b"), abs=1e-4)
    assert metric["reference"] == pytest.approx(error("alone-a", "alone-b"), abs=1e-4)
    assert draws.labels == 20
    curve = draws.curves["error_under_noise"]
    assert [s["values"][0] for s in curve["series"]] == pytest.approx([metric["value"], metric["reference"]])
    assert curve["x"]["values"][0] == 0 and curve["x"]["values"][-1] == 0.6
    assert [s["label"]["en"] for s in curve["series"]] == [
        "SGAN, 20 labels (mean of 2)",
        "plain classifier, 20 labels (mean of 2)",
    ]
    text = (draws.folder / "README.md").read_text(encoding="utf-8")
    assert "![Which discriminator still reads noisy digits?](error-under-noise.svg)" in text
    assert (draws.folder / "error-under-noise.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_discriminator_alone_is_a_classifier_that_can_be_used_as_its_card_says(draws):
    folder = draws.folder.parent / "sgan-b"
    model = models_zoo.load(str(folder), "cpu")
    assert model.card.task == "classifier" and not hasattr(model, "generate")
    snippet = (folder / "README.md").read_text().split("```python\n")[1].split("```")[0]
    scope = {"images": torch.zeros(2, 1, 28, 28)}
    exec(snippet.replace('"sgan-b"', repr(str(folder))), scope)
    assert scope["logits"].shape[0] == 2


def test_only_class_naming_discriminators_can_be_exported_alone(capsys, tmp_path):
    trainer.train("cgan", make(tmp_path / "run", "cgan", steps=1), synthetic("mnist"))
    zoo = str(tmp_path / "zoo")
    capsys.readouterr()
    assert main(["export", str(tmp_path / "run"), "--id", "one", "--zoo", zoo, "--classifier"]) == 2
    assert capsys.readouterr().err.strip().startswith("error: --classifier")


def test_the_labelled_images_of_an_acgan_are_all_it_sees():
    variant = variants()["acgan"](variants()["acgan"].Config(labels=30))
    assert variant.prepare(synthetic("mnist")).train.classes.bincount().tolist() == [3] * 10


@pytest.mark.parametrize("name", NAMES)
def test_an_exported_model_explains_how_to_ask_for_a_class(tmp_path, name):
    from train.publishing import export

    blobs = synthetic("mnist")
    options = {"labels": 20} if name == "sgan" else {}
    trainer.train(name, make(tmp_path / "run", name, **options), blobs)
    folder = export.export(tmp_path / "run", "one", blobs, zoo=tmp_path / "zoo", samples=40)
    card = cards.read(folder)
    assert card.task == "class-conditional" and card.classes == tuple("0123456789")
    snippet = (folder / "README.md").read_text().split("```python\n")[1].split("```")[0]
    snippet = snippet.replace('"one"', repr(str(folder)))
    scope = {}
    exec(snippet, scope)
    assert scope["images"].shape == (3, 1, 28, 28)
    assert models_zoo.load(str(folder), "cpu").card.metrics.keys() >= {"class_agreement", "coverage_lowest"}


def test_the_command_on_a_card_can_be_typed_again():
    acgan, sgan = variants()["acgan"], variants()["sgan"]
    command = config.command("acgan", acgan.Config(dataset="svhn", augment=True, labels=1000))
    assert command == "python -m train acgan --dataset svhn --augment --labels 1000"
    assert config.command("sgan", sgan.Config(noise=0.2, labels=200)) == "python -m train sgan --labels 200 --noise 0.2"


def test_the_base_of_the_class_aware_gans_is_not_registered():
    assert ClassConditionalGAN not in variants().values()
