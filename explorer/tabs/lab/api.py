"""What programs can ask of the *Lab*, and what its own page asks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, TypedDict

from explorer.models.store import ModelStore
from explorer.page import checks
from explorer.page.endpoint import publish
from explorer.page.view import Asked, View, control
from explorer.page.wiring import Visit
from explorer.pictures import files, images
from explorer.pictures.files import RemoteFile
from explorer.tabs.lab import lessons, picturing, runs, work
from explorer.tabs.lab.runs import Runs
from explorer.tabs.lab.settings import COMMANDS, KINDS, MOST_API_SECONDS, MOST_API_STEPS, LabView
from explorer.tabs.lab.worker import Worker
from explorer.texts import LANGUAGES, say
from explorer.texts.errors import UserError, shown

MOST_STEP = 10**9
PLAY = {"concurrency_id": "lab-play", "concurrency_limit": None}
"""Options of functions that need no turn: games are played in a process of their own, which has turns of its own."""


class Played(TypedDict):
    """A finished game: a line for every tenth step, and a picture of its end (PNG).

    Each line has the step, both losses and the lengths of both gradients; every fiftieth step also the Jensen-Shannon divergence in nats, the
    modes covered and the value of the game, null where there are none.
    """

    log: list[dict[str, Any]]
    image: RemoteFile
    diverged: bool


def _steps(value: Any, language: str) -> int:
    return checks.whole(value, 1, MOST_API_STEPS, "steps", language)


@dataclass(frozen=True)
class Asking(LabView):
    """What a program gives."""

    steps: int = control(1000, _steps, link=False)


def _settings(value: Any, language: str) -> LabView:
    """The settings that the page sends, all of them by name; raises `UserError`."""
    if not isinstance(value, dict) or not value.keys() <= LabView.controls().keys():
        raise UserError(say("lab_bad_settings", language, value=shown(value)))
    return LabView.checked(value, Asked(language))


@dataclass(frozen=True)
class Question(View):
    """What the page's script asks: which run is to go on, and how."""

    settings: dict[str, Any] = control(check=_settings)
    run: str = control(check=runs.name)
    command: str = control("look", lambda value, language: checks.option(value, COMMANDS, "command", language))
    amount: int = control(0, lambda value, language: checks.whole(value, 0, MOST_STEP, "amount", language))
    since: int = control(-1, lambda value, language: checks.whole(value, -1, MOST_STEP, "since", language))
    language: str = control("en", lambda value, language: checks.option(value, LANGUAGES, "language", language))


@dataclass(frozen=True)
class Leaving(View):
    """Which run nobody looks at any more."""

    run: str = control(check=runs.name)


@dataclass(frozen=True)
class Filming(View):
    """Which run is to be saved, and as what."""

    run: str = control(check=runs.name)
    kind: str = control("gif", lambda value, language: checks.option(value, KINDS, "kind", language))


def publish_all(seats: Runs, worker: Worker, store: ModelStore) -> None:
    """Publish the functions of this tab; `seats` tell whose turn it is, `worker` plays, `store` takes what they keep."""

    def lab(visit: Visit[Asking]) -> Played:
        """Let two small networks play the GAN game on a distribution that one can see whole, and tell how it went.

        Args:
            data: The distribution: "one", "two", "people", "uniform", "tail" or "drawn-line" on a line, "ring", "grid", "spiral",
                "moons" or "drawn-plane" in the plane.
            drawn: A density of your own, in hexadecimal digits: 64 heights on a line, or 144 digits for 24 x 24 cells of the
                plane, row by row from below, four cells each. Empty for an even one.
            objective: "non-saturating", "minimax", "least-squares", "wasserstein" (with gradient penalty) or "hinge".
            turns: Steps of the discriminator for each of the generator, 1 to 10.
            width: Units of every hidden layer, 2 to 64.
            depth: Hidden layers of each network, 1 to 3.
            activation: "relu", "leaky" or "tanh".
            batch: Points per step, 2 to 512.
            latent: Length of z, 1 to 8.
            spread: Factor on the spread of the generator's first points, 0.1 to 20.
            noise: Standard deviation of the noise on what the discriminator sees, 0 to 2.
            r1: Weight of the gradient penalty on real points, 0 to 100.
            slope: Weight of the Wasserstein objective's gradient penalty, 0 to 100.
            d_optimizer: How the discriminator learns: "adam", "rmsprop", "adagrad", "momentum" or "sgd".
            d_rate: Its learning rate, 0.000001 to 1.
            d_beta1: Adam's first decay rate, or the momentum.
            d_beta2: Adam's second decay rate, or RMSProp's.
            d_eps: What is added to the root in Adam, RMSProp and AdaGrad.
            g_optimizer: How the generator learns; this and the next four as for the discriminator.
            g_rate: Its learning rate.
            g_beta1: Adam's first decay rate, or the momentum.
            g_beta2: Adam's second decay rate, or RMSProp's.
            g_eps: What is added to the root.
            seed: The seed of the weights and of all that is drawn, 0 to 4294967295.
            steps: How long to play, 1 to 5000; it also ends after a minute of computing.
        """
        log, picture, over = work.finished(worker, visit.view, visit.view.steps, MOST_API_SECONDS)
        (image,) = files.write({"lab.png": images.png(picture)[0]})
        return Played(log=log, image=image, diverged=over == "diverged")

    publish(lab, Asking, queue=True)
    _publish_page(seats, worker, store)


def _publish_page(seats: Runs, worker: Worker, store: ModelStore) -> None:
    """Publish what the page's own script asks."""

    def lab_play(visit: Visit[Question]) -> str:
        """Let a run of the page go on for a moment, and tell what it looks like then, as JSON: for the page's own script.

        Args:
            settings: All settings by name.
            run: A name that the browser made up, 16 to 40 small letters and digits.
            command: "play", "look", "step", "discriminator", "generator", "slow", "rewind", "reset" or "keep".
            amount: Steps to make, or the step to play to or to go back to.
            since: The last step whose line of the log the page has; -1 for none.
            language: "en" or "ko", for what may have to be said.
        """
        asked = visit.view
        if asked.command != "play":
            seats.pause(asked.run)
        elif place := seats.place(asked.run):
            return json.dumps({"place": place})
        if asked.settings.part == "points" and asked.command != "keep":
            return worker.ask(
                "answer", asked.run, lessons.setup(asked.settings), asked.command, asked.amount, asked.since
            )
        with seats.using(asked.run) as seat:
            if asked.command == "keep":
                return json.dumps(picturing.keep(seat, store, asked.language))
            try:
                return json.dumps(picturing.answer(seat, asked.settings, asked.command, asked.amount, asked.language))
            except UserError as error:
                # Of pictures that cannot be trained on, the page tells in the place where it tells how training goes.
                return json.dumps({"refused": error.message})

    def lab_leave(visit: Visit[Leaving]) -> str:
        """Forget a run, as its page is closed.

        Args:
            run: The name that the browser made up.
        """
        seats.leave(visit.view.run)
        worker.leave(visit.view.run)
        return ""

    def lab_film(visit: Visit[Filming]) -> RemoteFile:
        """Save what a run has kept of its way as a film.

        Args:
            run: The name that the browser made up.
            kind: "gif" or "mp4".
        """
        film = work.film(worker, visit.view.run)
        kind = visit.view.kind
        (file,) = files.write({f"lab.{kind}": images.film(film, kind, work.FILM_FPS)})
        return file

    for function, view in ((lab_play, Question), (lab_leave, Leaving), (lab_film, Filming)):
        publish(function, view, api_visibility="undocumented", **PLAY)
