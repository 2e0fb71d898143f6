"""Models of the zoo on the Hugging Face Hub."""

from __future__ import annotations

import re

import models_zoo
from models_zoo.card import first_line
from train.errors import TrainError


def publish(model_id: str, repo: str, private: bool = False) -> str:
    """Push a zoo model with its card and pictures to the hub repository `repo`; returns its address.

    Raises `TrainError` for a name that is none, without an account, and where the hub refuses.
    """
    import httpx
    from huggingface_hub import get_token
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repo):
        raise TrainError(f"--repo {repo!r} is not of the form user/name.")
    model = models_zoo.load(model_id, "cpu")
    if get_token() is None:
        raise TrainError("Publishing needs a Hugging Face account: run `hf auth login` first, or set HF_TOKEN.")
    try:
        model.push_to_hub(repo, private=private)
    except HFValidationError:
        raise TrainError(f"--repo {repo!r} is not a valid name of a hub repository.") from None
    except (HfHubHTTPError, httpx.HTTPError, OSError) as error:
        raise TrainError(f"The Hugging Face Hub did not take {model_id}: {first_line(error)}") from None
    return f"https://huggingface.co/{repo}"
