"""What stands around the tabs: the page's name and its tools, one-click scenes, and the menu of all tabs."""

from __future__ import annotations

from collections.abc import Sequence

import gradio as gr

from explorer.page import html
from explorer.page.tab import GROUPS, Tab
from explorer.texts import both, label

TITLE = "GAN Explorer"
KEYS = {"undo": "Ctrl+Z", "redo": "Ctrl+Shift+Z"}
"""What acts on the steps of the visitor, and its keys."""
FREE = {"api_visibility": "private"}
"""Options of an event that the browser answers alone."""

_render = html.templates(__file__)


def masthead() -> None:
    """The page's name, and what acts on the whole page."""
    with gr.Row(elem_classes="masthead"):
        with gr.Column(scale=1, min_width=200):
            gr.Markdown(f"# {TITLE}", elem_classes="wordmark")
            gr.Markdown(label("tagline"), elem_classes="tagline")
        with gr.Row(scale=0, elem_classes="tools"):
            buttons = {name: (both(f"{name}_button"), keys) for name, keys in KEYS.items()}
            gr.HTML(_render("steps", "en", buttons=buttons), elem_id="steps", apply_default_css=False)
            copy = gr.Button(label("copy_button"), size="sm", elem_id="copy-link")
            language = gr.Button(label("language_button"), size="sm", elem_id="language")
            theme = gr.Button(label("theme_button"), size="sm", elem_id="theme")
    copy.click(None, js="() => { window.explorer.copyLink(document.getElementById('copy-link')); }", **FREE)
    language.click(None, js="() => { window.switchLanguage(); }", **FREE)
    theme.click(None, js="() => { window.explorer.toggleTheme(); }", **FREE)


def scenes(tabs: Sequence[Tab]) -> None:
    """A row of links, each to something finished on one of `tabs`."""
    staged = [tab for tab in tabs if tab.scene]
    if not staged:
        return
    with gr.Row(elem_classes="scenes"):
        gr.Markdown(label("scenes"), elem_classes="quiet")
        for tab in staged:
            gr.Button(
                label(f"scene_{tab.id}"),
                link=f"?tab={tab.id}&{tab.scene}",
                link_target="_self",
                size="sm",
                elem_id=f"scene-{tab.id}",
            )


def menu(tabs: Sequence[Tab]) -> None:
    """A button for each of `tabs`, in their groups; on a phone they unfold below one button."""
    unfold = gr.Button(label("menu"), size="sm", elem_id="menu-open", elem_classes="menu-open")
    unfold.click(None, js="() => { window.explorer.unfoldMenu(); }", **FREE)
    with gr.Row(elem_classes="menu", elem_id="menu"):
        for group in GROUPS:
            members = [tab for tab in tabs if tab.group == group]
            if not members:
                continue
            with gr.Column(elem_classes="menu-group", min_width=0, scale=0):
                gr.Markdown(label(f"group_{group}"), elem_classes="menu-title")
                with gr.Row(elem_classes="menu-tabs"):
                    for tab in members:
                        button = gr.Button(label(tab.name), size="sm", elem_id=f"menu-{tab.id}")
                        button.click(None, js=f"() => {{ window.explorer.go('{tab.id}'); }}", **FREE)
