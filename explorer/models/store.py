"""The models behind the page: found, loaded once each, shared by all visitors, bounded in memory."""

from __future__ import annotations

import dataclasses
import gc
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import models_zoo
from explorer.models import turns
from explorer.models.memory import MEGABYTE, give_back, remembering, resident, usual
from models_zoo import Card, ZooError
from models_zoo.card import current

if TYPE_CHECKING:
    from models_zoo.checkpoint import ZooModel
    from models_zoo.encoder import Encoder

MOST_BESIDE = 64 * MEGABYTE
"""Of what is read from files beside models, as pools are, and remembered."""
COMPUTING = 100 * MEGABYTE
"""Of the process's memory that weights leave to what is computed with them."""
MAX_ADDED = 100


class ModelStore:
    """Bundled models, those in the folders of `also`, and those that visitors name with `add`.

    Weights stay in memory, least recently used first out, as long as they fit in what the process, without them, leaves of `memory`
    bytes, and `COMPUTING` for work; the model in use is kept even if it alone is larger. A model whose folder was written anew is
    loaded anew. All methods may be called from many threads.
    """

    def __init__(
        self,
        also: Sequence[Path] = (),
        memory: int | None = None,
        load: Callable[[str], ZooModel] = models_zoo.load,
        taken: Callable[[], int] = resident,
    ):
        self._also = tuple(also)
        self._memory = memory or usual()
        self._load = load
        self._resident = taken
        self._others: int | None = None
        """Bytes that the process takes without weights."""
        self._models: OrderedDict[str, ZooModel] = OrderedDict()
        self._added: OrderedDict[str, tuple[str, Card]] = OrderedDict()
        self._changing = threading.Lock()
        self._loading: dict[str, threading.Lock] = {}

    def cards(self, task: str | None = None) -> list[Card]:
        """The cards of all models but the visitors' own, sorted by id, of one `task` if given."""
        return models_zoo.find(task, self._also)

    def card(self, model_id: str) -> Card:
        """The card of `model_id` as its folder has it now, under that id; raises `ZooError` if there is none."""
        with self._changing:
            if model_id in self._models:
                known = self._models[model_id].card
            else:
                _, known = self._added.get(model_id, ("", None))
        if known:
            return dataclasses.replace(_reread(known), id=model_id)
        cards = {card.id: card for card in self.cards()}
        if model_id not in cards:
            raise ZooError(f"There is no model {model_id!r}; there are {', '.join(cards) or 'none'}.")
        return cards[model_id]

    def judge_of(self, card: Card) -> Card | None:
        """The first judge of the dataset that the model of `card` was trained on, if there is one."""
        return next((judge for judge in self.cards("judge") if judge.dataset == card.dataset), None)

    def add(self, name: str) -> str:
        """Load the folder or hub id `name` and give the id under which the store now knows it.

        That is the id on its card, with the name in brackets where another model has that id
        already. Naming a folder again reads it again. Raises `ZooError` if it cannot be loaded.
        """
        model = self._load(name)
        card = model.card
        with self._changing:
            taken = {known.id for known in self.cards()} | {
                key for key, (origin, _) in self._added.items() if origin != name
            }
            model_id = f"{card.id} ({name})" if card.id in taken else card.id
            self._added[model_id] = (name, card)
            self._added.move_to_end(model_id)
            while len(self._added) > MAX_ADDED:
                forgotten, _ = self._added.popitem(last=False)
                self._models.pop(forgotten, None)
            self._keep(model_id, model)
        return model_id

    def get(self, model_id: str) -> ZooModel:
        """The model `model_id`, loaded if need be, however many ask at once.

        Raises `ZooError` if there is none of that id or its checkpoint is damaged.
        """
        with self._changing:
            if model := self._kept(model_id):
                return model
            loading = self._loading.setdefault(model_id, threading.Lock())
        with loading:
            with self._changing:
                if model := self._kept(model_id):
                    return model
                origin = self._added[model_id][0] if model_id in self._added else None
            model = self._load(origin or str(self.card(model_id).folder))
            with self._changing:
                self._keep(model_id, model)
                self._loading.pop(model_id, None)
            return model

    def encoder(self, card: Card) -> Encoder | None:
        """The encoder that was trained for the very weights of `card`, if there is one."""
        shape = (card.latent_size, card.image_size, card.channels)
        for each in self.cards("encoder") if card.sha256 else []:
            fits = (each.latent_size, each.image_size, each.channels) == shape
            if fits and each.arguments.get("generator_sha256") == card.sha256:
                return self.get(each.id)
        return None

    @contextmanager
    def using(self, model_id: str) -> Iterator[ZooModel]:
        """`get`, where work begins that may end before it does: see `explorer.models.turns.look`."""
        turns.look()
        yield self.get(model_id)

    def _kept(self, model_id: str) -> ZooModel | None:
        """The model in memory, unless its folder holds another one by now."""
        model = self._models.get(model_id)
        if model is None or _reread(model.card).sha256 != model.card.sha256:
            return None
        self._models.move_to_end(model_id)
        return model

    def _keep(self, model_id: str, model: ZooModel) -> None:
        self._models[model_id] = model
        self._models.move_to_end(model_id)
        if self._others is None:
            self._others = self._resident() - _bytes_of(model)
        # By what weights take, not by what the process does: pictures that are being computed would drive out all models.
        room = self._memory - self._others - COMPUTING
        while len(self._models) > 1 and sum(map(_bytes_of, self._models.values())) > room:
            self._models.popitem(last=False)

    def shrink(self) -> None:
        """While nobody computes: let go of what was not used for longest, until the process is within its memory again."""
        with self._changing:
            if len(self._models) <= 1 or self._resident() <= self._memory:
                return
            _read_beside.cache_clear()
            give_back()
            while len(self._models) > 1 and self._resident() > self._memory:
                self._models.popitem(last=False)
                gc.collect()
                give_back()


def _bytes_of(model: ZooModel) -> int:
    """The bytes of a model's weights."""
    return sum(tensor.nbytes for tensor in (*model.parameters(), *model.buffers()))


def _reread(card: Card) -> Card:
    """What the folder of `card` says now; where it says nothing, `card` itself."""
    if card.folder is None:
        return card
    try:
        return current(card.folder)
    except ZooError:
        return card


def beside(card: Card, name: str, read: Callable[[Path, Any], Any], fact: Any) -> Any:
    """What `read(folder, fact)` makes of the file `name` in the model's folder, read once for every time that file is written.

    None where the model has no such file. `read` raises `ZooError` if the file is damaged.
    """
    path = card.folder / name if card.folder else None
    if path is None or not path.is_file():
        return None
    return _read_beside(read, card.folder, fact, path.stat().st_mtime_ns)


@remembering(MOST_BESIDE)
def _read_beside(read: Callable[[Path, Any], Any], folder: Path, fact: Any, _changed: int) -> Any:
    return read(folder, fact)
