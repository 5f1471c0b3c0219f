"""The clients over UDP in programs: forks, children of every kind, and every way in which a program ends."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from .wire import Line, Server

forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")

_START = """
import os, sys, threading, time
from predictor_kit.metrics import CLIENT as Client

metrics = Client(HOST, PORT, flush_interval=INTERVAL)
"""
CLIENTS = ["DogStatsdMetrics", "StatsdMetrics"]


def program(
    path: Path,
    server: Server,
    code: str,
    *,
    client: str = CLIENTS[0],
    host: str = "127.0.0.1",
    interval: float = 0.3,
    ends: int = 0,
) -> Counter[str]:
    """Run ``code`` as a program that has ``metrics``; returns the sum of each counter that arrived."""
    start = _START.replace("CLIENT", client).replace("HOST", repr(host)).replace("PORT", str(server.port))
    script = path / "program.py"
    script.write_text(start.replace("INTERVAL", str(interval)) + code, encoding="utf-8")
    command = [sys.executable, "-W", "error", str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (ends, "")
    return sums(server.lines())


def sums(lines: list[Line]) -> Counter[str]:
    total: Counter[str] = Counter()
    for line in lines:
        # Without the tags that plain statsd has there.
        total[line.name.partition(".")[0]] += int(line.value)
    return total


_ENDS = {
    "by returning": ("", 0),
    "by sys.exit": ("sys.exit(3)", 3),
    "in another thread's push": (
        """
def push():
    while True:
        metrics.gauge("level", 1)
threading.Thread(target=push, daemon=True).start()
""",
        0,
    ),
    "pushing on": (
        """
import atexit
atexit.register(metrics.increment, "a", 20)
""",
        0,
    ),
}


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("interval", [60.0, 0.01, 0.0])
@pytest.mark.parametrize(("end", "code"), _ENDS.values(), ids=_ENDS)
def test_the_end_of_the_interpreter(
    tmp_path: Path, server: Server, client: str, end: str, code: int, interval: float
) -> None:
    """However the interpreter ends, all that was pushed is sent, once."""
    pushing = """
for _ in range(100):
    metrics.increment("a", tags={"model": "v1"})
metrics.increment("a")
"""
    arrived = program(tmp_path, server, pushing + end, client=client, interval=interval, ends=code)
    assert arrived["a"] == 101 + 20 * ("atexit" in end)


def test_an_uncaught_exception(tmp_path: Path, server: Server) -> None:
    """What was pushed before is sent."""
    code = """
sys.excepthook = lambda *raised: None
metrics.increment("a")
raise ValueError
"""
    assert program(tmp_path, server, code, ends=1) == {"a": 1}


def test_exit_handlers_registered_before(tmp_path: Path, server: Server) -> None:
    """What runs after the last flush sends at once, as no thread would do it any more."""
    code = """
import atexit
from predictor_kit.metrics import background
atexit.unregister(background._finish)
atexit.register(metrics.increment, "late", tags={"model": "v1"})
atexit.register(background._finish)
metrics.increment("late", tags={"model": "v1"})
"""
    assert program(tmp_path, server, code) == {"late": 2}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_name_that_was_never_looked_up(tmp_path: Path, server: Server, client: str) -> None:
    """A program that ends right after its first push sends it, also to a host that has a name."""
    code = """
import socket
look_up = socket.getaddrinfo
socket.getaddrinfo = lambda host, *arguments, **options: look_up("127.0.0.1", *arguments, **options)
metrics.increment("a")
"""
    assert program(tmp_path, server, code, client=client, host="agent") == {"a": 1}


# Exit handlers run in the reverse order of their registration.
_LOOKING_BACK = """
import atexit, logging, socket
from predictor_kit.metrics import background

class Lines(logging.Handler):
    def emit(self, record):
        lines.append(record.getMessage())

lines, look_up = [], socket.getaddrinfo
logging.getLogger("predictor_kit.metrics").addHandler(Lines())
logging.getLogger("predictor_kit.metrics").propagate = False

def answer(host, *arguments, **options):
    time.sleep(SECONDS.get(host, 0))
    return look_up("127.0.0.1", *arguments, **options)

socket.getaddrinfo = answer
atexit.unregister(background._finish)

@atexit.register
def after():
    look_back()

atexit.register(background._finish)
"""


@pytest.mark.parametrize("client", CLIENTS)
def test_a_resolver_that_never_answers_at_the_end(tmp_path: Path, server: Server, client: str) -> None:
    """It keeps the program from ending for a while only; what was lost is counted and told, to the last."""
    code = """
SECONDS = {"agent": 1000}
background.TIMEOUT = 0.1
for number in range(3):
    metrics.increment("a", tags={"n": number})
started = time.monotonic()

def look_back():
    assert time.monotonic() - started < 20
    assert metrics.dropped == {"send": 3}, metrics.dropped
    (line,) = lines
    assert "could not be sent (TimeoutError('the process ended before'))" in line
    metrics.increment("a")
    assert metrics.dropped == {"send": 4}
"""
    assert program(tmp_path, server, _LOOKING_BACK + code, client=client, host="agent") == {}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_resolver_that_never_answers_holds_up_no_other(tmp_path: Path, server: Server, client: str) -> None:
    """Clients of other hosts send all they have, the one whose name is found a little later too."""
    code = """
SECONDS = {"agent": 1000, "late": 0.5}
background.TIMEOUT = 3
clients = [metrics, *(Client(host, metrics.port, flush_interval=3600) for host in ("late", "127.0.0.1"))]
for client in clients:
    for number in range(2000):
        client.increment("a", tags={"number": f"which_is_{number}"})

def look_back():
    assert [client.dropped for client in clients] == [{"send": 2000}, {}, {}]
"""
    assert program(tmp_path, server, _LOOKING_BACK + code, client=client, host="agent") == {"a": 4000}


def test_a_signal(tmp_path: Path, server: Server) -> None:
    """SIGTERM ends it at once, as ever: what was flushed has been sent, what was pushed since is lost."""
    code = """
import signal
assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
metrics.increment("sent")
metrics.flush()
metrics.increment("lost")
os.kill(os.getpid(), signal.SIGTERM)
"""
    assert program(tmp_path, server, code, interval=60, ends=-signal.SIGTERM) == {"sent": 1}


@pytest.mark.parametrize("interval", [0.1, 0.0])
def test_a_client_that_is_let_go_of(tmp_path: Path, server: Server, interval: float) -> None:
    """It sends what it holds, its thread ends and its socket is closed."""
    code = """
import gc
clients = []
for number in range(10):
    clients.append(Client(metrics.host, metrics.port, flush_interval=metrics.flush_interval))
    clients[-1].increment("a")
time.sleep(0.5)
clients[-1].increment("a")
metrics = None
clients.clear()
gc.collect()
deadline = time.monotonic() + 10
while threading.active_count() > 1 and time.monotonic() < deadline:
    time.sleep(0.01)
assert threading.active_count() == 1
"""
    assert program(tmp_path, server, code, interval=interval) == {"a": 11}


# Forks

_WAIT = """
def wait(*children):
    for child in children:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
"""


@forking
@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("interval", [0.01, 60.0, 0.0])
def test_a_fork(tmp_path: Path, server: Server, client: str, interval: float) -> None:
    """What the parent holds is sent by the parent; the child sends its own, over its own socket."""
    code = """
for _ in range(10):
    metrics.increment("parent")
children = []
for number in range(3):
    metrics.increment("parent", tags={"n": number})
    child = os.fork()
    if not child:
        for _ in range(10):
            metrics.increment("child")
            metrics.gauge("level", 1)
        assert metrics.dropped == {}
        sys.exit()
    children.append(child)
    metrics.increment("parent")
wait(*children)
metrics.increment("parent")
"""
    arrived = program(tmp_path, server, _WAIT + code, client=client, interval=interval)
    assert (arrived["parent"], arrived["child"]) == (17, 30)


@forking
def test_forks_while_threads_push(tmp_path: Path, server: Server) -> None:
    """Threads that push while the process forks lose nothing, and the children repeat nothing."""
    code = """
import warnings
# Threads of the program's own: what Python says of these has nothing to do with ours.
warnings.simplefilter("ignore", DeprecationWarning)
going = True
pushed = []
def push():
    count = 0
    while going:
        metrics.increment("parent", tags={"model": "v1"})
        metrics.increment("parent", tags={"n": count % 50})
        count += 2
    pushed.append(count)
threads = [threading.Thread(target=push) for _ in range(3)]
for thread in threads:
    thread.start()
children = []
for _ in range(8):
    child = os.fork()
    if not child:
        metrics.increment("child")
        metrics.close()
        assert metrics.dropped == {}
        os._exit(0)
    children.append(child)
    time.sleep(0.01)
wait(*children)
going = False
for thread in threads:
    thread.join()
assert metrics.dropped == {}
metrics.increment("pushed", sum(pushed))
"""
    arrived = program(tmp_path, server, _WAIT + code, interval=0.02)
    assert arrived["parent"] == arrived["pushed"] > 0
    assert arrived["child"] == 8


@forking
def test_workers_of_a_server(tmp_path: Path, server: Server) -> None:
    """Made in a parent that never pushes, used by children that serve until they are told to end."""
    code = """
import signal
children = []
for _ in range(3):
    child = os.fork()
    if not child:
        signal.signal(signal.SIGTERM, lambda *signal: sys.exit(0))
        for _ in range(100):
            metrics.increment("child", tags={"model": "v1"})
        metrics.flush()
        metrics.increment("child")
        os.write(ready[1], b".")
        time.sleep(60)
    children.append(child)
for _ in children:
    os.read(ready[0], 1)
for child in children:
    os.kill(child, signal.SIGTERM)
wait(*children)
"""
    assert program(tmp_path, server, _WAIT + "ready = os.pipe()" + code, interval=60) == {"child": 303}


@forking
def test_a_fork_in_the_midst_of_a_first_push(tmp_path: Path, server: Server) -> None:
    """A fork while datadog is imported and the host is looked up: the child sends, and the parent does."""
    code = """
import socket, warnings
warnings.simplefilter("ignore", DeprecationWarning)
look_up, parent = socket.getaddrinfo, os.getpid()
def look_up_slowly(*arguments, **options):
    if os.getpid() == parent:
        time.sleep(0.3)
    return look_up(*arguments, **options)
socket.getaddrinfo = look_up_slowly
metrics.increment("parent")
flusher = threading.Thread(target=metrics.flush)
flusher.start()
child = os.fork()
if not child:
    metrics.increment("child")
    metrics.flush(timeout=30)
    metrics.increment("child")
    sys.exit()
wait(child)
"""
    assert program(tmp_path, server, _WAIT + code, host="localhost") == {"parent": 1, "child": 2}


@forking
def test_a_fork_takes_no_thread_along(tmp_path: Path, server: Server) -> None:
    """While the process forks our thread rests: Python 3.12 and later warn of forks with threads."""
    code = """
from predictor_kit.metrics import background
background._FORK_SECONDS = 10  # the machine may be busy

def is_started():
    deadline = time.monotonic() + 10
    while threading.active_count() < 2 and time.monotonic() < deadline:
        time.sleep(0.001)
    return threading.active_count() == 2

metrics.increment("parent")
metrics.flush()
assert is_started()
child = os.fork()
if not child:
    assert threading.active_count() == 1
    os._exit(0)
wait(child)
assert threading.active_count() == 1
metrics.increment("parent")
assert is_started()
"""
    assert program(tmp_path, server, _WAIT + code, interval=60) == {"parent": 2}


_CHILDREN = """
import multiprocessing

def serve(host, port, interval):
    if metrics is None:
        metrics_here = Client(host, port, flush_interval=interval)
    else:
        metrics_here = metrics
    for _ in range(10):
        metrics_here.increment("child", tags={"model": "v1"})
        metrics_here.increment("child", tags={"n": 1})

if __name__ == "__main__":
    context = multiprocessing.get_context(METHOD)
    metrics.increment("parent")
    arguments = (metrics.host, metrics.port, metrics.flush_interval)
    children = [context.Process(target=serve, args=arguments) for _ in range(2)]
    for child in children:
        child.start()
    for child in children:
        child.join()
        assert child.exitcode == 0
    with context.Pool(2) as pool:
        pool.starmap(serve, [arguments] * 4)
        pool.close()
        pool.join()
    metrics.increment("parent")
else:
    metrics = None
"""


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(tmp_path: Path, server: Server, client: str, method: str) -> None:
    """Children of every kind, which return at once, send all; the parent does too."""
    code = _CHILDREN.replace("METHOD", repr(method))
    assert program(tmp_path, server, code, client=client, interval=60) == {"parent": 2, "child": 120}


_EARLY = """
import atexit, multiprocessing, pathlib

if __name__ == "__main__":
    code = pathlib.Path(__file__).read_text().partition("import atexit")[0]
    pathlib.Path(__file__).with_name("early.py").write_text(code + '''
metrics.increment("imported")

def work():
    metrics.increment("worked")
''')
    import early
    if METHOD == "fork":
        os.register_at_fork(after_in_child=lambda: early.metrics.increment("forked"))
    children = [multiprocessing.get_context(METHOD).Process(target=early.work) for _ in range(3)]
    for child in children:
        child.start()
    for child in children:
        child.join()
"""


@pytest.mark.parametrize(
    ("method", "arrived"),
    [
        ("fork", {"imported": 1, "forked": 3, "worked": 3}),
        ("spawn", {"imported": 4, "worked": 3}),
        ("forkserver", {"imported": 4, "worked": 3}),
    ],
)
def test_a_child_that_pushes_before_it_begins(
    tmp_path: Path, server: Server, method: str, arrived: dict[str, int]
) -> None:
    """What a child of multiprocessing pushes while it is made is sent at its end, with all later pushes."""
    code = _EARLY.replace("METHOD", repr(method))
    assert program(tmp_path, server, code, interval=60) == arrived


def test_a_client_that_is_collected_by_its_own_thread(tmp_path: Path, server: Server) -> None:
    """Its end does not wait for the lock of what the thread was just about to wait for."""
    code = """
import gc
gc.disable()
allocate, armed = threading._allocate_lock, []

def collecting():
    lock = allocate()
    if armed and threading.current_thread().name == "predictor_kit.metrics":
        armed.clear()
        gc.collect()
        done.set()
    return lock

class Holder:
    def __init__(self, client):
        self.client, self.me = client, self
        client.increment("a")

holder, done = Holder(Client(metrics.host, metrics.port, flush_interval=0.05)), threading.Event()
holder.client.flush()
holder.client.increment("a")
del holder
threading._allocate_lock = collecting
armed.append(True)
assert done.wait(10)
"""
    assert program(tmp_path, server, code) == {"a": 2}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_child_that_cannot_send(tmp_path: Path, server: Server, client: str) -> None:
    """What a child of multiprocessing could not send it counts at its end, and tells."""
    code = """
import multiprocessing, multiprocessing.util

def serve():
    background.TIMEOUT = 0.1
    for _ in range(3):
        metrics.increment("a")
    multiprocessing.util.Finalize(None, write, exitpriority=-200)

def write():
    os.write(pipe[1], f"{metrics.dropped} {len(lines)}".encode())

def look_back():
    pass

SECONDS, pipe = {"agent": 1000}, os.pipe()
child = multiprocessing.get_context("fork").Process(target=serve)
child.start()
child.join()
assert os.read(pipe[0], 100) == b"{'send': 3} 1"
"""
    assert program(tmp_path, server, _LOOKING_BACK + code, client=client, host="agent") == {}


def test_asyncio(tmp_path: Path, server: Server) -> None:
    """Tasks push as functions do; a flush may run in a thread of the loop."""
    code = """
import asyncio
async def serve():
    metrics.increment("a")
    await asyncio.sleep(0)
    metrics.increment("a")
async def main():
    await asyncio.gather(*(serve() for _ in range(100)))
    await asyncio.to_thread(metrics.flush)
asyncio.run(main())
os._exit(0)
"""
    assert program(tmp_path, server, code, interval=60) == {"a": 200}
