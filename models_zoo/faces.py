"""How aligned faces lie in their pictures: what training cuts out of them, and an upload has to be brought to."""

from __future__ import annotations

DATASET = "celeba"
"""The dataset on whose card a model says that it knows such faces."""
CROP = (5 / 89, 18 / 109, 84 / 89, 97 / 109)
"""Left, top, right and bottom of the square that keeps hair and chin, as shares of an aligned picture's sides."""
EYES = ((69 / 178, 111 / 218), (108 / 178, 111 / 218))
"""Where the eyes are that stand left and right in an aligned picture, as shares of its width and height."""
