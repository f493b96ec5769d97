"""Requests that arrive while a network is busy share the next batch; who waits is bounded; nobody waits for nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from threading import Event

import numpy as np
import pytest

from models.base import ExpertBusy, ExpertError
from models.preprocess import Planes
from models.runtime.batching import Batcher
from models.runtime.cores import Cores
from models.runtime.engine import Outputs


class Engine:
    """Doubles every value; each batch waits until ``go`` is set, and fails while ``broken``.

    ``ends_early``: from its start, a batch leaves a part of the device idle.
    """

    labels = ("a",)
    shape = (1, 2, 2)

    def __init__(self, *, most: int = 4, cores: Cores | None = None) -> None:
        self.most = most
        self.go = Event()
        self.broken: type[BaseException] | None = None
        self.batches: list[int] = []
        self.ends_early = False
        self._cores = cores or Cores(1)

    def turn(self) -> AbstractContextManager[Callable[[], None]]:
        return self._cores.taken(1)

    def run(self, batch: Planes, nearly_done: Callable[[], None]) -> Outputs:
        self.batches.append(len(batch))
        if self.ends_early:
            nearly_done()
            nearly_done()
        assert self.go.wait(10)
        if self.broken is not None:
            raise self.broken("broken")
        return {"doubled": batch * 2}


def images(*values: float) -> Planes:
    return np.stack([np.full((1, 2, 2), value, np.float32) for value in values])


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


@contextmanager
def busy(batcher: Batcher, engine: Engine) -> Iterator[ThreadPoolExecutor]:
    """Hold the engine with one image; at the end let it go."""
    with ThreadPoolExecutor(16) as pool:
        pool.submit(batcher.infer, images(0))
        until(lambda: len(engine.batches) > 0)
        try:
            yield pool
        finally:
            engine.go.set()


def wait_in_line(pool: ThreadPoolExecutor, batcher: Batcher, *requests: Planes) -> list[Future[Outputs]]:
    """Send requests one after the other, each in line before the next is sent."""
    sent = []
    for request in requests:
        before = len(batcher._line)  # noqa: SLF001 - nothing outside tells that a caller has begun to wait
        sent.append(pool.submit(batcher.infer, request))
        until(lambda before=before: len(batcher._line) > before)  # type: ignore[misc]  # noqa: SLF001 - as above
    return sent


def test_a_request_that_finds_the_network_idle_runs_at_once_and_alone() -> None:
    engine = Engine()
    engine.go.set()
    batcher = Batcher(engine)
    for value in (1.0, 2.0):
        np.testing.assert_array_equal(batcher.infer(images(value))["doubled"], images(2 * value))
    assert engine.batches == [1, 1]


def test_those_that_wait_share_a_batch_and_each_gets_its_own() -> None:
    engine = Engine(most=8)
    batcher = Batcher(engine)
    with busy(batcher, engine) as pool:
        sent = wait_in_line(pool, batcher, images(1), images(2, 3), images(4))
    results = [future.result()["doubled"] for future in sent]
    np.testing.assert_array_equal(np.concatenate(results), images(2, 4, 6, 8))
    assert [len(result) for result in results] == [1, 2, 1]
    assert engine.batches == [1, 4]


def test_a_batch_is_no_larger_than_the_engine_gains_by() -> None:
    engine = Engine(most=2)
    batcher = Batcher(engine)
    with busy(batcher, engine) as pool:
        wait_in_line(pool, batcher, *(images(value) for value in range(5)))
    assert engine.batches == [1, 2, 2, 1]


def test_a_request_larger_than_a_batch_is_still_one_run() -> None:
    engine = Engine(most=2)
    engine.go.set()
    assert len(Batcher(engine).infer(images(*range(7)))["doubled"]) == 7


def test_while_another_network_has_its_turn_requests_gather() -> None:
    cores = Cores(1)
    engine = Engine(cores=cores)
    engine.go.set()
    batcher = Batcher(engine)
    with ThreadPoolExecutor(3) as pool, cores.taken(1):
        wait_in_line(pool, batcher, images(1), images(2), images(3))
    assert engine.batches == [3]


def test_the_next_batch_begins_while_the_last_films_of_one_are_under_way() -> None:
    engine = Engine()
    engine.ends_early = True
    batcher = Batcher(engine)
    with busy(batcher, engine) as pool:
        sent = [pool.submit(batcher.infer, images(1, 2)), pool.submit(batcher.infer, images(3))]
        until(lambda: sum(engine.batches) == 4)
    np.testing.assert_array_equal(np.concatenate([each.result()["doubled"] for each in sent]), images(2, 4, 6))
    assert len(batcher.infer(images(4))["doubled"]) == 1


def test_another_network_begins_while_the_last_films_of_a_batch_are_under_way() -> None:
    cores = Cores(1)
    engine, other = Engine(cores=cores), Engine(cores=cores)
    engine.ends_early = True
    other.go.set()
    with busy(Batcher(engine), engine) as pool:
        assert len(pool.submit(Batcher(other).infer, images(1)).result(10)["doubled"]) == 1


def test_beyond_the_limit_a_caller_is_told_when_to_come_back() -> None:
    engine = Engine()
    batcher = Batcher(engine, limit=3)
    with busy(batcher, engine) as pool:
        wait_in_line(pool, batcher, images(1), images(2, 3))
        with pytest.raises(ExpertBusy, match="3 images wait") as refused:
            batcher.infer(images(4))
    assert refused.value.retry_after_s >= 1
    np.testing.assert_array_equal(batcher.infer(images(4))["doubled"], images(8))


def test_a_request_larger_than_the_limit_is_taken_when_nobody_waits() -> None:
    engine = Engine()
    engine.go.set()
    assert len(Batcher(engine, limit=2).infer(images(1, 2, 3))["doubled"]) == 3


def test_a_failure_reaches_all_who_shared_the_batch_and_none_after() -> None:
    engine = Engine()
    batcher = Batcher(engine)
    with busy(batcher, engine) as pool:
        sent = wait_in_line(pool, batcher, images(1), images(2))
        engine.broken = ExpertError
    for future in sent:
        with pytest.raises(ExpertError, match="broken"):
            future.result()
    engine.broken = None
    assert len(batcher.infer(images(1))["doubled"]) == 1


def test_an_interrupted_batch_leaves_nobody_waiting() -> None:
    engine = Engine()
    batcher = Batcher(engine)
    with busy(batcher, engine) as pool:
        sent = wait_in_line(pool, batcher, images(1), images(2))
        engine.broken = KeyboardInterrupt
    errors = {type(future.exception()) for future in sent}
    assert errors == {KeyboardInterrupt, ExpertError}  # who led was interrupted, who followed is told


@pytest.mark.parametrize("wrong", [(1, 1, 3, 3), (1, 3, 2, 2), (0, 1, 2, 2), (2, 2)])
def test_a_wrong_shape_is_refused_before_it_can_spoil_a_batch(wrong: tuple[int, ...]) -> None:
    engine = Engine()
    with pytest.raises(ExpertError, match="network failed"):
        Batcher(engine).infer(np.zeros(wrong, np.float32))
    assert engine.batches == []


def test_many_callers_at_once_all_get_their_own() -> None:
    engine = Engine()
    engine.go.set()
    batcher = Batcher(engine, limit=500)
    with ThreadPoolExecutor(32) as pool:
        results = list(pool.map(lambda value: batcher.infer(images(value))["doubled"][0, 0, 0, 0], range(400)))
    assert results == [2.0 * value for value in range(400)]
    assert max(engine.batches) <= engine.most
