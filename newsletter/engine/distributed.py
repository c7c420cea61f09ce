"""The dispatch of many machines: a procrastinate worker hands out the batches that PostgreSQL's queue names.

The worker is here to be woken at once and to share the work out. It keeps nothing that matters: the lease decides who
has a batch, and the worker is simply started again after whatever ends it, for it ends without a word when PostgreSQL
restarts. Its jobs may be dropped at any time; the batch in hand is finished all the same.
"""

import asyncio
import logging
import threading
from asyncio import FIRST_COMPLETED
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Final

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from psycopg_pool import PoolTimeout

from newsletter.db import Database
from newsletter.engine.dispatch import IDLE, LONGEST_PAUSE, next_pause, take_turn
from newsletter.engine.send import Sender
from newsletter.errors import Unavailable
from newsletter.ledger.queue import BATCH_TASK, QUEUE, waits
from newsletter.ledger.run import BatchKey

log = logging.getLogger(__name__)

_AWAY = (ConnectorException, PoolTimeout, OSError)
_POLL: Final = 1.0  # seconds between two looks for jobs whose time has come; new ones are told at once
_NEVER: Final = 86_400.0  # seconds; nobody asks for a running job to be aborted
_FAREWELL: Final = 3.0  # seconds the worker gets to say goodbye, which it cannot while PostgreSQL is away


class Distributed:
    """For PostgreSQL. One thread runs the worker's event loop, each sender is lent to one batch at a time."""

    def __init__(
        self, db: Database, senders: Sequence[Sender], clock: Callable[[], datetime], has_failed: threading.Event
    ) -> None:
        self._db, self._count, self._clock, self._has_failed = db, len(senders), clock, has_failed
        self._free: SimpleQueue[Sender] = SimpleQueue()
        for sender in senders:
            self._free.put(sender)
        self._stopping = threading.Event()
        self._told_to_stop = asyncio.Event()
        self._loop: Future[asyncio.AbstractEventLoop] = Future()
        # Not the loop's own threads: there would be only a few more of them than cores. One is for the idle senders.
        self._threads = ThreadPoolExecutor(self._count + 1, "sender")
        self._thread = threading.Thread(target=self._run, name="dispatch", daemon=True)

    def start(self) -> None:
        """Begin to listen to the queue."""
        self._thread.start()

    def stop(self) -> None:
        """Return when no sender works any more."""
        self._stopping.set()
        with suppress(RuntimeError):  # the loop has ended by itself
            self._loop.result().call_soon_threadsafe(self._told_to_stop.set)
        self._thread.join(3 * _FAREWELL)
        self._threads.shutdown()

    def _run(self) -> None:
        try:
            asyncio.run(self._until_stopped())
        except Exception:
            log.exception("this engine has failed")
            self._has_failed.set()

    async def _until_stopped(self) -> None:
        work = [asyncio.create_task(self._keep_listening()), asyncio.create_task(self._keep_in_order())]
        self._loop.set_result(asyncio.get_running_loop())
        await asyncio.wait([*work, asyncio.create_task(self._told_to_stop.wait())], return_when=FIRST_COMPLETED)
        for task in work:
            task.cancel()
        ended, _ = await asyncio.wait(work, timeout=_FAREWELL)
        for task in ended:
            if not task.cancelled():
                task.result()

    async def _keep_listening(self) -> None:
        pause = IDLE
        while True:
            began = monotonic()
            try:
                await self._listen()
                log.warning("The queue has been lost; listening again.")
            except _AWAY as error:
                log.warning("The queue cannot be reached: %s", error)
            except Exception:
                log.exception("the queue's worker has failed; it is started again")
            pause = IDLE if monotonic() - began > LONGEST_PAUSE else min(pause * 2, LONGEST_PAUSE)
            await asyncio.sleep(pause)

    async def _listen(self) -> None:
        """Take jobs until the worker ends, as it does when PostgreSQL goes away."""
        connector = PsycopgConnector(kwargs=self._db.psycopg_options(), min_size=1, max_size=2, timeout=10)
        app = App(connector=connector)
        app.task(name=BATCH_TASK, queue=QUEUE)(self._job)
        try:
            await app.open_async()
            await app.run_worker_async(
                queues=[QUEUE],
                concurrency=self._count,
                delete_jobs="always",
                install_signal_handlers=False,
                fetch_job_polling_interval=_POLL,
                abort_job_polling_interval=_NEVER,
                stalled_worker_timeout=60,
                shutdown_graceful_timeout=0,  # the threads finish what they have in hand, a new worker need not wait
            )
        finally:
            # Not by `async with`: a pool that we stop opening half-way would keep its tasks, and us with them.
            await connector.close_async()

    async def _job(self, run_id: int, number: int) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, self._work_on, (run_id, number))

    def _work_on(self, batch: BatchKey) -> None:
        """Keep trying while the batch waits: to give it back at once would only move it round in the queue."""
        pause = IDLE
        while not self._stopping.is_set():
            with self._lent(self._free.get()) as sender:
                if take_turn(sender, partial(sender.work_on, batch)):
                    return
                pause = next_pause(pause, sender)
            if not self._waits(batch):
                return
            self._stopping.wait(pause)

    def _waits(self, batch: BatchKey) -> bool:
        with suppress(Unavailable), self._db.read() as session:
            return waits(session, batch, self._clock())
        return False

    async def _keep_in_order(self) -> None:
        while True:
            await asyncio.sleep(IDLE)
            await asyncio.get_running_loop().run_in_executor(self._threads, self._rest)

    def _rest(self) -> None:
        """What senders without a batch do: send test mails, hang up after a while."""
        for _ in range(self._free.qsize()):
            with suppress(Empty), self._lent(self._free.get_nowait()) as sender:
                take_turn(sender, sender.rest)

    @contextmanager
    def _lent(self, sender: Sender) -> Iterator[Sender]:
        try:
            yield sender
        except Exception:
            # A mistake of ours. The process had better end: what this thread had in hand is recovered by the next.
            log.exception("this engine has failed")
            self._has_failed.set()
        finally:
            self._free.put(sender)
