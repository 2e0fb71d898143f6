"""An untrained translator with a judge and pairs beside it, for tests of what is built on one."""

import torch

PAIRS = [
    ("Go.", "가."),
    ("Hi.", "안녕."),
    ("I am hungry.", "배고파."),
    ("I am hungry.", "나는 배고파."),
    ("I am tired.", "나는 피곤해."),
    ("Tom is here.", "톰이 여기 있어."),
    ("Where is Tom?", "톰은 어디 있어?"),
    ("Where is the station?", "역은 어디예요?"),
    ("She is a good cook.", "그녀는 요리를 잘해."),
    ("Can you help me?", "나 좀 도와줄래?"),
    ("Tom's late, too!", "톰도 늦었어!"),
]
HELD_OUT = [
    ("Tom is hungry.", "톰은 배고파."),
    ("Tom is tired.", "톰은 피곤해."),
    ("Tom is tired.", "톰이 피곤해."),
    ("Where is she?", "그녀는 어디 있어?"),
]


def made(folder, model_id="tiny-translator", languages=("en", "ko"), **fields):
    """Write the translator to `folder / model_id` and give that folder."""
    from models_zoo import pairs
    from models_zoo.card import Card
    from models_zoo.subwords import learned, read_as
    from models_zoo.translator import Translator

    turn = -1 if languages == ("ko", "en") else 1
    train, held_out = ([pair[::turn] for pair in each] for each in (PAIRS, HELD_OUT))
    pieces = [learned([read_as(pair[side], languages[side]) for pair in train], 120) for side in (0, 1)]
    torch.manual_seed(0)
    model = Translator(list(languages), sources=120, targets=120, width=16, depth=1, heads=2, dropout=0.0, game=True)
    model.source.remember(pieces[0])
    model.target.remember(pieces[1])
    for parameter in model.before.parameters():
        # Untrained, two translators would differ in nothing that shows.
        parameter.data += 0.3 * torch.randn_like(parameter)
    values = {"title": {"en": "Tiny <translator>", "ko": "작은 번역기"}, **fields}
    arguments = {**model.arguments, "languages": list(languages)}
    model.card = Card(
        model_id, "seq2seq-gan", "text-translation", "kor-eng", model.architecture, arguments, 1, 1, **values
    )
    model.save_pretrained(folder / model_id)
    pairs.write(folder / model_id, train, held_out, languages[0])
    return folder / model_id
