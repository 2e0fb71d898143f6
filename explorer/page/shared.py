"""Equal requests that come while one of them is under way: computed once, answered to all."""

from __future__ import annotations

import asyncio
import copy
import json
from collections.abc import Awaitable, Callable
from typing import Any

from gradio.block_function import BlockFunction

from explorer.models.turns import Ended


def key_of(function: BlockFunction, inputs: list[Any], language: str) -> str | None:
    """What two requests have in common to which the same answer belongs; None where an answer is for one visitor alone.

    The functions for programs depend on nothing but what they are given: seeds are among it, and an upload's path holds
    the digest of its content.
    """
    if function.api_visibility != "public" or function.types_generator:
        return None
    return json.dumps([function._id, language, inputs])


class Shared:
    """Answers that are being computed, by their keys; all in one event loop."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Future[dict[str, Any]]] = {}

    async def answer(
        self,
        key: str,
        work: Callable[[], Awaitable[dict[str, Any]]],
        waiting: Callable[[asyncio.Future], Awaitable[None]],
    ) -> dict[str, Any]:
        """What `work` answers to the request `key`, or what it answers to an equal one that is under way.

        `waiting` waits for the other's answer, and raises what ends this request. If the other ends
        without an answer because its visitor left, this one is computed.
        """
        while other := self._under_way.get(key):
            await waiting(other)
            if not isinstance(other.exception(), Ended):
                return copy.deepcopy(other.result())
        under_way = self._under_way[key] = asyncio.get_running_loop().create_future()
        try:
            answer = await work()
            under_way.set_result(copy.deepcopy(answer))
        except BaseException as error:
            # Whoever is cancelled has left; others must not be.
            under_way.set_exception(error if isinstance(error, Exception) else Ended("left"))
            under_way.exception()
            raise
        finally:
            del self._under_way[key]
        return answer
