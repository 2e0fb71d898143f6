"""Two small networks that play against each other, trained by `train`'s own losses and its own step."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim.adam import adam

from explorer.tabs.lab.perceptron import Perceptron
from explorer.tabs.lab.rules import Rules
from explorer.tabs.lab.targets import Target
from train.contract import Batch, Nets, Phase, Step
from train.loop import trainer
from train.loop.runs import Progress
from train.loop.setup import Networks, Run
from train.objectives import losses

AHEAD = 32
"""Steps whose random numbers are drawn together: one by one, drawing would take longer than a small network."""
Loss = Callable[[Tensor, Tensor], Tensor]


def discriminator_hinge(real: Tensor, fake: Tensor) -> Tensor:
    """The hinge loss of one discriminator."""
    return losses.discriminator_hinge([real], [fake])


def generator_hinge(fake: Tensor) -> Tensor:
    """The hinge loss's generator against one discriminator."""
    return losses.generator_hinge([fake])


OBJECTIVES: dict[str, tuple[Loss, Callable[[Tensor], Tensor]]] = {
    "non-saturating": (losses.discriminator_bce, losses.generator_non_saturating),
    "minimax": (losses.discriminator_bce, losses.generator_minimax),
    "least-squares": (losses.discriminator_least_squares, losses.generator_least_squares),
    "wasserstein": (losses.discriminator_wasserstein, losses.generator_wasserstein),
    "hinge": (discriminator_hinge, generator_hinge),
}
"""The losses of discriminator and generator."""


class Pair(nn.Module):
    """A generator from `latent` to `dims` numbers and a discriminator from those to one logit, N x 1."""

    def __init__(self, rules: Rules):
        super().__init__()
        hidden = [rules.width] * rules.depth
        self.generator = Perceptron([rules.latent, *hidden, rules.dims], rules.activation)
        with torch.no_grad():
            self.generator.layers[-1].weight *= rules.spread
        self.discriminator = Perceptron([rules.dims, *hidden, 1], rules.activation)


@dataclass
class Draws(Batch):
    """One step's random numbers: for every turn of the discriminator, `reals` N x dims and latents `zs` N x latent."""

    reals: Tensor | None = None
    zs: Tensor | None = None
    turn: int = 0


class Duel:
    """What `train.loop.trainer` asks of a variant: phases, and what each makes of a batch.

    As in `train`'s variants, the generator goes first, and the discriminator learns from the same points.
    """

    def __init__(self, rules: Rules):
        self.rules = rules
        self.discriminator_loss, self.generator_loss = OBJECTIVES[rules.objective]
        self.phases = self.both
        self.is_noisy, self.is_penalised = rules.noise > 0, rules.r1 > 0 or rules.objective == "wasserstein"
        # What the loop reads of a variant's config.
        self.config = SimpleNamespace(
            lr=rules.g_rate, lr_discriminator=rules.d_rate, lr_decay="none", ema_half_life=0, batch_size=rules.batch
        )

    @property
    def both(self) -> tuple[Phase, ...]:
        """The phases of a whole step: the generator's, and the discriminator's as often as it has turns."""
        return (self.generators, *self.discriminators)

    @property
    def generators(self) -> Phase:
        return Phase("generator", ("generator",))

    @property
    def discriminators(self) -> tuple[Phase, ...]:
        return (Phase("discriminator", ("discriminator",)),) * self.rules.turns

    def loss(self, phase: str, nets: Nets, batch: Draws) -> Step:
        """The generator's phase carries its points N x dims to the discriminator's first turn."""
        if phase == "generator":
            fake = nets["generator"](batch.zs[0])
            seen = self.seen(fake, batch)
            return Step(self.generator_loss(nets["discriminator"](seen)), carried=fake.detach())
        return self.judged(nets["discriminator"], *self.turned(nets["generator"], batch), batch)

    def turned(self, generator: nn.Module, batch: Draws) -> tuple[Tensor, Tensor]:
        """Real and generated points of the discriminator's next turn, N x dims each; without gradients."""
        turn, fake = batch.turn, batch.carried
        if turn > 0 or fake is None:
            with torch.no_grad():
                fake = generator(batch.zs[turn])
        batch.turn += 1
        return batch.reals[turn], fake

    def judged(self, discriminator: Perceptron, real: Tensor, fake: Tensor, batch: Draws) -> Step:
        """The discriminator's loss on real and generated points, with its penalties."""
        real, fake = self.seen(real, batch), self.seen(fake, batch)
        if not self.is_penalised:
            # One pass for both: no point depends on the others.
            return Step(self.discriminator_loss(*discriminator(torch.cat([real, fake])).chunk(2)))
        real = real.clone().requires_grad_()
        logits = discriminator.twice(real)
        loss = self.discriminator_loss(logits, discriminator(fake))
        if self.rules.r1:
            loss = loss + self.rules.r1 * losses.r1_penalty(logits, real)
        if self.rules.objective == "wasserstein":
            # The same share for every pair is as good as one for each, and needs no more random numbers.
            share = torch.rand(len(real), 1, generator=batch.generator)
            between = torch.lerp(fake, real.detach(), share).requires_grad_()
            loss = loss + self.rules.slope * losses.gradient_penalty(discriminator.twice(between), between)
        return Step(loss)

    def seen(self, points: Tensor, batch: Draws) -> Tensor:
        """`points` N x dims as the discriminator sees them: with the noise asked for."""
        if not self.is_noisy:
            return points
        return points + self.rules.noise * torch.randn(points.shape, generator=batch.generator)


class Descent:
    """An optimizer of one network, as the loop uses it, over all weights in one row.

    Weight by weight, an optimizer takes longer over small networks than the networks themselves.
    """

    def __init__(self, rules: Rules, net: str, parameters: list[nn.Parameter]):
        self.parameters = parameters
        self.row = nn.Parameter(torch.cat([each.detach().flatten() for each in parameters]))
        place = 0
        for each in parameters:
            each.data = self.row.data[place : place + each.numel()].view_as(each)
            place += each.numel()
        self.kind, self.inner = chosen(rules, net, self.row)

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """As of any optimizer of torch."""
        return self.inner.param_groups

    @torch.no_grad()
    def step(self) -> None:
        self.row.grad = torch.cat([each.grad.flatten() for each in self.parameters])
        known = self.inner.state.get(self.row)
        if self.kind == "adam" and known:
            # The same function without all that the class looks after, which takes longer than such a step.
            group = self.inner.param_groups[0]
            adam(
                [self.row], [self.row.grad], [known["exp_avg"]], [known["exp_avg_sq"]], [], [known["step"]],
                fused=True, amsgrad=False, maximize=False, lr=group["lr"], weight_decay=0.0, eps=group["eps"],
                beta1=group["betas"][0], beta2=group["betas"][1],
            )  # fmt: skip
        else:
            # Without what torch wraps around it for profilers, which takes as long as the step itself.
            inspect.unwrap(type(self.inner).step)(self.inner)

    def slope(self) -> float:
        """The length of the last gradient."""
        return self.row.grad.norm().item()

    def memory(self) -> tuple[str, dict[str, Any]]:
        """The kind of optimizer, and a copy of what it remembers."""
        return self.kind, copy.deepcopy(self.inner.state_dict()["state"])

    def restore(self, memory: tuple[str, dict[str, Any]]) -> None:
        """Have the optimizer remember what `memory` gave; another kind of optimizer begins afresh."""
        kind, state = memory
        known = copy.deepcopy(state) if kind == self.kind else {}
        self.inner.load_state_dict({**self.inner.state_dict(), "state": known})

    def retuned(self, rules: Rules, net: str) -> None:
        """Take over other numbers; what was remembered stays unless it is another kind of optimizer."""
        memory = self.memory()
        self.kind, self.inner = chosen(rules, net, self.row)
        self.restore(memory)


def chosen(rules: Rules, net: str, row: nn.Parameter) -> tuple[str, torch.optim.Optimizer]:
    """The kind and the optimizer of a network, ``"d"`` or ``"g"``, with all its numbers."""
    kind, rate, beta1, beta2, eps = (
        getattr(rules, f"{net}_{name}") for name in ("optimizer", "rate", "beta1", "beta2", "eps")
    )
    if kind == "adam":
        return kind, torch.optim.Adam([row], rate, (beta1, beta2), eps, fused=True)
    if kind == "rmsprop":
        return kind, torch.optim.RMSprop([row], rate, beta2, eps)
    if kind == "adagrad":
        return kind, torch.optim.Adagrad([row], rate, eps=eps)
    return kind, torch.optim.SGD([row], rate, momentum=beta1 if kind == "momentum" else 0.0)


def prepared(rules: Rules) -> Run:
    """The networks of `rules` before their first step, as `train.loop.trainer.step` takes them; without a folder or a clock."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(rules.seed)
        pair = Pair(rules)
    modules = dict(pair.named_children())
    parameters = {name: list(net.parameters()) for name, net in modules.items()}
    optimizers = {name: Descent(rules, name[0], values) for name, values in parameters.items()}
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    progress = Progress(pair, pair, optimizers, scaler, SimpleNamespace())
    alone = SimpleNamespace(num_processes=1)
    networks = Networks(modules, parameters, [])
    return Run(Duel(rules), None, None, alone, contextlib.nullcontext(), progress, networks)


def changed(run: Run, rules: Rules) -> Run:
    """`run` under other rules with the same networks."""
    for name, descent in run.progress.optimizers.items():
        descent.retuned(rules, name[0])
    return dataclasses.replace(run, variant=Duel(rules))


@dataclass
class Deck:
    """The random numbers of a game, which follow from its seed, its rules and the step alone."""

    rules: Rules
    target: Target
    block: int = -1
    reals: Tensor | None = None
    zs: Tensor | None = None
    generator: torch.Generator = field(default_factory=torch.Generator)

    def dealt(self, step: int) -> Draws:
        """What the step `step` draws."""
        rules = self.rules
        block, place = divmod(step, AHEAD)
        if block != self.block:
            self.generator.manual_seed(mixed(rules.seed, block))
            shape = (AHEAD, rules.turns, rules.batch)
            uniform = torch.rand(*shape, 1 + rules.dims, generator=self.generator)
            self.reals = self.target.drawn(uniform.flatten(0, 2)).view(*shape, rules.dims)
            self.zs = torch.randn(*shape, rules.latent, generator=self.generator)
            self.block = block
        reals, zs = self.reals[place], self.zs[place]
        if rules.noise or rules.objective == "wasserstein":
            self.generator.manual_seed(mixed(rules.seed, step) ^ 1)
        return Draws(reals[0], slice(0, rules.batch), rules.batch, self.generator, step=step, reals=reals, zs=zs)


def mixed(seed: int, counter: int) -> int:
    """A seed in which neighbouring seeds and counters have nothing in common."""
    return (seed * 0x9E3779B97F4A7C15 + (counter + 1) * 0xD1B54A32D192ED03) % 2**63


def step(run: Run, batch: Draws) -> dict[str, Tensor]:
    """One step of the game by `train`'s own loop."""
    scalars = trainer.step(run, batch)
    run.progress.step += 1
    return scalars
