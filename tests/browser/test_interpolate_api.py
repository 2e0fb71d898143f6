"""Paths through latent space as programs ask for them."""

import json
import math
from pathlib import Path

import av
import httpx
import numpy as np
import pytest
from gradio_client.exceptions import AppError
from PIL import Image

TABS = ["sample", "classes", "interpolate"]


def post(server, *arguments):
    body = json.dumps({"data": list(arguments)})
    headers = {"content-type": "application/json"}
    return httpx.post(f"{server}/gradio_api/run/interpolate", content=body, headers=headers, timeout=60)


def test_a_path_has_frames_times_norms_and_a_film(client):
    path = client.predict("tiny-gan", [7, 8, 9], api_name="/interpolate")
    assert len(path["frames"]) == len(path["times"]) == len(path["norms"]) == 24
    assert (path["times"][0], path["times"][-1]) == (0, 1) and 0.5 in path["times"]
    ends = client.predict("tiny-gan", 7, 3, api_name="/sample")
    for place, end in zip((0, path["times"].index(0.5), 23), ends, strict=True):
        frame, alone = (np.asarray(Image.open(file), int) for file in (path["frames"][place], end["image"]))
        assert np.abs(frame - alone).max() <= 2
    with Image.open(path["film"]) as gif:
        assert (gif.format, gif.n_frames) == ("GIF", 24)


def test_latents_and_seeds_may_be_mixed_and_a_film_may_be_mp4(client):
    z = [0.1] * 100
    path = client.predict(
        "tiny-gan", [7, z], method="lerp", frames=10, loop=True, format="mp4", truncation=0.5, api_name="/interpolate"
    )
    assert path["norms"][5] == pytest.approx(1.0, abs=1e-5) and path["times"][-1] == pytest.approx(0.9)
    with av.open(path["film"]) as film:
        assert len(list(film.decode(video=0))) == 10


def test_classes_change_along_the_path(client):
    path = client.predict("tiny-acgan", [7, 7], frames=5, labels=[2, 8], api_name="/interpolate")
    morph = client.predict("tiny-acgan", 2, 8, seed=7, steps=5, api_name="/morph")
    for one, other in zip(path["frames"], morph["frames"], strict=True):
        assert np.abs(np.asarray(Image.open(one), int) - np.asarray(Image.open(other), int)).max() <= 2


def test_bad_arguments_get_one_sentence(server):
    walk = "slerp", 4, False, 1.0, [], "gif"
    for model, keys, sentence in (
        ("nothing", [7, 8], "There is no model"),
        (None, [7, 8], "There is no model"),
        ("judge-mnist", [7, 8], "its task is “judge”"),
        ("tiny-gan", [7, [0.0] * 99 + [math.nan]], "from -100 to 100"),
        ("tiny-acgan", [7, 8], "one class per keyframe"),
    ):
        response = post(server, model, keys, *walk)
        assert response.status_code == 500
        error = response.json()["error"]
        assert sentence in error
        assert "\n" not in error and len(error) < 300 and "Traceback" not in error


def test_gradio_client_raises_the_sentence(client):
    with pytest.raises(AppError, match="must be one of slerp, lerp, spline, not 'nearest'"):
        client.predict("tiny-gan", [7, 8], method="nearest", api_name="/interpolate")


def test_the_same_call_gives_the_same_film(client):
    films = [client.predict("tiny-gan", [7, 8], frames=12, format="mp4", api_name="/interpolate") for _ in range(2)]
    first, second = (Path(path["film"]).read_bytes() for path in films)
    assert first == second
