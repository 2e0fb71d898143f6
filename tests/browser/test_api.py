"""The functions as programs meet them: over HTTP, through gradio_client, and as MCP tools."""

import base64
import io
import json
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import httpx
import numpy as np
import pytest
from browser.helpers import digit, encoded
from gradio_client.exceptions import AppError
from PIL import Image

from tests import event_loop

TOOLS = {
    "/sample": "sample",
    "/sample_sheet": "sample_sheet",
    "/lab": "lab",
    "/classes": "class_samples",
    "/morph": "morph",
    "/interpolate": "interpolate",
    "/breed": "breed_pictures",
    "/arithmetic": "latent_arithmetic",
    "/directions": "directions",
    "/styles": "styles",
    "/judge_digit": "judge_digit",
    "/words": "words_to_pictures",
    "/translate_text": "translate_text",
    "/judge_translation": "judge_translation",
    "/invert": "invert",
    "/spectrum": "spectrum_of",
    "/convergence": "training_course",
    "/colorize": "colorize",
    "/enlarge": "enlarge",
    "/translate": "translate",
    "/models": "models",
    "/model_card": "model_card",
}
"""The public functions, and their names as MCP tools."""


def post(server, name, *arguments):
    """Call a function as a plain HTTP client does; JSON's NaN and the like are sent as they are."""
    body = json.dumps({"data": list(arguments)})
    url, kind = f"{server}/gradio_api/run/{name}", {"content-type": "application/json"}
    return httpx.post(url, content=body, headers=kind, timeout=60)


def refusal(server, name, *arguments):
    """The one sentence that the function answers with."""
    response = post(server, name, *arguments)
    error = response.json()["error"]
    assert response.status_code == 422
    assert error.count("\n") == 0 and "Traceback" not in error
    return error


def test_samples_are_files_with_seeds_and_verdicts_and_the_sheet_is_one_picture(client):
    samples = client.predict("tiny-gan", 5, 3, 0.9, True, api_name="/sample")
    assert [sample["seed"] for sample in samples] == [5, 6, 7]
    assert all(0 <= sample["verdict"] <= 1 for sample in samples)
    for sample in samples:
        with Image.open(sample["image"]) as picture:
            assert (picture.format, picture.size, picture.mode) == ("PNG", (28, 28), "L")
    (usual,) = client.predict(model="tiny-gan", count=1, api_name="/sample")
    assert (usual["seed"], usual["verdict"]) == (0, None)
    # A seed gives the same file wherever it stands.
    (alone,) = client.predict("tiny-gan", 12, 1, api_name="/sample")
    among = client.predict("tiny-gan", 10, 3, api_name="/sample")
    with Image.open(alone["image"]) as one, Image.open(among[2]["image"]) as other:
        assert one.tobytes() == other.tobytes()
    with Image.open(client.predict("tiny-gan", 0, 4, api_name="/sample_sheet")) as picture:
        assert picture.format == "PNG" and min(picture.size) >= 448


def test_models_and_their_cards(client, server):
    models = {model["id"]: model for model in client.predict(api_name="/models")}
    assert models["tiny-lsgan"]["verdict"] == "least-squares"
    assert models["tiny-gan"]["title"] == "Title of tiny-gan"
    card = client.predict("tiny-gan", api_name="/model_card")
    assert card["licences"]["weights"] == "Apache-2.0"
    assert "folder" not in card
    assert "Unknown task '<b>'" in refusal(server, "models", "<b>")
    assert "There is no model '<b>'" in refusal(server, "model_card", "<b>")


GOOD = {"model": "tiny-gan", "seed": 1, "count": 1, "truncation": 1.0, "verdict": False}


def test_bad_arguments_get_one_sentence_of_plain_text(server, client):
    for name, values, message in (
        ("seed", (-1, 2**32, 1.5, "1", True, None, math.nan, [1]), "seed must be"),
        ("count", (0, 65, -1, 2.5, "2", True, None), "number of images must be"),
        ("truncation", (-0.1, 1.01, math.nan, math.inf, "1", True, None), "truncation must be"),
        ("verdict", (1, "yes", None), "verdict must be"),
        ("model", ("nothing", "", "../..", 7, None, ["tiny-gan"]), "There is no model"),
        ("model", ({"path": "<b>"},), "There is no model {'path': '<b>'}; known"),
        ("model", ("judge-mnist",), "its task is “judge”"),
    ):
        for value in values:
            error = refusal(server, "sample", *(GOOD | {name: value}).values())
            assert message in error and len(error) < 300, (name, value)
    with pytest.raises(AppError, match="number of images must be a whole number from 1 to 64, not 65"):
        client.predict("tiny-gan", 0, 65, api_name="/sample")


def test_twenty_clients_at_once_are_all_served(server, client):
    def ask(number):
        response = post(server, "sample", "tiny-gan", number, 64, 1.0, True)
        return [sample["seed"] for sample in response.raise_for_status().json()["data"][0]]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))
    assert answers == [list(range(number, number + 64)) for number in range(20)]
    jobs = [client.submit("tiny-gan", number, 1, api_name="/sample") for number in range(20)]
    assert [job.result(timeout=60)[0]["seed"] for job in jobs] == list(range(20))


def test_only_the_public_functions_are_listed(client):
    endpoints = client.view_api(return_format="dict", print_info=False)
    assert set(endpoints["named_endpoints"]) == set(TOOLS)
    assert not endpoints["unnamed_endpoints"]


def test_no_file_of_the_server_can_be_had_and_uploads_above_the_limit_are_refused(server, zoo, tmp_path):
    for path in ("/etc/passwd", f"{zoo}/tiny-gan/config.json"):
        assert httpx.get(f"{server}/gradio_api/file={path}").status_code in (403, 404)
    digit().save(tmp_path / "private.png")
    sent = {"path": f"{tmp_path}/private.png", "meta": {"_type": "gradio.FileData"}}
    for name, arguments in (("judge_digit", [sent, ""]), ("classes", [sent, [], 0, 1, 1.0, False])):
        refusal(server, name, *arguments)
    response = httpx.post(f"{server}/gradio_api/upload", files={"files": ("big.bin", b"0" * (20 * 2**20 + 1))})
    assert response.status_code == 413


def test_mcp_lists_the_tools_shows_pictures_and_gives_the_end_of_a_search(server):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    seven = "data:image/png;base64," + base64.b64encode(encoded(digit())).decode()

    async def talk():
        async with (
            streamable_http_client(f"{server}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = (await session.list_tools()).tools
            by_name = {tool.name.split("_", 1)[1] if tool.name.startswith("gan") else tool.name: tool for tool in tools}
            sheet = await session.call_tool("sample_sheet", {"model": "tiny-gan", "count": 2})
            fetched = await session.call_tool("judge_digit", {"image": "https://huggingface.co/a.png"})
            found = {"model": "tiny-gan", "image": seven, "steps": 4}
            return by_name, sheet, fetched, await session.call_tool(by_name["invert"].name, found)

    tools, sheet, fetched, found = event_loop.run(talk())
    assert set(tools) == set(TOOLS.values())
    assert "0 to 1" in tools["sample"].inputSchema["properties"]["truncation"]["description"]
    assert tools["sample"].inputSchema["required"] == ["model"]
    (picture,) = (part for part in sheet.content if part.type == "image")
    assert Image.open(io.BytesIO(base64.b64decode(picture.data))).format == "PNG"
    assert fetched.isError and "addresses are not fetched" in fetched.content[0].text
    assert not found.isError
    assert "psnr" in found.content[0].text and "'end': ''" not in found.content[0].text


def test_a_path_has_frames_times_norms_and_a_film_and_what_is_none_is_one_sentence(client):
    path = client.predict("tiny-gan", [7, 8, 9], api_name="/interpolate")
    assert len(path["frames"]) == len(path["times"]) == len(path["norms"]) == 24
    assert (path["times"][0], path["times"][-1]) == (0, 1) and 0.5 in path["times"]
    ends = client.predict("tiny-gan", 7, 3, api_name="/sample")
    for place, end in zip((0, path["times"].index(0.5), 23), ends, strict=True):
        assert differ(path["frames"][place], end["image"]) <= 2
    with Image.open(path["film"]) as gif:
        assert (gif.format, gif.n_frames) == ("GIF", 24)
    mixed = {"method": "lerp", "frames": 10, "loop": True, "format": "mp4", "truncation": 0.5}
    paths = [client.predict("tiny-gan", [7, [0.1] * 100], **mixed, api_name="/interpolate") for _ in range(2)]
    assert paths[0]["norms"][5] == pytest.approx(1.0, abs=1e-5) and paths[0]["times"][-1] == pytest.approx(0.9)
    with av.open(paths[0]["film"]) as film:
        assert len(list(film.decode(video=0))) == 10
    first, second = (Path(path["film"]).read_bytes() for path in paths)
    assert first == second
    path = client.predict("tiny-acgan", [7, 7], frames=5, labels=[2, 8], api_name="/interpolate")
    morph = client.predict("tiny-acgan", 2, 8, seed=7, steps=5, api_name="/morph")
    for one, other in zip(path["frames"], morph["frames"], strict=True):
        assert differ(one, other) <= 2
    for model, keys, more, sentence in (
        ("nothing", [7, 8], {}, "There is no model"),
        ("judge-mnist", [7, 8], {}, "its task is “judge”"),
        ("tiny-gan", [7, [0.0] * 99 + [101.0]], {}, "from -100 to 100"),
        ("tiny-acgan", [7, 8], {}, "one class per keyframe"),
        ("tiny-gan", [7, 8], {"method": "nearest"}, "must be one of slerp, lerp, spline, not 'nearest'"),
    ):
        with pytest.raises(AppError, match=sentence) as caught:
            client.predict(model, keys, **more, api_name="/interpolate")
        assert "\n" not in str(caught.value)


def differ(one, other):
    """By how many of 255 steps two files differ at most."""
    return np.abs(np.asarray(Image.open(one), int) - np.asarray(Image.open(other), int)).max()
