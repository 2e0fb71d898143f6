"""What tests of the tab *Classes* and of its canvas do on the page."""

import re


def open_classes(visit, model="tiny-sgan", more="", **options):
    """Open the tab with a model of this name and further values of the link."""
    page = visit(f"?tab=classes&model={model}{more}", ready="button.cell", **options)
    page.wait_for_url(re.compile("from=.*number="))
    return page


def panel(page, place, model):
    """What `model` says of the picture in `place`."""
    return page.locator(f"{place} .panel[data-model='{model}']")


def canvas(page):
    """The drawing board, ready and in view, with the brush in hand."""
    board = page.locator("#classes-canvas .pixi-target canvas")
    board.wait_for()
    page.locator("#classes-canvas .toolbar-wrap button.highlight").wait_for()
    board.scroll_into_view_if_needed()
    return board
