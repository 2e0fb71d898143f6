"""The functions as programs meet them: over HTTP, through gradio_client, and as MCP tools."""

import asyncio
import base64
import io
import json
import math
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from gradio_client.exceptions import AppError
from PIL import Image


def post(server, name, *arguments):
    """Call a function as a plain HTTP client does; JSON's NaN and the like are sent as they are."""
    body = json.dumps({"data": list(arguments)})
    url, kind = f"{server}/gradio_api/run/{name}", {"content-type": "application/json"}
    return httpx.post(url, content=body, headers=kind, timeout=60)


def test_samples_are_files_with_seeds_and_verdicts(client):
    samples = client.predict("tiny-gan", 5, 3, 0.9, True, api_name="/sample")
    assert [sample["seed"] for sample in samples] == [5, 6, 7]
    assert all(0 <= sample["verdict"] <= 1 for sample in samples)
    for sample in samples:
        with Image.open(sample["image"]) as picture:
            assert (picture.format, picture.size, picture.mode) == ("PNG", (28, 28), "L")


def test_defaults_and_names_work(client):
    samples = client.predict(model="tiny-gan", count=1, api_name="/sample")
    assert (samples[0]["seed"], samples[0]["verdict"]) == (0, None)


def test_a_seed_gives_the_same_file_wherever_it_stands(client):
    alone = client.predict("tiny-gan", 12, 1, api_name="/sample")
    among = client.predict("tiny-gan", 10, 3, api_name="/sample")
    with Image.open(alone[0]["image"]) as one, Image.open(among[2]["image"]) as other:
        assert one.tobytes() == other.tobytes()


def test_the_sheet_is_one_picture(client):
    path = client.predict("tiny-gan", 0, 4, api_name="/sample_sheet")
    with Image.open(path) as picture:
        assert picture.format == "PNG" and min(picture.size) >= 448


def test_models_and_their_cards(client):
    models = {model["id"]: model for model in client.predict(api_name="/models")}
    assert models["tiny-lsgan"]["verdict"] == "least-squares"
    assert models["tiny-gan"]["title"] == "Title of tiny-gan"
    card = client.predict("tiny-gan", api_name="/model_card")
    assert card["licences"]["weights"] == "Apache-2.0"
    assert "folder" not in card


GOOD = {"model": "tiny-gan", "seed": 1, "count": 1, "truncation": 1.0, "verdict": False}


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        *(({"seed": seed}, "seed must be") for seed in (-1, 2**32, 1.5, "1", True, None, math.nan, [1])),
        *(({"count": count}, "number of images must be") for count in (0, 65, -1, 2.5, "2", True, None)),
        *(({"truncation": t}, "truncation must be") for t in (-0.1, 1.01, math.nan, math.inf, "1", True, None)),
        *(({"verdict": verdict}, "verdict must be") for verdict in (1, "yes", None)),
        *(({"model": model}, "There is no model") for model in ("nothing", "", "../..", 7, None, ["tiny-gan"])),
    ],
)
def test_bad_arguments_get_one_sentence(server, bad, message):
    response = post(server, "sample", *(GOOD | bad).values())
    assert response.status_code == 500
    error = response.json()["error"]
    assert message in error
    assert error.count("\n") == 0 and len(error) < 300 and "Traceback" not in error


def test_messages_are_plain_text(server):
    assert (
        "There is no model {'path': '<b>'}; known"
        in post(server, "sample", {"path": "<b>"}, 0, 1, 1.0, False).json()["error"]
    )
    assert "There is no model '<b>'" in post(server, "model_card", "<b>").json()["error"]
    assert "Unknown task '<b>'" in post(server, "models", "<b>").json()["error"]


def test_gradio_client_raises_the_sentence(client):
    with pytest.raises(AppError, match="number of images must be a whole number from 1 to 64, not 65"):
        client.predict("tiny-gan", 0, 65, api_name="/sample")


def test_a_model_of_another_task_is_refused_clearly(server):
    assert "its task is “judge”" in post(server, "sample", "judge-mnist", 0, 1, 1.0, False).json()["error"]


def test_unknown_tasks_and_cards_get_a_sentence(server):
    assert "Unknown task" in post(server, "models", "juggling").json()["error"]
    assert "There is no model" in post(server, "model_card", "nothing").json()["error"]


def test_twenty_clients_at_once_are_all_served(server):
    def ask(number):
        response = post(server, "sample", "tiny-gan", number, 64, 1.0, True)
        return [sample["seed"] for sample in response.raise_for_status().json()["data"][0]]

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(ask, range(20)))
    assert answers == [list(range(number, number + 64)) for number in range(20)]


def test_twenty_gradio_clients_at_once_are_all_served(client):
    jobs = [client.submit("tiny-gan", number, 1, api_name="/sample") for number in range(20)]
    assert [job.result(timeout=60)[0]["seed"] for job in jobs] == list(range(20))


def test_only_the_public_functions_are_listed(client):
    endpoints = client.view_api(return_format="dict", print_info=False)
    assert set(endpoints["named_endpoints"]) == {
        "/sample",
        "/sample_sheet",
        "/classes",
        "/morph",
        "/interpolate",
        "/arithmetic",
        "/directions",
        "/judge_digit",
        "/words",
        "/invert",
        "/spectrum",
        "/convergence",
        "/colorize",
        "/enlarge",
        "/translate",
        "/models",
        "/model_card",
    }
    assert not endpoints["unnamed_endpoints"]


def test_no_file_of_the_server_can_be_fetched(server, zoo):
    for path in ("/etc/passwd", f"{zoo}/tiny-gan/config.json"):
        assert httpx.get(f"{server}/gradio_api/file={path}").status_code in (403, 404)


def test_uploads_above_the_limit_are_refused(server):
    response = httpx.post(f"{server}/gradio_api/upload", files={"files": ("big.bin", b"0" * (20 * 2**20 + 1))})
    assert response.status_code == 413


def test_mcp_lists_the_tools_and_shows_pictures(server):
    from mcp import ClientSession
    from mcp.client.streamable_http import streamable_http_client

    async def talk():
        async with (
            streamable_http_client(f"{server}/gradio_api/mcp/") as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            tools = (await session.list_tools()).tools
            answer = await session.call_tool("sample_sheet", {"model": "tiny-gan", "count": 2})
            fetched = await session.call_tool("judge_digit", {"image": "https://huggingface.co/a.png"})
            return tools, answer, fetched

    # Where a browser test came before, Playwright's event loop runs in this thread.
    with ThreadPoolExecutor(1) as pool:
        tools, answer, fetched = pool.submit(asyncio.run, talk()).result()
    assert fetched.isError and "addresses are not fetched" in fetched.content[0].text
    by_name = {tool.name.split("_", 1)[1] if tool.name.startswith("gan") else tool.name: tool for tool in tools}
    assert set(by_name) == {
        "sample",
        "sample_sheet",
        "class_samples",
        "morph",
        "interpolate",
        "latent_arithmetic",
        "directions",
        "judge_digit",
        "words_to_pictures",
        "invert",
        "spectrum_of",
        "training_course",
        "colorize",
        "enlarge",
        "translate",
        "models",
        "model_card",
    }
    assert "0 to 1" in by_name["sample"].inputSchema["properties"]["truncation"]["description"]
    assert by_name["sample"].inputSchema["required"] == ["model"]
    (picture,) = (part for part in answer.content if part.type == "image")
    assert Image.open(io.BytesIO(base64.b64decode(picture.data))).format == "PNG"
