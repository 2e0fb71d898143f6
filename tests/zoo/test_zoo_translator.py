"""Translators of sentences: what they read, how they decode, their judge, and the pairs beside them."""

import gzip
import unicodedata

import pytest
import torch

import models_zoo
from models_zoo import pairs, subwords
from models_zoo.card import PAIRS_FILE, Card, ZooError
from models_zoo.pair_judge import TEMPERATURE, TRACES
from models_zoo.pairs import Pairs
from models_zoo.seq2seq import Seq2Seq
from models_zoo.subwords import END, PAD, START, padded
from models_zoo.translator import MAX_LETTERS, Translator, allowed, longest, sampled

TEXTS = {
    "en": ["I am hungry.", "Where is the station?", "Tom is a cat.", "the dog is here"],
    "ko": ["나는 배가 고프다.", "역은 어디야?", "톰은 고양이야.", "개가 여기 있어"],
}
PAIRS = list(zip(TEXTS["en"], TEXTS["ko"], strict=True))


def translator(languages=("en", "ko"), game=True, architecture="gru", **options):
    """A small translator that has learned its pieces and nothing else."""
    torch.manual_seed(0)
    sizes = {"sources": 60, "targets": 60, "width": 16, "depth": 1}
    model = Translator(languages, **sizes, architecture=architecture, game=game, **options)
    for part, language in zip((model.source, model.target), languages, strict=True):
        part.remember(subwords.learned([subwords.read_as(text, language) for text in TEXTS[language]] * 4, 60))
    with torch.no_grad():
        model.generator.bias[len(model.target) :] = -1e4
    return model.eval()


@pytest.fixture(scope="module")
def model():
    return translator()


@pytest.fixture(scope="module")
def folder(model, tmp_path_factory):
    folder = tmp_path_factory.mktemp("zoo") / "translator"
    folder.mkdir()
    model.card = Card(
        "translator", "seq2seq-gan", "text-translation", "kor_eng", model.architecture, model.arguments, 1, 1,
        licences={"weights": "Apache-2.0", "data": "CC BY 2.0 FR"},
    )  # fmt: skip
    model.save_pretrained(folder)
    pairs.write(folder, PAIRS[:3], [*PAIRS[3:], ("the dog is here", "개는 여기 있다")], "en")
    return folder


# ---- text ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text, wanted",
    [
        (unicodedata.normalize("NFD", "안녕하세요."), "안녕하세요."),
        ("\uffbe\uffc2\uffa4\uffa1\uffda\uffa9", "한글"),
        ("Ｈｅｌｌｏ！", "Hello!"),
        ("  it’s\t“so” \n", 'it\'s "so"'),
        ("ㅋㅋ 아ㅋ", "ㅋㅋ 아ㅋ"),
        ("a\u200bb\x00", "ab"),
    ],
)
def test_text_is_normalised(text, wanted):
    assert subwords.normalised(text) == wanted


def test_english_is_read_without_capitals_and_contractions():
    assert subwords.read_as("I'm sure he won't. It's Tom’s.", "en") == "i am sure he will not. it 's tom 's."
    assert subwords.read_as("Tom이 I'm", "ko") == "Tom이 I'm"


def test_pieces_make_the_text_again(model):
    for text in TEXTS["ko"]:
        assert model.target.text(model.target.ids(text)) == text


def test_words_with_characters_that_no_piece_has_are_named(model):
    assert model.translate_text(["I am 😀 <hungry>!"])[0][0].unknown == ["😀", "<hungry>"]


def test_damaged_pieces_are_named():
    with pytest.raises(ZooError, match="pieces of the model are damaged"):
        subwords.Subwords(8).ids("a")


def test_more_pieces_than_the_networks_know_are_refused(model):
    small = subwords.Subwords(20)
    small.model = model.source.model
    with pytest.raises(ZooError, match="of at most 20"):
        small.ids("a")


# ---- decoding -----------------------------------------------------------------------------------


@pytest.mark.parametrize("architecture", ["gru", "transformer"])
def test_steps_with_a_cache_give_what_the_whole_prefix_gives(architecture):
    torch.manual_seed(0)
    network = Seq2Seq(30, 40, 16, depth=2, architecture=architecture).eval()
    source, target = padded([[5, 6, 7], [8]]), torch.tensor([[START, 9, 10], [START, 11, 12]])
    cache, found = network.read(source), []
    for place in range(3):
        states, attention, cache = network.write(target[:, place : place + 1], cache)
        found.append(network.logits(states))
        assert torch.allclose(attention.sum(2), torch.ones(2, 1)) and not attention[1, 0, 1:].any()
    assert torch.allclose(torch.cat(found, 1), network(source, target), atol=1e-5)


@pytest.mark.parametrize("architecture", ["gru", "transformer"])
@pytest.mark.parametrize("beam, temperature", [(1, 0.0), (3, 0.0), (3, 1.0)])
def test_a_sentence_is_translated_alike_in_every_batch(architecture, beam, temperature):
    model = translator(architecture=architecture)
    alone = model.translate_text(TEXTS["en"][:1], beam, temperature, seed=3)[0]
    among = model.translate_text(TEXTS["en"], beam, temperature, seed=3)[0]
    assert [each.text for each in alone] == [each.text for each in among]
    assert len(alone) == beam and [each.score for each in alone] == sorted((each.score for each in alone), reverse=True)


def test_the_score_is_the_mean_log_probability(model):
    best = model.translate_text(TEXTS["en"][1:2], beam=4)[0][0]
    read = model.read(TEXTS["en"][1:2])
    ids = [next(number for number in range(60) if model.target.pieces([number]) == [piece]) for piece in best.pieces]
    with torch.inference_mode():
        logits = model.generator(read, torch.tensor([[START, *ids]]))[0]
    told = torch.stack(
        [allowed(logits[at : at + 1], torch.tensor([[START, *ids][: at + 1]]))[0] for at in range(len(ids) + 1)]
    )
    if len(ids) < longest(read)[0] - 1:
        chances = told.log_softmax(1).gather(1, torch.tensor([*ids, END])[:, None])
        assert best.score == pytest.approx(chances.mean().item(), abs=1e-3)


def test_a_translation_tells_where_it_looked(model):
    found = model.translate_text(["I am hungry."])[0][0]
    assert found.attention.shape == (len(found.pieces), len(found.source_pieces))
    assert torch.allclose(found.attention.sum(1), torch.ones(len(found.pieces)))


def test_nothing_is_said_over_and_over():
    logits = allowed(torch.zeros(2, 9), torch.tensor([[START, 5, 6, 7, 5, 6], [START, 5, 6, 7, 6, 5]]))
    assert logits[0, 7] == -torch.inf and logits[1, 7] == 0 and (logits[:, :3] == -torch.inf).all()


def test_drawn_translations_end_and_go_on_as_they_began(model):
    source = model.read(TEXTS["en"])
    begun = torch.tensor([[7, 8]] * len(source))
    drawn = sampled(model.generator, source, begun)
    assert torch.equal(drawn[:, :2], begun)
    for row, most in zip(drawn.tolist(), longest(source).tolist(), strict=True):
        assert row.count(END) == 1 and row.index(END) < most and set(row[row.index(END) + 1 :]) <= {PAD}


@pytest.mark.parametrize(
    "sentence, wanted",
    [
        ("", "There is no sentence"),
        (" \n\u200b", "There is no sentence"),
        ("x" * 10_000, f"10,000 characters; at most {MAX_LETTERS}"),
        ("배고파.", "no English word"),
        ("😀😀", "no English word"),
    ],
)
def test_what_is_no_sentence_is_refused_in_one(model, sentence, wanted):
    with pytest.raises(ZooError, match=wanted):
        model.translate_text([sentence])


@pytest.mark.parametrize("options", [{"beam": 0}, {"beam": 17}, {"temperature": -1.0}, {"temperature": float("nan")}])
def test_beams_and_temperatures_out_of_range_are_refused(model, options):
    with pytest.raises(ZooError, match="beam must be from 1 to 16"):
        model.translate_text(["Hi."], **options)


def test_a_mac_s_hangul_is_translated_like_any_other():
    model = translator(("ko", "en"), game=False)
    texts = [TEXTS["ko"][0], unicodedata.normalize("NFD", TEXTS["ko"][0])]
    first, second = (found[0].text for found in model.translate_text(texts))
    assert first == second


# ---- judge and folder ---------------------------------------------------------------------------


def test_the_judge_reads_pairs_alike_in_every_batch(model):
    assert torch.allclose(
        model.judge(TEXTS["en"], TEXTS["ko"])[:1], model.judge(TEXTS["en"][:1], TEXTS["ko"][:1]), atol=1e-5
    )


def test_the_judge_takes_shares_of_pieces_as_it_takes_pieces(model):
    source, target = model.read(TEXTS["en"]), model.written(TEXTS["ko"])
    shares = torch.nn.functional.one_hot(target, 60).float()
    with torch.inference_mode():
        whole, soft = model.discriminator(source, target), model.discriminator(source, shares, target != PAD)
    assert torch.allclose(whole, soft, atol=1e-5)


@pytest.mark.parametrize("target", ["", "가" * (MAX_LETTERS + 1)])
def test_the_judge_refuses_what_is_no_translation(model, target):
    with pytest.raises(ZooError, match="from 1 to"):
        model.judge(["Hi."], [target])


@pytest.mark.parametrize("say", [0.5, 100.0])
def test_beams_are_ordered_by_their_score_and_the_say_of_the_judge(model, say):
    heard = translator(say=say)
    for source, alone, found in zip(
        TEXTS["en"], model.translate_text(TEXTS["en"], 4), heard.translate_text(TEXTS["en"], 4), strict=True
    ):
        with torch.inference_mode():
            logits = heard.discriminator(heard.read([source] * 4), heard.written([each.text for each in alone]))
        order = sorted(range(4), key=lambda place: -alone[place].score - say * logits[place].item())
        assert [each.text for each in found] == [alone[place].text for place in order]
        assert [each.score for each in found] == pytest.approx([alone[place].score for place in order], abs=1e-5)


@pytest.mark.parametrize("options", [{"beam": 1}, {"beam": 3, "before": True}, {"beam": 3, "temperature": 1.0}])
def test_the_judge_has_no_say_without_beams_or_before_the_game(options):
    texts = [
        [[each.text for each in found] for found in translator(say=say).translate_text(TEXTS["en"], **options)]
        for say in (0.0, 100.0)
    ]
    assert texts[0] == texts[1]


def test_a_telltale_says_nothing_until_it_has_learned(model):
    model, plain = translator(telltale=True), translator()
    plain.load_state_dict(model.state_dict(), strict=False)
    calm = plain.judge(TEXTS["en"], TEXTS["ko"]) / TEMPERATURE
    assert torch.equal(model.judge(TEXTS["en"], TEXTS["ko"]), calm)
    with torch.no_grad():
        model.telltale.head.weight.fill_(1.0)
    assert not torch.equal(model.judge(TEXTS["en"], TEXTS["ko"]), calm)


def test_traces_of_what_a_translator_says_itself_show_no_surprise(model):
    own = [found[0].text for found in model.translate_text(TEXTS["en"])]
    made, people = model.traces(TEXTS["en"], own), model.traces(TEXTS["en"], TEXTS["ko"])
    assert made.shape == (len(own), TRACES) and (made <= 0).all() and (people <= 0).all()
    assert (made[:, 2] > people[:, 2]).all()
    assert torch.allclose(model.traces(TEXTS["en"][:1], TEXTS["ko"][:1]), people[:1], atol=1e-5)


def test_a_translator_without_a_game_says_so():
    model = translator(game=False)
    with pytest.raises(ZooError, match="no judge"):
        model.judge(["a"], ["가"])
    with pytest.raises(ZooError, match="played no game"):
        model.translate_text(["a"], before=True)


def test_a_folder_gives_the_same_translator_with_its_pairs(model, folder):
    loaded = models_zoo.load(str(folder), "cpu")
    assert (loaded.source_language, loaded.target_language, loaded.game) == ("en", "ko", True)
    assert loaded.source.ids("the dog") == model.source.ids("the dog")
    assert loaded.pairs.train == PAIRS[:3]
    assert loaded.pairs.held_out == [("the dog is here", ["개가 여기 있어", "개는 여기 있다"])]
    assert loaded.pairs is models_zoo.load(str(folder), "cpu").pairs


def test_the_nearest_pair_is_found_by_letters():
    found = Pairs(PAIRS, [])
    assert found.nearest("Where's the stations?") == PAIRS[1] and found.nearest("THE DOG") == PAIRS[3]
    assert found.nearest("ㅋ") == PAIRS[0]


# With names: in a name made of them would be the second in which they were compressed, and all workers need the same names.
@pytest.mark.parametrize(
    "data",
    [b"no gzip", gzip.compress(b"en\nno tab\n\n"), gzip.compress(b"\xff"), gzip.compress(b"en\n")[:-9]],
    ids=["no gzip", "no tab", "no text", "cut off"],
)
def test_damaged_pairs_are_named(tmp_path, data):
    (tmp_path / PAIRS_FILE).write_bytes(data)
    with pytest.raises(ZooError, match="sentences beside the model are damaged"):
        pairs.examples(tmp_path)


def test_pairs_that_are_missing_are_named(tmp_path):
    with pytest.raises(ZooError, match="no sentences beside it"):
        pairs.examples(tmp_path)
