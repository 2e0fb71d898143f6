"""The look of the page: ink on paper, with the red of a seal for what is chosen."""

from __future__ import annotations

from gradio.themes import Base
from gradio.themes.utils import colors, sizes

INK = colors.Color(
    "#f7f6f3",
    "#efede8",
    "#e2dfd8",
    "#cdc9c0",
    "#a5a097",
    "#757068",
    "#57534c",
    "#3d3a35",
    "#28262a",
    "#1c1b1f",
    "#141316",
)
SEAL = colors.Color(
    "#fdf3ef",
    "#fbe3da",
    "#f6c6b5",
    "#f0a58c",
    "#f08465",
    "#d9502f",
    "#b8371f",
    "#962b18",
    "#742214",
    "#551a10",
    "#38110a",
)
TEXT = sizes.Size(name="text_page", xxs="11px", xs="12px", sm="14px", md="15px", lg="17px", xl="22px", xxl="28px")
# Fonts that systems bring along: the page asks no other host for anything.
SANS = (
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Apple SD Gothic Neo",
    "Malgun Gothic",
    "Noto Sans KR",
    "Noto Sans CJK KR",
    "sans-serif",
)
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "D2Coding", "monospace")


SETTINGS = {
    "body_background_fill": "*neutral_50",
    "body_background_fill_dark": "*neutral_950",
    "body_text_color": "*neutral_900",
    "body_text_color_dark": "#ecebe8",
    "body_text_color_subdued": "*neutral_600",
    "body_text_color_subdued_dark": "#b3afa8",
    "background_fill_primary": "white",
    "background_fill_primary_dark": "*neutral_900",
    "background_fill_secondary": "*neutral_100",
    "background_fill_secondary_dark": "*neutral_800",
    "block_background_fill": "transparent",
    "block_background_fill_dark": "transparent",
    "block_border_width": "0px",
    "block_padding": "0px",
    "block_shadow": "none",
    "block_label_background_fill": "transparent",
    "block_title_text_weight": "600",
    "block_title_text_size": "*text_sm",
    "block_title_text_color": "*body_text_color",
    "block_info_text_color": "*body_text_color_subdued",
    "block_info_text_size": "*text_xs",
    "border_color_primary": "*neutral_200",
    "border_color_primary_dark": "#3a383d",
    "form_gap_width": "0px",
    "layout_gap": "16px",
    "input_background_fill": "white",
    "input_background_fill_dark": "*neutral_800",
    "input_border_color": "*neutral_300",
    "input_border_color_dark": "#55525a",
    "input_border_color_focus": "*neutral_900",
    "input_border_color_focus_dark": "*neutral_300",
    "input_border_width": "1px",
    "input_padding": "10px 12px",
    "input_shadow": "none",
    "input_shadow_focus": "0 0 0 3px rgba(184, 55, 31, 0.18)",
    "slider_color": "*primary_600",
    "slider_color_dark": "*primary_400",
    "checkbox_background_color_selected": "*primary_600",
    "checkbox_background_color_selected_dark": "*primary_500",
    "checkbox_border_color": "*neutral_400",
    "checkbox_border_color_dark": "#77737c",
    "checkbox_border_color_selected": "*primary_600",
    "checkbox_label_background_fill": "transparent",
    "checkbox_label_background_fill_dark": "transparent",
    "checkbox_label_background_fill_hover": "transparent",
    "checkbox_label_background_fill_hover_dark": "transparent",
    "checkbox_label_background_fill_selected": "transparent",
    "checkbox_label_background_fill_selected_dark": "transparent",
    "checkbox_label_border_width": "0px",
    "checkbox_label_padding": "4px 0",
    "button_primary_background_fill": "*neutral_900",
    "button_primary_background_fill_hover": "*neutral_700",
    "button_primary_background_fill_dark": "#ecebe8",
    "button_primary_background_fill_hover_dark": "white",
    "button_primary_text_color": "white",
    "button_primary_text_color_dark": "*neutral_950",
    "button_primary_border_color": "transparent",
    "button_primary_border_color_dark": "transparent",
    "button_secondary_background_fill": "white",
    "button_secondary_background_fill_hover": "*neutral_100",
    "button_secondary_background_fill_dark": "*neutral_800",
    "button_secondary_background_fill_hover_dark": "#343137",
    "button_secondary_border_color": "*neutral_300",
    "button_secondary_border_color_dark": "#55525a",
    "button_secondary_text_color": "*neutral_900",
    "button_secondary_text_color_dark": "#ecebe8",
    "button_border_width": "1px",
    "button_large_padding": "12px 16px",
    "button_large_text_weight": "600",
    "button_large_radius": "*radius_lg",
    "button_small_padding": "8px 12px",
    "link_text_color": "*primary_600",
    "link_text_color_dark": "*primary_400",
    "link_text_color_hover": "*primary_700",
    "link_text_color_hover_dark": "*primary_300",
    "table_border_color": "*border_color_primary",
}
"""Gradio's theme variables."""


class Seal(Base):
    """Gradio's base theme in the page's colours, light and dark."""

    def __init__(self):
        super().__init__(
            primary_hue=SEAL,
            secondary_hue=SEAL,
            neutral_hue=INK,
            radius_size=sizes.radius_lg,
            text_size=TEXT,
            font=SANS,
            font_mono=MONO,
        )
        self.set(**SETTINGS)
