"""The Python twin: what a file says, said with the models; and specs back to a file."""

import pickle
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from predictor_kit import check
from predictor_kit import spec as models
from predictor_kit.documents import MAX_DEPTH, TOO_DEEP, parse
from predictor_kit.errors import ProblemsError
from predictor_kit.references import OutsideText
from predictor_kit.spec import (
    KINDS,
    AsyncSpec,
    Autoscaling,
    BatchSpec,
    Compute,
    Definition,
    Dependencies,
    ModelPath,
    MultiModels,
    Networking,
    Predictor,
    PredictorSpec,
    ProviderSpec,
    RealtimeSpec,
    ServerSideBatching,
    TaskSpec,
    TrafficSplit,
    TrafficSplitterSpec,
    UpdateStrategy,
    dump_specs,
    from_outside,
    load_specs,
)

from .test_spec_mistakes import ENVIRONMENT
from .test_spec_mistakes import cases as mistakes
from .test_yaml_writer import SINGLE, TEXTS
from .writing import mappings, trees

FOLDER = Path(__file__).parent / "cortex_files"
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file to write specs to."""
    return tmp_path_factory.mktemp("twins") / "cortex.yaml"


def read_again(text: str, file: Path) -> dict[str, PredictorSpec]:
    """The specs of ``text``, in the current folder as those that are made in Python."""
    file.write_text(text, encoding="utf-8")
    return {name: spec.in_directory("") for name, spec in load_specs(file).items()}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_repr_of_a_spec_is_its_twin(path: Path) -> None:
    """Python that makes an equal spec, and from this the same file."""
    for read in load_specs(path).values():
        made = eval(repr(read), {**vars(models)})
        assert made.in_directory(FOLDER) == read
        assert repr(made) == repr(read)
        assert dump_specs([made]) == dump_specs([read])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_specs_are_written_to_a_file_of_the_same_specs(path: Path, file: Path) -> None:
    """What is written of all specs of a file is read as equal ones, in their order."""
    specs = load_specs(path)
    again = read_again(dump_specs(specs), file)
    assert list(again) == list(specs)
    assert {name: spec.in_directory(FOLDER) for name, spec in again.items()} == specs
    assert dump_specs(again.values()) == dump_specs(specs)


CODE = Predictor(type="python", path="iris.py")
WRITTEN = "kind: RealtimeAPI, predictor: {type: python, path: iris.py}"

TWINS: dict[str, tuple[str, Any]] = {
    "an API": (
        "{name: iris, kind: AsyncAPI, predictor: {type: python, path: iris.py}}",
        lambda: AsyncSpec(name="iris", predictor=CODE),
    ),
    "all of a predictor": (
        """
        name: iris
        kind: RealtimeAPI
        predictor:
          type: python
          path: my_pkg.serving:Iris
          image: org/iris:1.0
          python_path: src
          log_level: debug
          config: {threshold: 1e-3, labels: [a, "1", null], nested: {on: "on", mode: 0o17}}
          env: {TOKENIZERS_PARALLELISM: "false"}
          dependencies: {pip: r.txt, conda: c.txt, shell: s.sh}
          multi_model_reloading: {dir: "s3://bucket/models/", cache_size: 1, disk_cache_size: 2}
          server_side_batching: {max_batch_size: 2, batch_interval: 200ms}
          processes_per_replica: 1
          threads_per_process: 2
          shm_size: 1Gi
        networking: {endpoint: /iris}
        compute: {cpu: 1.5, mem: 2Gi, gpu: 1, inf: 0}
        autoscaling: {min_replicas: 2, max_replicas: 3, window: 30s, max_upscale_factor: 2}
        update_strategy: {max_surge: 1, max_unavailable: 0%}
        """.replace("on: ", '"on": '),
        lambda: RealtimeSpec(
            name="iris",
            predictor=Predictor(
                type="python",
                path="my_pkg.serving:Iris",
                image="org/iris:1.0",
                python_path="src",
                log_level="debug",
                config={"threshold": 0.001, "labels": ["a", "1", None], "nested": {"on": "on", "mode": 15}},
                env={"TOKENIZERS_PARALLELISM": "false"},
                dependencies=Dependencies(pip="r.txt", conda="c.txt", shell="s.sh"),
                multi_model_reloading=MultiModels(dir="s3://bucket/models/", cache_size=1, disk_cache_size=2),
                server_side_batching=ServerSideBatching(max_batch_size=2, batch_interval="200ms"),
                processes_per_replica=1,
                threads_per_process=2,
                shm_size="1Gi",
            ),
            networking=Networking(endpoint="/iris"),
            compute=Compute(cpu="1.5", mem="2Gi", gpu=1, inf=0),
            autoscaling=Autoscaling(min_replicas=2, max_replicas=3, window="30s", max_upscale_factor=2),
            update_strategy=UpdateStrategy(max_surge="1", max_unavailable="0%"),
        ),
    ),
    "models": (
        """
        name: models
        kind: BatchAPI
        predictor:
          type: tensorflow
          path: iris.py
          tensorflow_serving_image: org/tf
          models: {signature_key: k, paths: [{name: a, path: "s3://b/a", signature_key: k}]}
        """,
        lambda: BatchSpec(
            name="models",
            predictor=Predictor(
                type="tensorflow",
                path="iris.py",
                tensorflow_serving_image="org/tf",
                models=MultiModels(
                    signature_key="k", paths=[ModelPath(name="a", path="s3://b/a", signature_key="k")]
                ),
            ),
        ),
    ),
    "a task": (
        "{name: train, kind: TaskAPI, definition: {path: train.py, config: {epochs: 3}}}",
        lambda: TaskSpec(name="train", definition=Definition(path="train.py", config={"epochs": 3})),
    ),
    "a splitter": (
        """
        name: split
        kind: TrafficSplitter
        apis: [{name: a, weight: 100}, {name: b, weight: 7, shadow: on}]
        """,
        lambda: TrafficSplitterSpec(
            name="split",
            apis=[TrafficSplit(name="a", weight=100), TrafficSplit(name="b", weight=7, shadow=True)],
        ),
    ),
    "a container and providers": (
        f"""
        {{name: iris, {WRITTEN}, container: "wiring.py:Container", providers: {{
          metrics_client: {{class: in-memory}},
          tokenizer: "text.py:Tokenizer",
          words: {{class: "text.py:Words", scope: factory, args: {{
            path: "${{config.folder}}/words", again: "$${{tokenizer}}",
            deep: [["${{tokenizer}}", {{port: "${{env:PORT:-80}}", file: "${{file:/run/secrets/x}}"}}]]
          }}}}
        }}}}
        """,
        lambda: RealtimeSpec(
            name="iris",
            predictor=CODE,
            container="wiring.py:Container",
            providers={
                "metrics_client": ProviderSpec(class_="in-memory"),
                "tokenizer": ProviderSpec(class_="text.py:Tokenizer"),
                "words": ProviderSpec(
                    class_="text.py:Words",
                    scope="factory",
                    args={
                        "path": "${config.folder}/words",
                        "again": "$${tokenizer}",
                        "deep": [
                            ["${tokenizer}", {"port": "${env:PORT:-80}", "file": "${file:/run/secrets/x}"}]
                        ],
                    },
                ),
            },
        ),
    ),
    "text from outside": (
        """
        name: "${env:NAME}"
        kind: RealtimeAPI
        predictor:
          type: "${env:TYPE:-python}"
          path: "${env:NAME}.py"
          threads_per_process: "${env:THREADS}"
          log_level: "${env:LEVEL:-error}"
          config: {token: "x-${env:TOKEN}", file: "${file:token.txt}", not: "$${env:TOKEN} ${other}"}
          env: {TOKEN: "${env:TOKEN}"}
        compute: {gpu: "${env:THREADS}", cpu: "${env:THREADS}"}
        autoscaling: {max_upscale_factor: "${env:THREADS}", window: "${env:THREADS}0s"}
        container: "${env:CLASS}"
        providers:
          p: "${env:CLASS}"
          q: {class: "${env:CLASS}", scope: "${env:SCOPE:-factory}"}
        """,
        lambda: RealtimeSpec(
            name=from_outside("${env:NAME}"),
            predictor=Predictor(
                type=from_outside("${env:TYPE:-python}"),
                path=from_outside("${env:NAME}.py"),
                threads_per_process=from_outside("${env:THREADS}"),
                log_level=from_outside("${env:LEVEL:-error}"),
                config={
                    "token": from_outside("x-${env:TOKEN}"),
                    "file": from_outside("${file:token.txt}"),
                    "not": "${env:TOKEN} ${other}",
                },
                env={"TOKEN": from_outside("${env:TOKEN}")},
            ),
            compute=Compute(gpu=from_outside("${env:THREADS}"), cpu=from_outside("${env:THREADS}")),
            autoscaling=Autoscaling(
                max_upscale_factor=from_outside("${env:THREADS}"), window=from_outside("${env:THREADS}0s")
            ),
            container=from_outside("${env:CLASS}"),
            providers={
                "p": from_outside("${env:CLASS}"),
                "q": ProviderSpec(
                    class_=from_outside("${env:CLASS}"), scope=from_outside("${env:SCOPE:-factory}")
                ),
            },
        ),
    ),
}


@pytest.fixture
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("token.txt").write_text("s3cret")
    values = {"NAME": "iris-model", "THREADS": "37", "TOKEN": "s3cret", "CLASS": "my_pkg.secret:Thing"}
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize("feature", TWINS)
def test_the_same_is_said_in_a_file_and_in_python(feature: str, tmp_path: Path) -> None:
    """Each feature of the file, said in Python, is an equal spec, and is written to an equal file."""
    text, make = TWINS[feature]
    (read,) = read_again(text, tmp_path / "cortex.yaml").values()
    made = make()
    assert made == read
    assert dump_specs([made]) == dump_specs([read])
    assert [*read_again(dump_specs([made]), tmp_path / "cortex.yaml").values()] == [made]
    assert dump_specs([pickle.loads(pickle.dumps(read))]) == dump_specs([read])
    for shown in (dump_specs([made]), repr(made), repr(read)):
        assert not [secret for secret in ("s3cret", "37", "iris-model", "my_pkg.secret") if secret in shown]


@pytest.mark.usefixtures("_environment")
def test_a_changed_copy_is_written_as_it_is() -> None:
    """A value that was put in place of one from outside is written, and the others stay references."""
    made = TWINS["text from outside"][1]()
    predictor = made.predictor.model_copy(update={"threads_per_process": 5, "config": {"a": 1}})
    text = dump_specs([made.model_copy(update={"predictor": predictor})])
    assert "    log_level: ${env:LEVEL:-error}\n    config:\n      a: 1\n    env:\n" in text
    assert "    threads_per_process: 5\n" in text


@pytest.mark.usefixtures("_environment")
def test_what_is_outside_is_text_that_hides_itself(tmp_path: Path) -> None:
    """In Python, too, it is marked; paths are relative to a folder that may be given."""
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "token.txt").write_text("other\n")
    text = from_outside("${file:token.txt}-${env:TOKEN}", tmp_path / "sub")
    assert (str(text), repr(text), type(text)) == (
        "other-s3cret",
        "'${file:token.txt}-${env:TOKEN}'",
        OutsideText,
    )
    assert from_outside("plain") == "plain"


@pytest.mark.usefixtures("_environment")
def test_what_is_not_there_outside_is_a_problem() -> None:
    """All that is wrong with the references is told."""
    with pytest.raises(ProblemsError) as caught:
        from_outside("${env:TOKN} ${env:1} ${file:tokn.txt}")
    assert str(caught.value) == (
        "'${env:TOKN} ${env:1} ${file:tokn.txt}': "
        "'${env:1}' is not read: write ${env:1} or ${env:1:-default}\n"
        "'${env:TOKN} ${env:1} ${file:tokn.txt}': environment variable 'TOKN' is not set "
        "(did you mean 'TOKEN'?): set it, or write ${env:TOKN:-...}\n"
        "'${env:TOKN} ${env:1} ${file:tokn.txt}': there is no file 'tokn.txt' (did you mean 'token.txt'?)"
    )


PLACE = re.compile(r", cortex\.yaml:\d+:\d+| \(cortex\.yaml:\d+:\d+\)")


def in_python(value: Any, path: tuple[Any, ...] = ()) -> Any:
    """What stands in Python for ``value`` of a file, which is at ``path``."""
    if isinstance(value, str) and path[3:4] != ("args",):
        return from_outside(value)
    if isinstance(value, dict):
        return {key: in_python(inner, (*path, key)) for key, inner in value.items()}
    if isinstance(value, list):
        return [in_python(inner, (*path, index)) for index, inner in enumerate(value)]
    return value


def validated(item: Any) -> set[tuple[str, str]]:
    try:
        KINDS[str(item["kind"])].model_validate(item)
    except ProblemsError as error:
        return {(problem.subject, problem.message) for problem in error.problems}
    return set()


def apis_of(text: str) -> list[dict[str, Any]]:
    """The APIs of a file that can be said in Python, too: all are of a kind that there is."""
    try:
        items = parse(text, "cortex.yaml").data
    except ProblemsError:
        return []
    known = [isinstance(item, dict) and item.get("kind") in [*KINDS] for item in items]
    return items if all(known) and "class_:" not in text else []


def is_filled(text: str) -> bool:
    """Whether each reference in ``text`` stands for something."""
    return {*re.findall(r"\$\{(env:\w+)", text)} <= {f"env:{name}" for name in ENVIRONMENT}


CASES: list[Any] = mistakes()
MISTAKES = [case for case in CASES if is_filled(case.values[0]) and apis_of(case.values[0])]


@pytest.mark.parametrize("text", [pytest.param(case.values[0], id=case.id) for case in MISTAKES])
def test_python_finds_all_mistakes_that_a_file_has(
    text: str, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is wrong in a file is wrong in Python, with the same words, all at once."""
    monkeypatch.chdir(file.parent)
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    Path("cortex.yaml").write_text(text)
    with pytest.raises(ProblemsError) as caught:
        load_specs("cortex.yaml")
    told = {(problem.subject, PLACE.sub("", problem.message)) for problem in caught.value.problems}
    told = {one for one in told if "of another API too" not in one[1]}  # of the whole file
    assert set().union(*map(validated, in_python(apis_of(text)))) == told


def test_mistakes_are_compared() -> None:
    """Most of the mistakes of files are ones that can be made in Python."""
    assert len(MISTAKES) > 200


@pytest.mark.parametrize(
    ("config", "problems"),
    [
        (
            {"a": [object(), (1, 2)], "b": {"c": b"x", "d": {1, 2}}},
            [
                "predictor.config.a[0]: cannot be written to a file, is of type object",
                "predictor.config.a[1]: cannot be written to a file, is of type tuple",
                "predictor.config.b.c: cannot be written to a file, is of type bytes",
                "predictor.config.b.d: cannot be written to a file, is of type set",
            ],
        ),
        (
            {"a": {1: 2, "\ud800": 3, None: 4}},
            [
                "predictor.config.a.None: a key must be text",
                "predictor.config.a.\ud800: a key must hold no surrogate: no file can have it",
                "predictor.config.a[1]: a key must be text",
            ],
        ),
        (
            {"a": "\udfff", "b": 2**64, "c": -(2**63) - 1, "d": 2**64 - 1},
            [
                "predictor.config.a: must hold no surrogate: no file can have it",
                "predictor.config.b: must be a number of at most 64 bits",
                "predictor.config.c: must be a number of at most 64 bits",
            ],
        ),
    ],
)
def test_what_a_file_cannot_say_is_told(config: Any, problems: list[str]) -> None:
    """All values that only Python has are told, each at its place."""
    with pytest.raises(ProblemsError) as caught:
        dump_specs([RealtimeSpec(name="a", predictor=Predictor(type="python", path="a.py", config=config))])
    assert [str(problem).split("\n")[0] for problem in caught.value.problems] == problems
    assert {problem.notes for problem in caught.value.problems} <= {
        ("a file holds text, numbers, booleans, null, and lists and mappings of them",)
    }
    assert {problem.api for problem in caught.value.problems} == {"a"}


def test_a_spec_has_what_was_written_of_it(tmp_path: Path) -> None:
    """As the files have it, references and all; of a spec made in Python nothing was written."""
    file, overlay = tmp_path / "cortex.yaml", tmp_path / "cortex.prod.yaml"
    file.write_text("- {name: a, kind: TaskAPI, definition: {path: a.py, config: {b: '${env:UNSET:-1}'}}}\n")
    overlay.write_text("- {name: a, definition: {config: {c: $$}}}\n")
    written = load_specs(file, env="prod")["a"].written
    assert written is not None
    assert written.data["definition"]["config"] == {"b": "${env:UNSET:-1}", "c": "$$"}
    assert written.locate(["definition", "config", "c"]).file == str(overlay)
    assert TaskSpec(name="a", definition=Definition(path="a.py")).written is None


def test_apis_that_cannot_stand_in_one_file_are_told() -> None:
    """Names and endpoints are unique in a file; all other problems are told with theirs."""
    config = {"a": {1, 2}}
    specs = [
        TaskSpec(name="a", definition=Definition(path="a.py", config=config)),
        TaskSpec(name="a", definition=Definition(path="b.py")),
        RealtimeSpec(name="b", predictor=CODE, networking=Networking(endpoint="/c")),
        RealtimeSpec(name="c", predictor=CODE),
    ]
    with pytest.raises(ProblemsError) as caught:
        dump_specs(specs)
    assert [str(problem).split("\n")[0] for problem in caught.value.problems] == [
        "definition.config.a: cannot be written to a file, is of type set",
        "name: is the name of another API too",
        "name: its default endpoint is the endpoint of another API too",
    ]


def nested(depth: int) -> Any:
    return [nested(depth - 1)] if depth else "x"


def test_what_is_too_deep_for_a_file_is_told(file: Path) -> None:
    """As deep as a file may be is written, what is deeper is a problem."""

    def spec(depth: int) -> TaskSpec:
        return TaskSpec(name="a", definition=Definition(path="a.py", config={"a": nested(depth)}))

    deepest = MAX_DEPTH - 4  # below the list, the API, its definition and the config
    assert read_again(dump_specs([spec(deepest)]), file) == {"a": spec(deepest)}
    with pytest.raises(ProblemsError, match=TOO_DEEP):
        dump_specs([spec(deepest + 1)])


def test_no_specs_are_an_empty_list(file: Path) -> None:
    """The file of no APIs is one, too."""
    assert dump_specs({}) == dump_specs([]) == "[]\n"
    assert read_again("[]\n", file) == {}


@given(config=mappings(trees(SINGLE, TEXTS)), args=mappings(trees(SINGLE, TEXTS)), env=mappings(TEXTS))
@settings(max_examples=50)
def test_any_spec_is_written_and_read(config: Any, args: Any, env: Any, file: Path) -> None:
    """Whatever texts and values a spec made in Python has, its file has them, references in args as such."""
    code = Definition(path="a.py", config=config, env=env)
    made = TaskSpec(name="a", definition=code, providers={"p": ProviderSpec(class_="a:A", args=args)})
    assert read_again(dump_specs([made]), file) == {"a": made}
    assert eval(repr(made), {**vars(models)}) == made


DEFAULT = " (the text 'many', the default of environment variable UNSET_BY_ALL)"


@pytest.mark.parametrize(
    ("make", "problems"),
    [
        (
            lambda: Predictor.model_validate({"type": "pyton", "path": "", "pythonpath": "a"}),
            [
                "path: must not be empty",
                "type: must be 'python', 'tensorflow' or 'onnx' (did you mean 'python'?)",
                "unknown key 'pythonpath' (did you mean 'python_path'?)",
            ],
        ),
        (
            lambda: Definition(path="a.py", env={"CORTEX_A": "1"}, dependencies=make_any({"pip": 3, "x": 4})),
            [
                "dependencies.pip: must be text, is a whole number (put it in quotes)",
                "dependencies: unknown key 'x'",
                "env.CORTEX_A: must not begin with 'CORTEX_': Cortex sets those",
            ],
        ),
        (lambda: Compute(gpu=-1, mem=""), None),
        (lambda: ProviderSpec(class_="", scope=make_any("single")), None),
        (
            lambda: Compute(gpu=from_outside("${env:UNSET_BY_ALL:-many}")),
            [f"gpu: must be a whole number, is text{DEFAULT}"],
        ),
    ],
)
def test_a_section_tells_all_that_is_wrong_with_it(make: Any, problems: list[str] | None) -> None:
    """A section that is made by itself has the words of a file, and its mistakes come all at once."""
    with pytest.raises(ProblemsError) as caught:
        make()
    told = sorted(str(problem).split("\n")[0] for problem in caught.value.problems)
    assert told == problems if problems else len(told) == 2


def make_any(value: Any) -> Any:
    """``value``, which no type checker would let pass."""
    return value


def test_what_is_made_in_one_piece_has_all_its_mistakes_told() -> None:
    """Sections that are given as mappings have theirs told with those of the whole."""
    with pytest.raises(ProblemsError) as caught:
        RealtimeSpec.model_validate({"name": "A", "predictor": {"type": "python"}, "compute": {"gpu": -1}})
    assert [str(problem).partition(":")[0] for problem in caught.value.problems] == [
        "compute.gpu",
        "name",
        "predictor",
    ]


def test_sections_are_equal_by_value() -> None:
    """Sections of one type are equal where their values are, also those from outside."""
    assert Compute(gpu=from_outside("${env:UNSET_BY_ALL:-1}")) == Compute(gpu=1) != Compute(gpu=2)
    assert hash(Compute(gpu=from_outside("${env:UNSET_BY_ALL:-1}"))) == hash(Compute(gpu=1))
    assert Compute() != Networking()
    assert Compute() != {}


SERVED: dict[str, Any] = {
    "predictor": CODE,
    "name": "b",
    "providers": {"log": ProviderSpec(class_="logging")},
    "container": "wiring:Container",
    "networking": Networking(endpoint="/a"),
    "compute": Compute(cpu="2"),
    "autoscaling": Autoscaling(max_replicas=5),
    "update_strategy": UpdateStrategy(max_surge="50%"),
}


@pytest.mark.parametrize("key", SERVED)
def test_a_changed_copy_is_as_if_it_was_made_so(key: str) -> None:
    """Each key of an API can be replaced by the name that a file has for it; the rest and the folder stay."""
    keys: dict[str, Any] = {"name": "a", "predictor": Predictor(type="python", path="other.py")}
    keys["container"] = "wiring:Other"
    made = RealtimeSpec.model_validate(keys).in_directory("folder")
    changed = made.model_copy(update={key: SERVED[key]})
    assert getattr(changed, key) == SERVED[key]
    assert changed == RealtimeSpec.model_validate({**keys, key: SERVED[key]}).in_directory("folder")
    assert changed != made


def test_a_changed_copy_takes_the_names_of_python() -> None:
    """A name of a field in Python means its key; what pydantic copies without changes is the same."""
    provider = ProviderSpec(class_="a:A", args={"sizes": [1]})
    assert provider.model_copy(update={"class_": "b:B"}) == ProviderSpec(class_="b:B", args={"sizes": [1]})
    assert provider.model_copy(update={"class": "b:B"}) == provider.model_copy(update={"class_": "b:B"})
    made = RealtimeSpec.model_validate({"name": "a", "predictor": CODE, "providers": {"a": provider}})
    assert made.model_copy(update={"provider_specs": {}, "container_class": "b:B"}).container == "b:B"
    assert made.model_copy() == made.model_copy(deep=True) == made
    assert made.model_copy().providers is made.providers
    for changed in (made.model_copy(deep=True), made.model_copy(update={"name": "b"})):
        changed.providers["a"].args["sizes"].append(2)
    assert provider.args == {"sizes": [1]}


def test_a_changed_copy_is_checked() -> None:
    """All that is wrong with it is told at once, an unknown name with the nearest one."""
    made = AsyncSpec(name="a", predictor=CODE)
    with pytest.raises(ProblemsError) as caught:
        made.model_copy(update={"provders": {}, "compute": {"cpu": -1}, "name": "A b"})
    assert [str(problem).split("\n")[0] for problem in caught.value.problems] == [
        "unknown key 'provders' (did you mean 'providers'?)",
        "compute.cpu: must be at least 20m",
        "name: must begin with a small letter, hold only small letters, digits and '-', and not end with '-'",
    ]
    with pytest.raises(ProblemsError, match=r"^unknown key 'pth' \(did you mean 'path'"):
        CODE.model_copy(update={"pth": "a.py"})


def test_what_was_put_into_a_changed_copy_has_no_place_in_its_file(tmp_path: Path) -> None:
    """A mistake in it is not drawn over what the file has there; the other keys keep their places."""
    file = tmp_path / "cortex.yaml"
    file.write_text("- {name: a, kind: TaskAPI, definition: {path: no.py}, providers: {b: os:getcwd}}\n")
    spec = load_specs(file, allow=["no.py"])["a"]
    changed = spec.model_copy(update={"providers": {"b": "os:getpid"}}).model_copy(update={"compute": {}})
    found = {problem.message: problem.location for problem in check(changed)}
    assert found["'os:getpid' is not on the allow-list"] is None
    assert [str(place) for place in found.values() if place] == [f"{file}:1:47"]


@pytest.mark.parametrize("specs", ["tw.yaml", b"tw.yaml", Path("tw.yaml"), 3, [3], {"a": "b"}, None])
def test_what_is_no_spec_is_not_written(specs: Any) -> None:
    """A path, or anything else that is not specs, is refused by what it is."""
    with pytest.raises(
        TypeError, match=r"^dump_specs takes a spec, several of them, or the mapping that load_"
    ):
        dump_specs(specs)


def test_one_spec_is_written_as_several_are() -> None:
    """A spec alone is a file with one API; what is gone through once is taken too."""
    made = TaskSpec(name="a", definition=Definition(path="a.py"))
    assert dump_specs(made) == dump_specs([made]) == dump_specs({"a": made}) == dump_specs(iter([made]))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"allow": [3]}, "allow takes texts, and one of them is of type 'int'"),
        ({"allow": 3}, "allow takes several texts, and was given what is of type 'int'"),
        ({"set": [None]}, "set takes texts, and one of them is of type 'NoneType'"),
        ({"env": 3}, "env is a text, the name of an environment, and not of type 'int'"),
    ],
)
def test_arguments_of_another_type_are_refused(options: Any, message: str) -> None:
    """What is no text is told by its argument, before any file is read."""
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        load_specs("nowhere.yaml", **options)
