"""An event loop for asyncio where there are no sockets: timers, tasks, futures, queues, locks."""

import asyncio
import asyncio.base_events
import asyncio.events
import time


class _Selector:
    """Waits; nothing can come from outside."""

    @staticmethod
    def select(timeout):
        # Without a timer nothing will ever happen: the step's limit ends the wait.
        if timeout is None or timeout > 0:
            time.sleep(3600 if timeout is None else timeout)
        return ()


class Loop(asyncio.base_events.BaseEventLoop):
    """Runs tasks; functions for other threads are run at once."""

    def __init__(self):
        super().__init__()
        self._selector = _Selector()

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        pass

    def run_in_executor(self, executor, func, *args):
        future = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


class Policy(asyncio.events._BaseDefaultEventLoopPolicy):
    """Makes `asyncio.run` use a `Loop`."""

    _loop_factory = Loop
