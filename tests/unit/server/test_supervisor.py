import asyncio

import pytest

from server.supervisor import Service, ServiceFailed, Supervisor


class Notebook:
    """Services that write down what happens to them."""

    def __init__(self):
        self.lines = []

    def service(self, name, **more):
        async def start():
            self.lines.append(f"start {name}")

        async def run():
            try:
                await asyncio.Event().wait()
            finally:
                self.lines.append(f"end {name}")

        async def stop():
            self.lines.append(f"stop {name}")

        return Service(**{"name": name, "start": start, "run": run, "stop": stop, **more})


async def test_services_stop_in_the_reverse_of_the_order_they_started_in():
    book = Notebook()
    supervisor = Supervisor([book.service("journal"), book.service("engine"), book.service("http")])
    await supervisor.run(ready=supervisor.stop)
    assert book.lines == [
        "start journal", "start engine", "start http",
        "end http", "stop http", "end engine", "stop engine", "end journal", "stop journal",
    ]  # fmt: skip


async def test_one_failure_stops_all_and_is_told_at_the_end():
    book = Notebook()

    async def fail():
        raise ZeroDivisionError

    supervisor = Supervisor([book.service("journal"), book.service("bad", run=fail)])
    with pytest.raises(ServiceFailed, match="bad") as caught:
        await supervisor.run()
    assert isinstance(caught.value.__cause__, ZeroDivisionError)
    assert book.lines[-1] == "stop journal"


async def test_a_service_that_ends_by_itself_is_a_failure():
    async def done():
        return

    with pytest.raises(ServiceFailed, match="short"):
        await Supervisor([Service(name="short", run=done)]).run()


async def test_what_did_not_start_is_stopped_too_and_nothing_after_it_starts():
    book = Notebook()

    async def fail():
        raise OSError("address in use")

    with pytest.raises(ServiceFailed, match="http did not start"):
        await Supervisor([book.service("journal"), book.service("http", start=fail), book.service("never")]).run()
    assert "start never" not in book.lines
    assert book.lines[-3:] == ["stop http", "end journal", "stop journal"]


async def test_a_service_that_ignores_its_stop_does_not_keep_the_others():
    book = Notebook()
    release = asyncio.Event()

    async def stubborn():
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    supervisor = Supervisor([book.service("journal"), Service(name="stubborn", run=stubborn, stop_within=0.05)])
    await asyncio.wait_for(supervisor.run(ready=supervisor.stop), 5)
    assert book.lines[-1] == "stop journal"
    release.set()


async def test_a_stop_that_hangs_is_given_up():
    book = Notebook()

    async def hang():
        await asyncio.Event().wait()

    supervisor = Supervisor([book.service("journal"), Service(name="hang", stop=hang, stop_within=0.05)])
    await asyncio.wait_for(supervisor.run(ready=supervisor.stop), 5)
    assert book.lines[-1] == "stop journal"
