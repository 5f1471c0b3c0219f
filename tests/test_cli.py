"""The command line: what it prints where, and with which code it ends."""

import contextlib
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from predictor_kit.cli import main

HEAD = "- name: iris\n  kind: AsyncAPI\n  predictor:\n    type: python\n    path: iris.py\n"
API = "- {{name: {name}, kind: {kind}, predictor: {{type: python, path: {name}.py{more}}}}}\n"
IRIS = """\
class PythonPredictor:
    def __init__(self, config, metrics_client=None):
        print("what a predictor prints is no result")
        self.metrics = metrics_client

    def predict(self, payload, request_id):
        print("predicting")
        return {"payload": payload, "request_id": request_id}
"""

Write = Callable[..., None]
Run = Callable[..., tuple[int, list[str], list[str]]]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Write files into the working directory: ``cortex.yaml`` with the API ``iris``, and ``iris.py``."""
    monkeypatch.chdir(tmp_path)
    for name in ("DD_AGENT_HOST", "DD_DOGSTATSD_PORT", "HOST_IP", "CORTEX_STATSD_PORT"):
        monkeypatch.delenv(name, raising=False)

    def write(code: str = IRIS, *, kind: str = "RealtimeAPI", more: str = "", **files: str) -> None:
        Path("cortex.yaml").write_text(API.format(name="iris", kind=kind, more="") + more)
        Path("iris.py").write_text(dedent(code))
        for name, text in files.items():
            Path(name.replace("_", ".")).write_text(text)

    return write


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process: its exit code and its lines on stdout and stderr."""

    def run(*arguments: str, stdin: str | bytes = "") -> tuple[int, list[str], list[str]]:
        written = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(written)))
        code = main(arguments)
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out.splitlines(), err.splitlines()

    return run


def provide(**classes: str) -> None:
    """Write ``cortex.yaml`` with providers of these classes."""
    providers = "".join(f"    {name}: {written}\n" for name, written in classes.items())
    Path("cortex.yaml").write_text(f"{HEAD}  providers:\n{providers}")


def program(*arguments: str, stdin: str = "", **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "predictor_kit", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environ},
    )


# The program


def test_the_program(write: Write) -> None:
    """Standard input to standard output, a JSON line each; all else on standard error."""
    write()
    done = program("run", "cortex.yaml", stdin='{"a": 1}\n\n"é"\n')
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        '{"payload": {"a": 1}, "request_id": "1"}',
        '{"payload": "\\u00e9", "request_id": "3"}',
    ]
    assert done.stderr.splitlines() == ["what a predictor prints is no result", "predicting", "predicting"]


def test_a_wrong_call() -> None:
    """It exits with 2 and says how it is called."""
    done = program("predict")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("usage: predictor-kit [-h] [--version] COMMAND ...\n")


def test_the_version() -> None:
    """It is printed, and nothing else is done."""
    assert re.fullmatch(r"predictor-kit \d+\.\d+\.\S+\n", program("--version").stdout)


def test_metrics_leave_over_udp(write: Write) -> None:
    """Counter, gauge and histogram reach a server; the table tells what was pushed, and not where to."""
    write(
        """\
        class PythonPredictor:
            def __init__(self, config, metrics_client): self.metrics = metrics_client

            def predict(self, payload):
                self.metrics.increment("my_counter", value=1, tags={"model": "v1"})
                self.metrics.gauge("active_connections", value=payload)
                self.metrics.histogram("inference_time_milliseconds", 1.5 * payload, {"model": "v1"})
                self.metrics.increment("cortex_mine", value=1)
        """
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        port = str(server.getsockname()[1])
        done = program(
            "run",
            "cortex.yaml",
            "--show-metrics",
            stdin="1\n3\n",
            HOST_IP="127.0.0.1",
            CORTEX_STATSD_PORT=port,
        )
        received = server.recv(1024).decode().splitlines()
    assert (done.returncode, done.stdout) == (0, "null\nnull\n")
    assert received == [
        "my_counter:2|c|#model:v1",
        "active_connections:3|g",
        "inference_time_milliseconds:1.5|h|#model:v1",
        "inference_time_milliseconds:4.5|h|#model:v1",
    ]
    table = done.stderr.splitlines()[-5:]
    assert table == [
        "metrics: 8 pushed to DogStatsdMetrics; 2 not taken (reserved)",
        "  kind       metric                       tags      pushes  value",
        "  counter    my_counter                   model:v1  2       sum 2",
        "  gauge      active_connections                     2       last 3",
        "  histogram  inference_time_milliseconds  model:v1  2       min 1.5, mean 3, max 4.5",
    ]
    assert port not in done.stderr


def test_metrics_that_nobody_takes(write: Write) -> None:
    """It is asked whether a server listens; where it should, which the environment says, is not told."""
    write(
        """\
        class PythonPredictor:
            def __init__(self, metrics_client): self.metrics = metrics_client
            def predict(self, payload): self.metrics.increment("my_counter")
        """
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = str(server.getsockname()[1])
    done = program(
        "run",
        "cortex.yaml",
        "--show-metrics",
        stdin="1\n2\n3\n",
        DD_AGENT_HOST="127.0.0.1",
        DD_DOGSTATSD_PORT=port,
    )
    assert done.returncode == 0
    (title,) = [line for line in done.stderr.splitlines() if line.startswith("metrics: ")]
    assert re.fullmatch(
        r"metrics: 3 pushed to DogStatsdMetrics; 3 not taken \(send\): does a server listen\?", title
    )
    assert "127.0.0.1" not in done.stderr
    assert port not in done.stderr


def test_metrics_that_one_of_several_does_not_take(write: Write) -> None:
    """It is told which client did not take how many, however far behind it stands."""
    write(
        """\
        class PythonPredictor:
            def __init__(self, metrics_client): self.metrics = metrics_client
            def predict(self, payload):
                self.metrics.increment("my_counter")
                self.metrics.gauge("queue", payload)
                self.metrics.histogram("size", payload)
                self.metrics.gauge("broken", float("nan"))

        class Own:
            dropped = {"full": 4}
            def increment(self, metric, value=1, tags=None): raise OSError("disk full")
            gauge = histogram = increment
        """
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
    tags = "class: 'predictor_kit.metrics:with_tags'"
    provide(
        own="iris.py:Own",
        statsd=f"{{class: dogstatsd, args: {{host: 127.0.0.1, port: {port}, flush_interval: 3600}}}}",
        tagged=f"{{{tags}, args: {{metrics_client: '${{statsd}}', tags: {{a: 1}}}}}}",
        memory="in-memory",
        all="{class: fan-out, args: {clients: ['${tagged}', '${memory}', '${own}', '${memory}']}}",
        metrics_client=f"{{{tags}, args: {{metrics_client: '${{all}}', tags: {{}}}}}}",
    )
    done = program("run", "cortex.yaml", "--show-metrics", stdin="1\n2\n")
    assert (done.returncode, done.stdout) == (0, "null\nnull\n")
    title, *table = [line for line in done.stderr.splitlines() if line.startswith(("metrics: ", "  "))]
    assert title == (
        "metrics: 8 pushed to DerivedMetrics; 6 not taken (send); "
        "at least 5 not taken by DogStatsdMetrics (send): does a server listen?; "
        "4 not taken by Own (full); 2 not taken (value)"
    )
    assert table == [
        "  kind       metric      tags  pushes  value",
        "  counter    my_counter        2       sum 2",
        "  gauge      queue             2       last 2",
        "  histogram  size              2       min 1, mean 1.5, max 2",
    ]


def test_whoever_reads_can_leave(write: Write) -> None:
    """A reader that has seen enough ends it, without a word."""
    write("class PythonPredictor:\n    def predict(self, payload): return payload\n")
    command = [sys.executable, "-m", "predictor_kit", "run", "cortex.yaml"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe) as running:
        assert running.stdin
        assert running.stdout
        assert running.stderr
        running.stdin.write(b"1\n")
        running.stdin.flush()
        assert running.stdout.readline() == b"1\n"
        running.stdout.close()
        running.stdin.write(b"2\n")
        running.stdin.close()
        assert running.stderr.read() == b""
    assert running.returncode == 1


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_can_be_ended(write: Write, sent: signal.Signals, code: int) -> None:
    """Ctrl-C and a termination close the predictor and exit with their usual codes, without a word."""
    write(
        """\
        import threading
        class PythonPredictor:
            def predict(self, payload):
                return payload if payload else threading.Event().wait()
            def close(self): open("closed", "w").close()
        """
    )
    command = [sys.executable, "-m", "predictor_kit", "run", "cortex.yaml", "input.jsonl"]
    Path("input.jsonl").write_text("1\n0\n")
    pipe = subprocess.PIPE
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored
    try:
        with subprocess.Popen(command, stdout=pipe, stderr=pipe) as running:
            assert running.stdout
            assert running.stderr
            assert running.stdout.readline() == b"1\n"
            running.send_signal(sent)
            assert running.stderr.read() == b""
    finally:
        signal.signal(signal.SIGINT, before)
    assert running.returncode == code
    assert Path("closed").exists()


# Inputs and results


def test_a_file_of_inputs(write: Write, run: Run) -> None:
    """INPUT is read in place of standard input."""
    write(input_jsonl="[1]\n")
    assert run("run", ".", "input.jsonl")[:2] == (0, ['{"payload": [1], "request_id": "1"}'])


def test_a_file_of_inputs_that_is_not_there(write: Write, run: Run) -> None:
    """It is missed before the predictor is built."""
    write()
    assert run("run", "cortex.yaml", "no.jsonl") == (
        1,
        [],
        ["no.jsonl: cannot be read: No such file or directory"],
    )


def test_one_of_several_apis(write: Write, run: Run) -> None:
    """``--name`` says which one; without it, they are listed."""
    write(more=API.format(name="rose", kind="AsyncAPI", more=""), rose_py=IRIS)
    assert run("run", "cortex.yaml", "--name", "rose", stdin="1")[1] == ['{"payload": 1, "request_id": "1"}']
    assert run("run", "cortex.yaml") == (
        1,
        [],
        [
            "cortex.yaml has several apis: say which one by its name",
            "  apis: iris (RealtimeAPI), rose (AsyncAPI)",
        ],
    )
    assert run("run", "cortex.yaml", "--name", "rosa")[2][0] == (
        "no api is named 'rosa' in cortex.yaml (did you mean 'rose'?)"
    )


def test_lines_that_are_not_json(write: Write, run: Run) -> None:
    """Each is told with its place, an error stands in its line's place, and the others go on."""
    write("class PythonPredictor:\n    def predict(self, payload): return payload\n")
    lines = (
        b'{"a": nope}\n1\n\xff\n"\xc3\xa9\xff"\n\xef\xbb\xbf2\n'
        + b"[" * 100_000
        + b"\n"
        + b"3" * 5000
        + b"\n{\x1b"
    )
    code, out, err = run("run", "cortex.yaml", stdin=lines)
    assert code == 1
    assert [json.loads(line) for line in out] == [
        {"error": "this line is not JSON: Expecting value"},
        1,
        {"error": "this line is not JSON: byte 0xff is not UTF-8"},
        {"error": "this line is not JSON: byte 0xff is not UTF-8"},
        2,
        {"error": "this line is not JSON: nested too deep"},
        json.loads(out[6]),
        {"error": "this line is not JSON: Expecting property name enclosed in double quotes"},
    ]
    assert err[:7] == [
        "standard input:1:7: this line is not JSON: Expecting value",
        '  1 | {"a": nope}',
        "    |       ^",
        "standard input:3:1: this line is not JSON: byte 0xff is not UTF-8",
        "  3 | \N{REPLACEMENT CHARACTER}",
        "    | ^",
        "standard input:4:3: this line is not JSON: byte 0xff is not UTF-8",
    ]
    assert [line.partition(" is not")[0] for line in err[9:]] == [
        "standard input:6:1: this line",
        "standard input:7:1: this line",
        "standard input:8:2: this line",
    ]


def test_a_line_that_ends_too_early(write: Write, run: Run) -> None:
    """Its place is behind its last character, not at the beginning of a line that is not there."""
    write("class PythonPredictor:\n    def predict(self, payload): return payload\n")
    code, _, err = run("run", "cortex.yaml", stdin='{"a":1\n[1,\r\n')
    assert (code, err[:3]) == (
        1,
        [
            "standard input:1:7: this line is not JSON: Expecting ',' delimiter",
            '  1 | {"a":1',
            "    |       ^",
        ],
    )
    assert err[3] == "standard input:2:4: this line is not JSON: Expecting value"


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        ("b'bytes'", "Object of type bytes is not JSON serializable"),
        ("float('nan')", "Out of range float values are not JSON compliant"),
        ("numpy.float32(3)", "Object of type float32 is not JSON serializable"),
        ("numpy.zeros(2)", "Object of type ndarray is not JSON serializable"),
        ("{(1, 2): 3}", "keys must be str, int, float, bool or None, not tuple"),
    ],
)
def test_results_that_json_cannot_hold(write: Write, run: Run, result: str, reason: str) -> None:
    """They are errors, told without a trace of ours."""
    write(f"import numpy\nclass PythonPredictor:\n    def predict(self, payload): return {result}\n")
    code, (line,), (error,) = run("run", "cortex.yaml", stdin="1\n")
    assert code == 1
    assert json.loads(line)["error"].startswith(f"the result cannot be written as JSON: {reason}")
    assert error.startswith(f"standard input:1: the result cannot be written as JSON: {reason}")


def test_results_that_come_later(write: Write, run: Run) -> None:
    """Coroutines are awaited, generators of both kinds are gone through."""
    write(
        """\
        async def coroutine(payload): return payload
        def generator(payload): yield from payload
        async def agenerator(payload):
            for one in payload: yield one
        class PythonPredictor:
            def predict(self, payload): return globals()[payload[0]](payload[1])
        """
    )
    stdin = '["coroutine", 1]\n["generator", [1, 2]]\n["agenerator", [3]]\n'
    assert run("run", "cortex.yaml", stdin=stdin) == (0, ["1", "[1, 2]", "[3]"], [])


# What raises


def test_predict_raising(write: Write, run: Run) -> None:
    """The line, the exception, and the places in the user's own code; the others go on."""
    write(
        """\
        class PythonPredictor:
            def predict(self, payload):
                return divided(payload)
        def divided(payload):
            return 1 / payload
        """
    )
    assert run("run", "cortex.yaml", stdin="0\n1\n") == (
        1,
        ['{"error": "ZeroDivisionError: division by zero"}', "1.0"],
        [
            "standard input:1: ZeroDivisionError: division by zero",
            "  iris.py:3, in predict: return divided(payload)",
            "  iris.py:5, in divided: return 1 / payload",
        ],
    )


def test_a_long_way_to_an_exception(write: Write, run: Run) -> None:
    """Its last places are named; those in installed packages only where there are no others."""
    write(
        """\
        import json
        class PythonPredictor:
            def predict(self, payload): return self.predict(payload) if payload else json.loads("{")
        """
    )
    _, _, error = run("run", "cortex.yaml", stdin="1\n")
    assert error[0].startswith("standard input:1: RecursionError: maximum recursion depth exceeded")
    assert len(error) == 1 + 8
    _, _, error = run("run", "cortex.yaml", stdin="0\n")
    assert [line[:25] for line in error] == ["standard input:1: JSONDec", "  iris.py:3, in predict: "]
    write(IRIS.replace("metrics_client=None", "text"))
    provide(text="{class: 'json:loads', args: {s: '{'}}")
    _, _, error = run("run", "cortex.yaml")
    assert error[1] == "while building PythonPredictor -> text"
    assert [re.sub(r".*/(json/\w+\.py):\d+,", r"\1", line) for line in error[2:4]] == [
        "json/__init__.py in loads: return _default_decoder.decode(s)",
        "json/decoder.py in decode: obj, end = self.raw_decode(s, idx=_w(s, 0).end())",
    ]


def test_a_constructor_raising(write: Write, run: Run) -> None:
    """Type, message, the way to it, the places in the user's own code; nothing is printed for the inputs."""
    write(
        """\
        class PythonPredictor:
            def __init__(self, model=None): ...
            def predict(self, payload): ...
        class Model:
            def __init__(self, vocabulary): ...
        def vocabulary():
            try:
                return open("no-such-file")
            except OSError as error:
                raise RuntimeError("cannot read the vocabulary") from error
        """,
    )
    provide(model="iris.py:Model", vocabulary="iris.py:vocabulary")
    for options in ([], ["--show-metrics"]):
        assert run("run", "cortex.yaml", *options, stdin="1\n") == (
            1,
            [],
            [
                "RuntimeError: cannot read the vocabulary",
                "while building PythonPredictor -> model -> vocabulary",
                '  iris.py:10, in vocabulary: raise RuntimeError("cannot read the vocabulary") from error',
                "caused by FileNotFoundError: [Errno 2] No such file or directory: 'no-such-file'",
                '  iris.py:8, in vocabulary: return open("no-such-file")',
            ],
        )


def test_an_exception_while_another_is_handled(write: Write, run: Run) -> None:
    """Both are told, also where the text of one cannot be made."""
    write(
        """\
        class Odd(Exception):
            def __str__(self): raise RuntimeError
        class PythonPredictor:
            def predict(self, payload):
                try:
                    raise Odd
                except Odd:
                    return payload["key"]
        """
    )
    assert run("run", "cortex.yaml", stdin="{}\n")[2] == [
        "standard input:1: KeyError: 'key'",
        '  iris.py:8, in predict: return payload["key"]',
        "raised while handling Odd: (its text cannot be made)",
        "  iris.py:6, in predict: raise Odd",
    ]


def test_a_metrics_client_raising_behind_a_default(write: Write, run: Run) -> None:
    """A default hides nothing; the way is the same with a recorder beside the client."""
    write(
        """\
        class PythonPredictor:
            def __init__(self, metrics_client=None): ...
            def predict(self): ...
        def client(): raise OSError('no route')
        """
    )
    provide(metrics_client="iris.py:client")
    for options in ([], ["--show-metrics"]):
        assert run("run", "cortex.yaml", *options) == (
            1,
            [],
            [
                "OSError: no route",
                "while building PythonPredictor -> metrics_client",
                "  iris.py:4, in client: def client(): raise OSError('no route')",
            ],
        )


def test_closing_that_fails(write: Write, run: Run) -> None:
    """The results are there, what failed at the end is told, and the code is 1."""
    write(
        """\
        class PythonPredictor:
            def predict(self, payload): return payload
            def close(self): raise RuntimeError("will not close")
        """
    )
    assert run("run", "cortex.yaml", stdin="1\n") == (
        1,
        ["1"],
        [
            "TeardownError: closing the predictor failed in part (1 sub-exception)",
            "  RuntimeError: will not close",
            '    iris.py:3, in close: def close(self): raise RuntimeError("will not close")',
        ],
    )


def test_an_interrupt_in_this_process(write: Write, run: Run) -> None:
    """Wherever it comes from, the code is 130."""
    write("class PythonPredictor:\n    def predict(self, payload): raise KeyboardInterrupt\n")
    assert run("run", "cortex.yaml", stdin="1\n") == (130, [], [])


def test_an_exit_of_the_predictor(write: Write, run: Run) -> None:
    """A predictor that would end the program has failed for this payload; the others go on."""
    predict = "    def predict(self, payload): return payload or sys.exit(7)\n"
    write(f"import sys\nclass PythonPredictor:\n{predict}")
    code, lines, told = run("run", "cortex.yaml", stdin="0\n1\n")
    assert (code, lines) == (1, ['{"error": "SystemExit: 7"}', "1"])
    assert told[0] == "standard input:1: SystemExit: 7"


# The kinds of API

HOOKED = """\
class PythonPredictor:
    def predict(self, payload, batch_id): return [payload, batch_id]
    def post_predict(self, response, payload):
        print("after", response)
        if payload == 2:
            raise ValueError("lost")
    def on_job_complete(self): print("complete")
"""


def test_hooks_of_a_batch(write: Write, run: Run) -> None:
    """``post_predict`` follows each result, ``on_job_complete`` the last one."""
    write(HOOKED, kind="BatchAPI")
    code, out, err = run("run", "cortex.yaml", stdin="1\n2\nno\n")
    assert (code, out[:2]) == (1, ['[1, "1"]', '[2, "2"]'])
    assert [line for line in err if line.startswith(("after", "complete"))] == [
        "after [1, '1']",
        "after [2, '2']",
        "complete",
    ]


def test_a_hook_that_raises(write: Write) -> None:
    """It goes to the log with its place, and changes nothing: in Cortex the response has left by then."""
    write(HOOKED)
    done = program("run", "cortex.yaml", stdin="1\n2\n3\n")
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 3)
    assert done.stderr.splitlines() == [
        "after [1, '1']",
        "after [2, '2']",
        "WARNING predictor_kit.runner: post_predict failed for line 2: ValueError: lost",
        '  iris.py:6, in post_predict: raise ValueError("lost")',
        "after [3, '3']",
    ]


def test_a_job_whose_end_raises(write: Write, run: Run) -> None:
    """It is told, and the code is 1."""
    write(HOOKED.replace('print("complete")', "1 / 0"), kind="BatchAPI")
    code, out, err = run("run", "cortex.yaml", stdin="1\n")
    assert (code, out) == (1, ['[1, "1"]'])
    assert err == [
        "after [1, '1']",
        "ZeroDivisionError: division by zero",
        "  iris.py:7, in on_job_complete: def on_job_complete(self): 1 / 0",
    ]


def test_asynchronous_hooks_are_awaited(write: Write, run: Run) -> None:
    """Like ``predict`` itself."""
    write(re.sub("def (post|on)", r"async def \1", HOOKED), kind="BatchAPI")
    assert run("run", "cortex.yaml", stdin="1\n") == (0, ['[1, "1"]'], ["after [1, '1']", "complete"])


TASK = "- {name: train, kind: TaskAPI, definition: {path: task.py, config: {epochs: 3}}}\n"


def test_a_task(write: Write, run: Run) -> None:
    """It runs once with its config, reads no input, and prints what it returns."""
    write(
        cortex_yaml=TASK,
        task_py="class Task:\n    async def __call__(self, config): return {'trained': config['epochs']}\n",
    )
    assert run("run", "cortex.yaml") == (0, ['{"trained": 3}'], [])
    assert run("run", "cortex.yaml", "inputs.jsonl") == (1, [], ["inputs.jsonl: a task takes no input"])
    Path("task.py").write_text("class Task:\n    def __call__(self, config): return config['no']\n")
    assert run("run", "cortex.yaml") == (
        1,
        ['{"error": "KeyError: \'no\'"}'],
        [
            "train: KeyError: 'no'",
            "  task.py:2, in __call__: def __call__(self, config): return config['no']",
        ],
    )


def test_the_log_level(write: Write) -> None:
    """``log_level`` is that of what is logged on standard error."""
    code = """\
        import logging
        class PythonPredictor:
            def predict(self): logging.getLogger("iris").debug("hello")
        """
    write(code)
    assert program("run", "cortex.yaml", stdin="1").stderr == ""
    write(code, cortex_yaml=API.format(name="iris", kind="AsyncAPI", more=", log_level: debug"))
    assert "DEBUG iris: hello\n" in program("run", "cortex.yaml", stdin="1").stderr


# Other metrics clients


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("", "metrics: the predictor asks for no metrics client"),
        ("metrics_client", "metrics: 0 pushed to Own"),
    ],
)
def test_metrics_of_another_client(write: Write, run: Run, asked: str, title: str) -> None:
    """Any client is named by its class; what it calls ``dropped`` need not be ours."""
    write(
        f"""\
        class Own:
            dropped = "no mapping"
        class PythonPredictor:
            def __init__(self, {asked}): ...
            def predict(self): ...
        """,
    )
    provide(metrics_client="iris.py:Own")
    assert run("run", "cortex.yaml", "--show-metrics", stdin="1\n") == (0, ["null"], [title])


# Checking


def test_check_of_files_that_are_well(write: Write, run: Run) -> None:
    """One line for each API, with what its constructor gets."""
    write(
        more=TASK + "- {name: split, kind: TrafficSplitter, apis: [{name: iris, weight: 100}]}\n",
        task_py="class Task:\n    def __call__(self, config): ...\n",
        other_yaml=API.format(name="rose", kind="AsyncAPI", more=""),
        rose_py="class PythonPredictor:\n    def __init__(self, size=3): ...\n    def predict(self): ...\n",
    )
    assert run("check", ".", "other.yaml") == (
        0,
        [
            ".: iris: PythonPredictor(config, metrics_client) is well",
            ".: train: Task() is well",
            ".: split: TrafficSplitter is well",
            "other.yaml: rose: PythonPredictor() is well",
        ],
        [],
    )


def test_check_tells_all_problems_of_all_files(write: Write, run: Run) -> None:
    """Under the name of its API where a file has several; what is well is told beside them."""
    bad = "class PythonPredictor:\n    def __init__(self, nothing): ...\n    def predict(self, wrong): ...\n"
    write(
        more=API.format(name="rose", kind="AsyncAPI", more=""),
        rose_py=bad,
        lily_py=bad,
        single_yaml=API.format(name="lily", kind="BatchAPI", more=""),
        broken_yaml=API.format(name="a", kind="BatchApi", more="")
        + API.format(name="b", kind="AsyncAPI", more=", x: 1"),
        empty_yaml="",
    )
    code, out, err = run(
        "check", "cortex.yaml", "single.yaml", "broken.yaml", "nowhere/no.yaml", "empty.yaml"
    )
    assert code == 1
    assert out == ["cortex.yaml: iris: PythonPredictor(config, metrics_client) is well"]
    assert [line for line in err if not line.startswith("  ")] == [
        "cortex.yaml: rose:",
        "cortex.yaml:2:64: predictor: PythonPredictor asks for 'nothing', and no provider has that name",
        "cortex.yaml:2:64: predictor: class PythonPredictor: predict asks for 'wrong', which nobody hands it",
        "single.yaml:1:64: predictor: PythonPredictor asks for 'nothing', and no provider has that name",
        "single.yaml:1:64: predictor: class PythonPredictor: predict asks for 'wrong', which nobody hands it",
        "broken.yaml: a:",
        "broken.yaml:1:19: kind: is no kind of API (did you mean 'BatchAPI'?)",
        "broken.yaml: b:",
        "broken.yaml:2:61: predictor.path: there is no file b.py",
        "broken.yaml:2:67: predictor: unknown key 'x'",
        "nowhere/no.yaml: there is no such file, nor a directory 'nowhere'",
        "empty.yaml: the file is empty",
    ]


def test_names_from_the_environment_are_not_shown(
    write: Write, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An API is called as the file has it."""
    monkeypatch.setenv("SECRET", "hunter2")
    named = "- {{name: '{name}', kind: AsyncAPI, predictor: {{type: python, path: iris.py}}}}\n"
    write(cortex_yaml=named.format(name="${env:SECRET}") + named.format(name="a${env:SECRET}"))
    assert run("check", "cortex.yaml")[1] == [
        "cortex.yaml: ${env:SECRET}: PythonPredictor(config, metrics_client) is well",
        "cortex.yaml: a${env:SECRET}: PythonPredictor(config, metrics_client) is well",
    ]
    assert "hunter2" not in "".join(run("run", "cortex.yaml")[2])
    write("", cortex_yaml=named.format(name="${env:SECRET}") + named.format(name="a${env:SECRET}"))
    assert [line for line in run("check", "cortex.yaml")[2] if not line.startswith("  ")][::2] == [
        "cortex.yaml: ${env:SECRET}:",
        "cortex.yaml: a${env:SECRET}:",
    ]


# What must read well

CODE = "class PythonPredictor:\n    def __init__(self, config): ...\n    def predict(self, payload): ...\n"
THINGS = "class A:\n    def __init__(self, b): ...\nclass B:\n    def __init__(self, a): ...\n"


@pytest.mark.parametrize(
    ("file", "content", "code", "first"),
    [
        pytest.param(
            "cortex.yaml",
            HEAD + "  providers: {a: 'iris.py:A', b: 'iris.py:B'}\n",
            CODE + THINGS,
            "cortex.yaml:6:18: providers.a: providers need one another in a circle: a -> b -> a",
            id="a circle",
        ),
        pytest.param(
            "cortex.yaml",
            HEAD,
            CODE.replace("config", "model"),
            "cortex.yaml:5:11: predictor: PythonPredictor asks for 'model', and no provider has that name",
            id="a missing provider",
        ),
        pytest.param(
            "cortex.yaml",
            HEAD,
            "import iris.no_such_module\n" + CODE,
            "cortex.yaml:5:11: predictor.path: iris.py imports 'iris.no_such_module', "
            "and 'iris' has no such module",
            id="a module that is none",
        ),
        pytest.param(
            "cortex.yaml",
            HEAD,
            "raise RuntimeError('at import')\n",
            "cortex.yaml:5:11: predictor.path: importing iris.py failed: RuntimeError: at import",
            id="an import that raises",
        ),
        pytest.param(
            "cortex.yaml",
            HEAD,
            "class PythonPredictor\n    pass\n",
            "iris.py:1:22: predictor.path: syntax error: expected ':'",
            id="a syntax error",
        ),
        pytest.param(
            "cortex.yaml",
            HEAD,
            CODE.replace("Python", "Iris"),
            "cortex.yaml:5:11: predictor.path: iris.py has no class 'PythonPredictor'",
            id="a class of another name",
        ),
        pytest.param(
            "cortex.yaml",
            HEAD,
            CODE.replace("Python", "Iris") + CODE.replace("Python", "Rose"),
            "cortex.yaml:5:11: predictor.path: iris.py has no class 'PythonPredictor'",
            id="two of them",
        ),
        pytest.param(
            "loop.yaml", None, CODE, "loop.yaml: the file cannot be read: ", id="an unreadable file"
        ),
        pytest.param(".", None, CODE, "cortex.yaml: there is no such file", id="a directory without a file"),
        pytest.param("cortex.yaml", "", CODE, "cortex.yaml: the file is empty", id="an empty file"),
        pytest.param(
            "cortex.yaml",
            "# " + "long " * 2_000_000,
            CODE,
            "cortex.yaml: the file is 9.5 MiB long; a configuration file has at most 1 MiB",
            id="ten megabytes",
        ),
        pytest.param(
            "cortex.yaml",
            b"- name: \xe9\n",
            CODE,
            "cortex.yaml:1:9: the file is not UTF-8 (byte 0xe9 at offset 8): save it as UTF-8",
            id="not UTF-8",
        ),
        pytest.param(
            "cortex.yaml",
            HEAD,
            b"class PythonPredictor: '\xe9'\n",
            "iris.py:1: predictor.path: syntax error: byte 0xe9 is not UTF-8 text",
            id="Python that is not UTF-8",
        ),
        pytest.param(
            "iris.py",
            None,
            CODE,
            "iris.py: this is Python code, not a configuration file",
            id="a Python file",
        ),
        pytest.param(
            "iris.py:PythonPredictor",
            None,
            CODE,
            "iris.py:PythonPredictor: this is Python code, not a configuration file",
            id="a class",
        ),
    ],
)
@pytest.mark.parametrize("command", ["check", "run"])
def test_mistakes_read_well(
    write: Write,
    run: Run,
    command: str,
    file: str,
    content: str | bytes | None,
    code: str | bytes,
    first: str,
) -> None:
    """By either command: its first line, no traceback, the code 1, and nothing on standard output."""
    write()
    Path("iris.py").write_bytes(code if isinstance(code, bytes) else code.encode())
    Path("cortex.yaml").unlink()
    Path("loop.yaml").symlink_to("loop.yaml")
    if content is not None:
        Path("cortex.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
    exit_code, out, err = run(command, file)
    assert (exit_code, out) == (1, [])
    assert err[0].startswith(first)


def test_mistakes_read_well_as_a_program(write: Write) -> None:
    """The same in a process of its own."""
    write("class PythonPredictor\n", more="- {name: a}\n")
    for command in ("check", "run"):
        done = program(command, "cortex.yaml")
        assert (done.returncode, done.stdout) == (1, "")
        assert "cortex.yaml:2:3: the key 'kind' is missing\n" in done.stderr
        # An API that is wrong does not hide what is wrong with the others.
        assert ("syntax error" in done.stderr) == (command == "check")
        assert "Traceback" not in done.stderr


# What a program is run under


def test_closed_standard_input(write: Write) -> None:
    """Under a daemon there may be none: it is said, and a file of inputs is read all the same."""
    write()
    Path("inputs.jsonl").write_text("1\n")
    command = f"exec {sys.executable} -m predictor_kit run cortex.yaml"
    runs = [
        subprocess.run(["sh", "-c", f"{command} {file} <&-"], capture_output=True, text=True, check=False)
        for file in ("", "inputs.jsonl")
    ]
    assert [done.returncode for done in runs] == [1, 0]
    assert runs[0].stderr == "standard input: it is closed, and no file of inputs is given\n"
    assert runs[1].stdout == '{"payload": 1, "request_id": "1"}\n'


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_output_that_cannot_be_written(write: Write) -> None:
    """A full disk is told in one line, and the code is 1."""
    write()
    command = [sys.executable, "-m", "predictor_kit", "check", "cortex.yaml"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        1,
        "standard output cannot be written: No space left on device\n",
    )


def test_output_in_a_narrow_encoding(write: Write) -> None:
    """What the terminal's encoding does not have is written as an escape."""
    write(more=API.format(name="b", kind="RealtimeAPI", more=":Ирис"))
    Path("b.py").write_text("class Ирис:\n    def predict(self): ...\n", encoding="utf-8")
    done = program("check", "cortex.yaml", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == r"cortex.yaml: b: \u0418\u0440\u0438\u0441() is well"


def test_output_of_a_caller(write: Write) -> None:
    """The command line can be called from Python with any text stream as its output."""
    write()
    caught = io.StringIO()
    with contextlib.redirect_stdout(caught):
        assert main(["check", "cortex.yaml"]) == 0
    assert caught.getvalue() == "cortex.yaml: iris: PythonPredictor(config, metrics_client) is well\n"


def test_a_file_without_apis(write: Write, run: Run) -> None:
    """There is nothing in it to be well."""
    write()
    Path("cortex.yaml").write_text("[]\n")
    assert run("check", "cortex.yaml") == (1, [], ["cortex.yaml: has no api"])


def test_a_thread_of_a_caller(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """It runs in a thread too, where signals cannot be taken; in the main one it gives them back."""
    write()
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(main(["check", "cortex.yaml"])))
    thread.start()
    thread.join()
    before = signal.getsignal(signal.SIGTERM)
    codes.append(main(["check", "cortex.yaml"]))
    assert codes == [0, 0]
    assert signal.getsignal(signal.SIGTERM) is before
