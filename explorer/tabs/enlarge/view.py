"""What the *Enlarge* tab shows below the pictures: the progress of a run, and its result."""

from __future__ import annotations

import math

from markupsafe import Markup

from explorer.page import html
from explorer.pictures.images import Pixels
from explorer.tabs.enlarge import likeness, work
from explorer.tabs.enlarge.likeness import Likeness
from explorer.tabs.enlarge.work import Job, Step
from explorer.texts import say

RUNNING = "tiling"
"""Class of the line below the pictures while tiles are computed."""

_render = html.templates(__file__)


def running(step: Step, language: str) -> Markup:
    """How many tiles are done."""
    text = say("enlarge_running", language, done=step.done, count=step.count)
    return _render("running", language, text=text, done=step.done, count=step.count, style=RUNNING)


def stopped(language: str) -> Markup:
    """That a run was stopped."""
    return _render("over", language, text=say("enlarge_stopped", language))


def done(title: str, job: Job, result: Pixels, plain: Pixels, seconds: float, language: str) -> Markup:
    """The result of a run; with an original, also PSNR and SSIM of interpolation and of the model called `title`."""
    (height, width), (high, wide) = job.photo.shape[:2], result.shape[:2]
    sizes = {"width": width, "height": height, "wide": wide, "high": high}
    rows = []
    if job.original is not None and likeness.is_comparable(result):
        pictures = ((say("enlarge_bicubic", language), plain), (title, result))
        rows = [(name, *_numbers(likeness.measured(work.on_white(each), job.original))) for name, each in pictures]
    text = say("enlarge_done", language, seconds=f"{seconds:.1f}", **sizes)
    if job.given:
        text = " ".join([say("enlarge_reduced", language, width=job.given[0], height=job.given[1]), text])
    return _render("done", language, text=text, rows=rows)


def _numbers(found: Likeness) -> tuple[str, str]:
    return "∞" if math.isinf(found.psnr) else f"{found.psnr:.2f}", f"{found.ssim:.4f}"
