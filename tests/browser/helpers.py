"""What tests of several tabs do on a page, and pictures that they give it."""

import base64
import io
from urllib.parse import parse_qs, urlparse

from PIL import Image, ImageDraw
from playwright.sync_api import expect


def view(page):
    """The values in the link of the page, by name."""
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def labelled(page, text, **options):
    """The control of that label in the open tab, not in one that is hidden."""
    return page.get_by_label(text, **options).filter(visible=True)


def go_to(page, tab):
    """Open the tab of that id by the menu, which unfolds first on a phone; says how many taps that took."""
    button = page.locator(f"#menu-{tab}")
    taps = 1
    if not button.is_visible():
        page.locator("#menu-open").click()
        taps = 2
    button.click()
    return taps


def toast(page):
    return page.get_by_test_id("toast-body")


def close_toasts(page):
    """Close all toasts, also those that are just about to go by themselves."""
    page.evaluate("document.querySelectorAll('[data-testid=toast-close]').forEach(button => button.click())")
    expect(toast(page)).to_have_count(0)


def saved(page, button):
    """The download that a click on `button` starts."""
    with page.expect_download() as download:
        page.locator(button).click()
    return download.value


def upload(page, place, content, name="photo.png"):
    """Give bytes to the field for files in `place`."""
    sent = {"name": name, "mimeType": "image/png", "buffer": content}
    page.locator(f"{place} input[type=file]").first.set_input_files(sent)


def fits(page):
    """Whether nothing of the page lies beyond its right edge."""
    return page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def decoded(source):
    """The picture at a data URI."""
    return Image.open(io.BytesIO(base64.b64decode(source.split(",")[1])))


def encoded(picture, kind="PNG"):
    """The bytes of a file of `picture`."""
    buffer = io.BytesIO()
    picture.save(buffer, kind)
    return buffer.getvalue()


def digit(ink=(0, 0, 0), paper=(255, 255, 255), size=(200, 240)):
    """A seven in thick strokes."""
    picture = Image.new("RGB", size, paper)
    points = [(0.25 * size[0], 0.2 * size[1]), (0.75 * size[0], 0.2 * size[1]), (0.4 * size[0], 0.8 * size[1])]
    ImageDraw.Draw(picture).line(points, ink, width=size[0] // 10, joint="curve")
    return picture


UNSEEN = """(selectors) => selectors.filter((selector) => {
    const all = [...document.querySelectorAll(selector)].filter((element) => element.checkVisibility());
    const box = all.at(-1).getBoundingClientRect();
    const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
    return box.top < 0 || box.bottom > innerHeight || top !== all.at(-1);
})"""


def out_of_sight(page, picture, control):
    """Which of the last such picture and the last such control cannot be seen, once that control is scrolled to."""
    page.locator(control).filter(visible=True).last.evaluate("each => each.scrollIntoView({block: 'center'})")
    page.wait_for_timeout(200)
    return page.evaluate(UNSEEN, [picture, control])


def drag_across(page, place, to):
    """Drag from the middle of what stands at `place` to a point `to`, in shares of its width and height, and let go."""
    page.locator(place).first.scroll_into_view_if_needed()
    box = page.locator(place).first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    for step in range(1, 11):
        share = step / 10
        page.mouse.move(x + share * (to[0] - 0.5) * box["width"], y + share * (to[1] - 0.5) * box["height"])
    page.mouse.up()
