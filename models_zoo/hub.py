"""What can go wrong with the Hugging Face Hub, each in one sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TypeVar

from models_zoo.card import ZooError, first_line

T = TypeVar("T")


def asked(ask: Callable[[], T]) -> T | None:
    """What `ask` gets from the Hub; None where that cannot be reached, and what was downloaded before has to do."""
    import httpx
    from huggingface_hub.errors import HfHubHTTPError

    try:
        return ask()
    except (httpx.TransportError, OSError) as error:
        if isinstance(error, HfHubHTTPError):
            raise
        return None


@contextlib.contextmanager
def errors(repo: str, what: str, elsewhere: str) -> Iterator[None]:
    """Raise `ZooError` for what `huggingface_hub` raises in the block about `repo`.

    `what` is a "model" or a "dataset", and `elsewhere` says where else it was looked for in vain, such as "a folder".
    """
    import httpx
    from huggingface_hub.errors import (
        HfHubHTTPError,
        HFValidationError,
        LocalEntryNotFoundError,
        RepositoryNotFoundError,
    )

    try:
        yield
    except RepositoryNotFoundError:
        raise ZooError(
            f"There is no {what} {repo!r}: neither {elsewhere}, nor public on the Hugging Face Hub."
        ) from None
    except LocalEntryNotFoundError:
        raise ZooError(
            f"There is no {what} {repo!r}: it is not {elsewhere}, and the Hugging Face Hub cannot be reached to look for it there."
        ) from None
    except HFValidationError:
        raise ZooError(f"{repo!r} is not a valid Hugging Face Hub id of the form user/name.") from None
    except (HfHubHTTPError, httpx.HTTPError, OSError) as error:
        raise ZooError(f"The Hugging Face Hub did not give {repo!r}: {first_line(error)}") from None
