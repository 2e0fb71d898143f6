"""What programs can ask of the *Styles* tab."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, TypedDict

from explorer.models.choice import Choice, file_name
from explorer.page import checks
from explorer.page.endpoint import publish
from explorer.page.view import View, control
from explorer.page.wiring import Visit
from explorer.pictures import files, images
from explorer.pictures.files import RemoteFile
from explorer.pictures.images import Pixels
from explorer.tabs.styles import work
from explorer.tabs.styles.work import StylesView
from explorer.texts import say
from explorer.texts.errors import UserError, shown
from models_zoo import Card, style_layers


class Styled(TypedDict):
    """A picture (PNG), and the w that drew it: one list for each layer, from coarse to fine."""

    image: RemoteFile
    w: list[list[float]]


def _layers(value: Any, card: Card, language: str) -> list[int]:
    if not isinstance(value, list) or len(value) > style_layers.rows(card.image_size):
        raise UserError(say("styles_bad_layers", language, high=style_layers.rows(card.image_size), value=shown(value)))
    return [work.layer(each, card, language) for each in value]


def _amounts(value: Any, language: str) -> dict[str, float]:
    return checks.amounts(value, [str(number + 1) for number in range(work.COMPONENTS)], language)


@dataclass(frozen=True)
class Style(View):
    """What a program gives."""

    model: str = control()
    seed: int = control(0, checks.seed)
    psi: float = control(1.0, work.psi)
    source: int | None = control(None, checks.seed)
    layers: list[int] = control((), of_model=_layers)
    amounts: dict[str, float] = control((), _amounts)
    noise: str = control("constant", work.noise_kind)
    noise_seed: int = control(0, checks.seed)


def _by_layer(value: Any, card: Card, language: str) -> list[float]:
    return work.by_layer(value, card, language)


@dataclass(frozen=True)
class Layers(View):
    """What the page's script gives to have each layer moved by an amount of its own."""

    model: str = control()
    seed: int = control(0, checks.seed)
    psi: float = control(1.0, work.psi)
    component: int = control(1, work.component)
    amounts: dict[str, float] = control((), of_model=_by_layer)


def publish_all(choice: Choice) -> None:
    """Publish the function of this tab for the models of `choice`."""

    def styles(visit: Visit[Style]) -> Styled:
        """Draw a picture with a StyleGAN whose styles are mixed with those of another picture, moved, truncated, or without noise.

        Args:
            model: The id of a StyleGAN, such as "stylegan-celeba64".
            seed: The seed of the picture, 0 to 4294967295.
            psi: Truncation of w, -1 to 1: 1 leaves the picture as it is, 0 gives the average picture, below 0 its opposite.
            source: The seed of a picture whose styles the `layers` take; null to mix nothing.
            layers: The layers that are mixed, moved, or whose noise is changed, counted from 1 (coarse) to as many as the
                answer's `w` has rows (fine). Empty for all of them.
            amounts: How far to move along the principal components of w, "1" to "10", -2 to 2; 1 and -1 are the ends of
                the page's sliders. Empty to move nowhere.
            noise: "constant" (the model's own), "none" or "random".
            noise_seed: The seed of random noise, 0 to 4294967295.
        """
        pixels, w = draw(choice, visit.card, visit.view)
        (image,) = files.write({f"{file_name(visit.card.id)}-styles.png": images.png(pixels)[0]})
        return Styled(image=image, w=w)

    def styles_pad(visit: Visit[Style]) -> str:
        """The picture at a point of the page's pad, as a data URI: for the page's own script, which wants no files and no w.

        Args:
            model: As for `styles`, like all that follow.
            seed: The seed of the picture.
            psi: Truncation of w.
            layers: The layers that move.
            amounts: How far along which components.
        """
        pixels, _ = draw(choice, visit.card, visit.view)
        return images.data_uri(images.png(pixels)[0])

    def styles_layers(visit: Visit[Layers]) -> str:
        """The picture after each layer has moved by its own amount, as a data URI: for the page's own script.

        Args:
            model: As for `styles`, like all that follow.
            seed: The seed of the picture.
            psi: Truncation of w.
            component: The principal component of w along which layers move, 1 to 10.
            amounts: How far each layer moves, -1 to 1, by its number.
        """
        given = visit.view
        seen = StylesView(given.model, "layers", given.seed, given.psi, component=given.component)
        drawn = work.layered(choice.store, visit.card, replace(seen, moves=work.to_link(given.amounts)))
        return images.data_uri(images.png(drawn[1:])[0])

    usual = {"layers": [], "amounts": {}}
    publish(styles, Style, choice, defaults=usual)
    without = ("source", "noise", "noise_seed")
    publish(styles_pad, Style, choice, defaults=usual, without=without, api_visibility="undocumented")
    publish(styles_layers, Layers, choice, defaults={"amounts": {}}, api_visibility="undocumented")


def draw(choice: Choice, card: Card, given: Style) -> tuple[Pixels, list[list[float]]]:
    """The picture that a program asks for, 1 x H x W x C, and its w; raises `ZooError` if the model cannot be loaded."""
    import torch

    taken = [layer - 1 for layer in given.layers] or list(range(style_layers.rows(card.image_size)))
    with choice.store.using(card.id) as model, torch.inference_mode():
        ws = work.of_seeds(model, [given.seed], given.psi)
        if given.source is not None:
            ws = model.mixed(ws, work.of_seeds(model, [given.source], given.psi), taken)
        ws = work.moved(model, ws, {int(name): amount for name, amount in given.amounts.items()}, taken)
        pixels = images.pixels(model.synthesize(ws, work.noise(model, given.noise, 1, given.noise_seed, taken)))
    return pixels, ws[0].tolist()
