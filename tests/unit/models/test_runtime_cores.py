"""Networks share the cores of the process: never more at work than there are, and in the order of their coming."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import pytest

from models.runtime.cores import Cores, process_cores


def test_no_more_cores_are_out_than_there_are() -> None:
    cores, lock = Cores(3), Lock()
    out, most = 0, 0

    def work(count: int) -> None:
        nonlocal out, most
        with cores.taken(count):
            with lock:
                out += count
                most = max(most, out)
            time.sleep(0.001)
            with lock:
                out -= count

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, [1, 2, 3, 1, 1, 2] * 10))
    assert (out, most) == (0, 3)


def test_who_wants_more_than_there_are_gets_all() -> None:
    cores = Cores(2)
    with cores.taken(16):
        pass


def test_they_can_be_given_back_before_the_end_and_only_once() -> None:
    cores = Cores(2)
    with cores.taken(2) as give_back:
        give_back()
        give_back()
        with cores.taken(2):
            assert cores._free == 0  # noqa: SLF001 - given back twice, there would be more than there are
    assert cores._free == 2  # noqa: SLF001 - as above


def test_they_come_back_after_an_error() -> None:
    cores = Cores(1)
    with pytest.raises(RuntimeError), cores.taken(1):
        raise RuntimeError
    with cores.taken(1):
        pass


def test_a_wide_request_is_not_overtaken_by_narrow_ones() -> None:
    cores, order = Cores(2), list[str]()
    release = Event()

    def take(name: str, count: int) -> None:
        with cores.taken(count):
            order.append(name)

    def hold() -> None:
        with cores.taken(1):
            release.wait(10)

    with ThreadPoolExecutor(4) as pool:
        pool.submit(hold)
        for place, (name, count) in enumerate([("wide", 2), ("narrow", 1), ("narrow", 1)], start=1):
            pool.submit(take, name, count)
            while len(cores._line) < place:  # noqa: SLF001 - nothing outside tells that a taker has begun to wait
                time.sleep(0.001)
        assert order == []
        release.set()
    assert order == ["wide", "narrow", "narrow"]


def test_the_process_has_one_gate() -> None:
    assert process_cores() is process_cores()
