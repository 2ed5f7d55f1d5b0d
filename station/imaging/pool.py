"""Worker processes for image work.

This module and what it imports at the top stay free of OpenCV and numpy: the parent hands out paths and gets plain data
back, and only the workers load the image libraries.
"""

import contextlib
import logging
import multiprocessing
import os
import signal
import threading
import time
import traceback
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from pathlib import Path

from drivers.memory import keep_freed_memory
from station.imaging.noise import listen, speak_into
from station.imaging.page import PageJob, PageResult, Unreadable, UnreadablePage

log = logging.getLogger(__name__)

# Paper that moves goes before image work, which can be made up for when the feeder is empty.
_BEHIND_THE_SCANNER = 5

# Long enough that the second worker is started too instead of the first one taking both orders.
_STARTING_SECONDS = 0.05

AHEAD = 2
"""Pages in flight for each worker: one being worked on, one waiting, so that no worker idles."""

PATIENCE_SECONDS = 120.0
"""How long a page may take, the wait behind the one before it included. An A4 page takes 0.1 s of CPU, the slowest of
the largest that are taken (200 MP, LZW or PNG) 8 s."""


class PagePool:
    """`submit` pages, get futures. Bounded, and one page that kills its worker, or never ends, fails alone.

    Without an executor the pool owns worker processes, one for each core by default. With one (threads, another
    machine's) it uses that, leaves it open, and waits for its pages however long they take. All methods may be called
    from any thread.
    """

    def __init__(
        self,
        workers: int | None = None,
        *,
        executor: Executor | None = None,
        ahead: int = AHEAD,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self._patience = patience
        self.workers = workers or os.cpu_count() or 1
        self._given = executor
        self._executor = executor or worker_processes(self.workers)
        self.room = self.workers * ahead
        """How many pages may be in flight; `submit` waits beyond that."""
        self._room = threading.BoundedSemaphore(self.room)
        self._lock = threading.Lock()
        self._rescuer = ThreadPoolExecutor(1, thread_name_prefix="page-rescue")
        self._alone: ProcessPoolExecutor | None = None
        self._closed = False

    def __enter__(self) -> "PagePool":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def submit(self, job: PageJob) -> Future[PageResult]:
        """Start a page; waits while the pool is full, so a caller with an event loop calls this in a thread.

        The future ends in a `PageResult`, `UnreadablePage` or `OSError` (the copy could not be written).
        """
        self._room.acquire()
        promised: Future[PageResult] = Future()
        promised.add_done_callback(lambda _: self._room.release())
        try:
            running = self._start(job)
        except BaseException:
            promised.cancel()
            raise
        running.add_done_callback(lambda done: self._settle(job, promised, done))
        return promised

    def warm_up(self) -> None:
        """Start the workers now instead of with the first page, and do not wait for them: it takes a second."""
        self._rescuer.submit(self._start_all)

    def _start_all(self) -> None:
        for _ in range(self.workers):
            with contextlib.suppress(RuntimeError):  # closed meanwhile
                self._executor.submit(time.sleep, _STARTING_SECONDS)

    def close(self) -> None:
        """Finish the pages that are being worked on, cancel those that wait, end the workers."""
        with self._lock:
            self._closed = True
            executor = self._executor
        if self._given is None:
            executor.shutdown(wait=True, cancel_futures=True)
        self._rescuer.shutdown(wait=True)
        if self._alone:
            self._alone.shutdown(wait=True)

    def _start(self, job: PageJob) -> Future[PageResult]:
        with self._lock:
            if self._closed:
                raise RuntimeError("the page pool is closed")
            if self._given is not None:
                return self._given.submit(run_page, job)
            try:
                return self._submit_bounded(self._executor, job)
            except BrokenExecutor:
                self._executor = worker_processes(self.workers)
                return self._submit_bounded(self._executor, job)

    def _submit_bounded(self, executor: Executor, job: PageJob) -> Future[PageResult]:
        """A page that may take so long and no longer: then its workers are killed, and the executor is broken."""
        assert isinstance(executor, ProcessPoolExecutor)
        running = executor.submit(run_page, job)
        timer = threading.Timer(self._patience, self._give_up, (executor, job))
        timer.daemon = True
        timer.start()
        running.add_done_callback(lambda _: timer.cancel())
        return running

    def _give_up(self, executor: ProcessPoolExecutor, job: PageJob) -> None:
        log.warning(
            "%s is not done after %g s; its workers are ended and it is tried alone", job.master, self._patience
        )
        kill_workers(executor)

    def _settle(self, job: PageJob, promised: Future[PageResult], done: Future[PageResult]) -> None:
        """Pass an outcome on. A broken pool takes every page in flight with it, so each of them is tried alone."""
        if done.cancelled():
            promised.cancel()
        elif isinstance(done.exception(), BrokenExecutor):
            self._rescue(job, promised)
        else:
            _pass_on(promised, done)

    def _rescue(self, job: PageJob, promised: Future[PageResult]) -> None:
        try:
            self._rescuer.submit(self._run_alone, job, promised)
        except RuntimeError:  # closing: nobody waits for this page any more
            promised.cancel()

    def _run_alone(self, job: PageJob, promised: Future[PageResult]) -> None:
        """Second and last try, in the rescue thread, alone in a process: what dies here dies by its own fault."""
        try:
            done = self._start_alone(job)
            if isinstance(done.exception(), BrokenExecutor):
                self._alone = None
                why = "the page killed its worker, or did not end, twice"
                _fail(promised, UnreadablePage(job.master, Unreadable.CRASHED, why))
            else:
                _pass_on(promised, done)
        except Exception as error:  # no process to be had: whoever waits must hear of it
            _fail(promised, error)
            raise

    def _start_alone(self, job: PageJob) -> Future[PageResult]:
        """The process is kept for the next page; one that was killed while idle is replaced."""
        if self._alone:
            try:
                return self._submit_bounded(self._alone, job)
            except BrokenExecutor:
                self._alone = None
        self._alone = worker_processes(1)
        return self._submit_bounded(self._alone, job)


def _pass_on(promised: Future[PageResult], done: Future[PageResult]) -> None:
    error = done.exception()
    if error is not None:
        _fail(promised, error)
    elif promised.set_running_or_notify_cancel():
        promised.set_result(done.result())


def _fail(promised: Future[PageResult], error: BaseException) -> None:
    if promised.set_running_or_notify_cancel():
        promised.set_exception(error)


def run_page(job: PageJob) -> PageResult:
    """`process_page` by a name that the parent can hand out without loading the image libraries.

    A step that a page trips over makes that page unreadable and ends nothing else: the others go on.
    """
    from station.imaging.process import process_page

    try:
        return process_page(job)
    except (UnreadablePage, OSError):
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__}: {error} in {Path(last.filename).name}:{last.lineno}"
        raise UnreadablePage(job.master, Unreadable.CRASHED, where) from error


def worker_processes(workers: int) -> ProcessPoolExecutor:
    """Processes for image work, ready to be handed paths. What their libraries print goes to the log."""
    return ProcessPoolExecutor(workers, fork_context(), initializer=start_worker, initargs=(listen(),))


def kill_workers(executor: ProcessPoolExecutor) -> None:
    """End all workers at once. One that was stopped heeds no other signal, and the executor would wait for it for ever.

    Its own `kill_workers` comes with Python 3.14.
    """
    for process in list((executor._processes or {}).values()):
        process.kill()


def fork_context() -> ForkServerContext:
    """Where processes come from: a fork server, without threads, that has loaded and warmed the image libraries once
    (0.8 s of CPU) and forks each worker from there. The station itself is never forked: it has threads, whose locks a
    fork would copy.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["station.imaging.warm"])
    return context


def start_worker(noise: Connection | None = None) -> None:
    """Prepare a worker: Ctrl-C is the parent's to handle, and the worker ends with its parent however that dies."""
    if noise:
        speak_into(noise)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(PermissionError):  # a hardened service may not change priorities
        os.nice(_BEHIND_THE_SCANNER)
    keep_freed_memory()
    threading.Thread(target=_die_with_parent, daemon=True, name="parent-watch").start()


def _die_with_parent() -> None:
    """Wait for the pipe that spawning left open in the parent alone; the kernel closes it even after kill -9.

    PR_SET_PDEATHSIG would not do: it fires when the *thread* that started the worker ends, and that may be any thread.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
