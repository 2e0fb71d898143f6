"""The models behind the page."""
