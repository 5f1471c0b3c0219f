"""Valid files: what they come to, and what of them can be asked."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest

from predictor_kit.documents import read
from predictor_kit.errors import ProblemsError
from predictor_kit.references import OutsideText
from predictor_kit.spec import (
    AsyncSpec,
    BatchSpec,
    PredictorSpec,
    RealtimeSpec,
    TaskSpec,
    TrafficSplitterSpec,
    load_specs,
)

FOLDER = Path(__file__).parent / "cortex_files"
FILES = sorted(FOLDER.glob("*.yaml"))


def written(path: Path, text: str) -> Path:
    """``path`` with ``text`` in it."""
    path.write_text(text)
    return path


@pytest.fixture(params=FILES, ids=lambda path: path.stem)
def specs(request: pytest.FixtureRequest) -> dict[str, PredictorSpec]:
    """The specs of one valid file."""
    return load_specs(request.param)


def test_every_valid_file_loads_all_its_apis(specs: dict[str, PredictorSpec], request: Any) -> None:
    """Each API of a file has a spec under its name, in the file's order."""
    path = request.node.callspec.params["specs"]
    assert list(specs) == [item["name"] for item in read(path).data]
    assert [spec.name for spec in specs.values()] == list(specs)


def test_a_spec_survives_pickling(specs: dict[str, PredictorSpec]) -> None:
    """A spec that was pickled is equal and still knows its places."""
    for spec in specs.values():
        copy = pickle.loads(pickle.dumps(spec))
        assert copy == spec
        assert hash(copy) == hash(spec)
        assert copy.directory == spec.directory == str(FOLDER)
        assert copy.locate("kind") == spec.locate("kind") is not None


def test_a_spec_goes_back_to_what_a_file_says(specs: dict[str, PredictorSpec]) -> None:
    """The dump of a spec, validated, is the same spec, and says nothing that was not given."""
    for spec in specs.values():
        data = spec.model_dump(exclude_unset=True)
        assert type(spec).model_validate(data).in_directory(spec.directory) == spec
        assert list(data)[:2] == ["name", "kind"]


def test_a_dump_is_a_file_again(specs: dict[str, PredictorSpec], tmp_path: Path) -> None:
    """Defaults included, by pydantic's plain dump, in either of its modes: the file has the same specs."""
    for mode in ("python", "json"):
        dumped = [spec.model_dump(mode=mode) for spec in specs.values()]
        file = tmp_path / f"{mode}.json"
        file.write_text(json.dumps(dumped))
        again = load_specs(file)
        assert {name: spec.in_directory(FOLDER) for name, spec in again.items()} == specs
        assert [spec.model_dump(mode=mode) for spec in again.values()] == dumped


def test_the_kinds_have_their_models() -> None:
    """Each kind comes to its own class."""
    kinds = [type(spec) for spec in load_specs(FOLDER / "all_kinds.yaml").values()]
    assert kinds == [RealtimeSpec, AsyncSpec, BatchSpec, TaskSpec, TrafficSplitterSpec]


def test_what_is_asked_of_an_api_with_a_predictor() -> None:
    """A predictor's keys, our own keys and the class behind the colon are there to ask for."""
    spec = load_specs(FOLDER / "own_keys.yaml")["iris"]
    assert (spec.type, spec.path, spec.class_name) == ("python", "predictor.py", "IrisPredictor")
    assert spec.config == {"vocab_path": "models/vocab.txt"}
    assert (spec.env, spec.python_path, spec.log_level) == ({}, None, "info")
    assert spec.container == "my_pkg.wiring:IrisContainer"
    assert list(spec.providers) == ["metrics_client", "vocabulary", "tokenizer"]
    assert spec.providers["metrics_client"].args == {"host": "${env:STATSD_HOST:-localhost}", "port": 8125}
    assert spec.providers["vocabulary"].args == {"path": "${config.vocab_path}"}
    assert [provider.scope for provider in spec.providers.values()] == ["singleton", "factory", "singleton"]
    assert spec.providers["tokenizer"].class_ == "my_pkg.text:Tokenizer"


def test_what_is_asked_of_a_task() -> None:
    """A task's code is its definition; its class is Task unless another is named."""
    spec = load_specs(FOLDER / "task_trainer.yaml")["iris-trainer"]
    assert (spec.type, spec.path, spec.class_name, spec.python_path) == (None, "task.py", "Task", "src/")
    assert (spec.env, spec.log_level) == ({"SEED": "7"}, "error")
    own = load_specs(FOLDER / "own_keys.yaml")["train"]
    assert (own.path, own.class_name, own.container, own.providers) == (
        "my_pkg.training",
        "Train",
        "wiring.py:Training",
        {},
    )


def test_what_is_asked_of_a_traffic_splitter() -> None:
    """A TrafficSplitter has no code, and says so for all that belongs to it."""
    spec = load_specs(FOLDER / "splitter.yaml")["iris"]
    assert spec.code is None
    assert (spec.type, spec.path, spec.class_name, spec.python_path) == (None, "", "", None)
    assert (spec.config, spec.env, spec.log_level) == ({}, {}, "info")
    assert (spec.container, spec.providers) == (None, {})


@pytest.mark.parametrize(
    ("file", "name", "expected"),
    [
        ("realtime_iris", "iris-classifier", "PythonPredictor"),
        ("async_tensorflow", "async-iris-tensorflow", "TensorFlowPredictor"),
        ("batch_onnx", "onnx-batch", "ONNXPredictor"),
    ],
)
def test_the_class_has_its_fixed_name(file: str, name: str, expected: str) -> None:
    """A class that is not named has the name that Cortex knows for the type."""
    assert load_specs(FOLDER / f"{file}.yaml")[name].class_name == expected


def test_null_is_the_default_where_cortex_takes_it() -> None:
    """Each key that may be null has its default then, or None."""
    spec = load_specs(FOLDER / "realtime_nulls.yaml")["nulls"]
    assert isinstance(spec, RealtimeSpec)
    assert spec.config == {}
    predictor = spec.predictor
    assert [predictor.protobuf_path, predictor.shm_size, predictor.server_side_batching] == [None] * 3
    assert spec.predictor.models is not None
    assert spec.predictor.models.paths == []
    assert spec.compute.cpu is spec.compute.mem is None


def test_defaults_are_those_of_cortex() -> None:
    """A minimal API has Cortex 0.32's defaults; where one is that the key is absent, a dump has none."""
    spec = load_specs(FOLDER / "realtime_iris.yaml")["iris-classifier"]
    assert spec.model_dump(exclude={"name", "kind", "provider_specs", "container_class"}) == {
        "predictor": {
            "type": "python",
            "path": "predictor.py",
            "image": "",
            "log_level": "info",
            "config": {},
            "env": {},
            "dependencies": {
                "pip": "requirements.txt",
                "conda": "conda-packages.txt",
                "shell": "dependencies.sh",
            },
            "processes_per_replica": 1,
            "threads_per_process": 1,
            "tensorflow_serving_image": "",
        },
        "networking": {},
        "compute": {"cpu": "200m", "gpu": 0, "inf": 0},
        "autoscaling": {
            "min_replicas": 1,
            "max_replicas": 100,
            "max_replica_concurrency": 1024,
            "window": "60s",
            "downscale_stabilization_period": "5m",
            "upscale_stabilization_period": "1m",
            "max_downscale_factor": 0.75,
            "max_upscale_factor": 1.5,
            "downscale_tolerance": 0.05,
            "upscale_tolerance": 0.05,
        },
        "update_strategy": {"max_surge": "25%", "max_unavailable": "25%"},
    }


def test_numbers_become_text_where_cortex_casts_them() -> None:
    """compute.cpu and update_strategy take numbers and keep their text."""
    spec = load_specs(FOLDER / "realtime_autoscaling_full.yaml")["sleeper"]
    assert isinstance(spec, RealtimeSpec)
    assert (spec.update_strategy.max_surge, spec.update_strategy.max_unavailable) == ("0", "1")
    task = load_specs(FOLDER / "async_iris.yaml")["async-iris-classifier"]
    assert isinstance(task, AsyncSpec)
    assert task.compute.cpu == "0.2"


def test_the_environment_fills_every_kind_of_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Text from the environment is read as the YAML scalar it would be, and stays marked as text."""
    for name, value in {"NAME": "iris", "N": "3", "F": "2.5", "TOKEN": "s3cret", "CLASS": "m:C"}.items():
        monkeypatch.setenv(name, value)
    file = written(
        tmp_path / "cortex.yaml",
        """
- name: ${env:NAME}
  kind: ${env:KIND:-RealtimeAPI}
  predictor:
    type: ${env:TYPE:-python}
    path: ${env:NAME}.py
    threads_per_process: ${env:N}
    config: {token: "x-${env:TOKEN}", literal: "$${env:TOKEN}", other: "${config.token} ${x}"}
    env: {TOKEN: "${env:TOKEN}"}
  compute: {cpu: "${env:F}"}
  autoscaling: {target_replica_concurrency: "${env:F}", window: "${env:N}0s"}
  container: ${env:CLASS}
  providers:
    short: ${env:CLASS}
    long: {class: "${env:CLASS}", scope: "${env:SCOPE:-factory}", args: {a: "${env:TOKEN}"}}
""",
    )
    spec = load_specs(file)["iris"]
    assert isinstance(spec, RealtimeSpec)
    assert (spec.path, spec.predictor.threads_per_process) == ("iris.py", 3)
    assert spec.autoscaling.target_replica_concurrency == 2.5
    assert spec.config == {"token": "x-s3cret", "literal": "${env:TOKEN}", "other": "${config.token} ${x}"}
    assert isinstance(spec.config["token"], OutsideText)
    assert isinstance(spec.env["TOKEN"], OutsideText)
    assert (spec.container, spec.providers["short"].class_, spec.providers["long"].class_) == ("m:C",) * 3
    assert spec.providers["long"].args == {"a": "${env:TOKEN}"}
    assert "s3cret" not in repr(spec)
    assert "s3cret" not in str(spec)


def test_places_of_values_and_keys(tmp_path: Path) -> None:
    """A spec tells where in its file a value or a key is, or its nearest parent."""
    file = written(
        tmp_path / "cortex.yaml",
        "- name: a\n  kind: TaskAPI\n  definition: {path: a.py}\n"
        "- name: b\n  kind: TaskAPI\n  definition:\n    path: b.py\n  providers: {p: m:X, q: {class: m:Y}}\n",
    )
    spec = load_specs(file)["b"]
    places = {
        "value": spec.locate("definition", "path"),
        "key": spec.locate("definition", "path", key=True),
        "parent of what is absent": spec.locate("definition", "config", "a"),
        "class alone": spec.locate("providers", "p", "class"),
        "class": spec.locate("providers", "q", "class"),
    }
    assert {what: (at.line, at.column) for what, at in places.items() if at} == {
        "value": (7, 11),
        "key": (7, 5),
        "parent of what is absent": (6, 3),
        "class alone": (8, 18),
        "class": (8, 34),
    }


def test_paths_are_relative_to_the_folder_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The directory is absolute and outlives a change of the current one."""
    written(tmp_path / "cortex.yaml", (FOLDER / "realtime_iris.yaml").read_text())
    monkeypatch.chdir(tmp_path)
    spec = load_specs("cortex.yaml")["iris-classifier"]
    assert spec.directory == str(Path.cwd())
    assert str(spec.locate("name")) == "cortex.yaml:2:9"


def test_an_empty_list_has_no_apis(tmp_path: Path) -> None:
    """A file that is an empty list is valid."""
    assert load_specs(written(tmp_path / "cortex.yaml", "[]\n")) == {}


def test_what_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    """A file that is not there, a folder, and text that is no YAML raise ProblemsError."""
    for path in (tmp_path / "no.yaml", tmp_path, written(tmp_path / "cortex.yaml", "- {a: [")):
        with pytest.raises(ProblemsError):
            load_specs(path)


def test_a_problem_knows_its_api(tmp_path: Path) -> None:
    """A problem holds the name of the API it is about, where it can be shown."""
    file = written(
        tmp_path / "cortex.yaml",
        "- {name: a, kind: TaskAPI, definition: 3}\n- {kind: TaskAPI, definition: {path: a.py}}\n"
        '- {name: "${env:NO_NAME:-c}", kind: TaskAPI, definition: 3}\n',
    )
    with pytest.raises(ProblemsError) as caught:
        load_specs(file)
    assert [problem.api for problem in caught.value.problems] == ["a", "", ""]


def test_a_whole_problem_reads_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A problem draws its line, points at the key, and lists the keys there are."""
    monkeypatch.chdir(tmp_path)
    written(
        Path("cortex.yaml"),
        "- name: iris\n  kind: TaskAPI\n  definition:\n    path: a.py\n    dependencies: {pipe: x}\n",
    )
    with pytest.raises(ProblemsError) as caught:
        load_specs("cortex.yaml")
    assert str(caught.value) == (
        "cortex.yaml:5:20: definition.dependencies: unknown key 'pipe' (did you mean 'pip'?)\n"
        "  5 |     dependencies: {pipe: x}\n"
        "    |                    ^^^^\n"
        "  keys here: pip, conda, shell"
    )


def test_overlays_and_settings_change_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """First the overlay of the environment, then further ones, then what is set; each keeps its place."""
    predictor = "{type: python, path: p.py, config: {a: 1, b: 1, c: 1, d: 1}}"
    api = f"- name: iris\n  kind: RealtimeAPI\n  predictor: {predictor}\n"
    base = written(tmp_path / "cortex.yaml", api)
    written(tmp_path / "cortex.prod.yaml", "- {name: iris, predictor: {config: {b: 2, c: 2, d: 2}}}\n")
    more = written(tmp_path / "more.json", '[{"name": "iris", "predictor": {"config": {"c": 3, "d": 3}}}]')
    changes: dict[str, Any] = {"env": "prod", "set": ["iris.predictor.config.d=4"]}
    spec = load_specs(base, more, **changes)["iris"]
    assert spec.config == {"a": 1, "b": 2, "c": 3, "d": 4}
    places = [str(spec.locate("predictor", "config", key)).rpartition("/")[2] for key in "abcd"]
    assert [place.partition(":")[0] for place in places] == [
        "cortex.yaml",
        "cortex.prod.yaml",
        "more.json",
        "--set #1",
    ]
    monkeypatch.setenv("PREDICTOR_ENV", "prod")
    assert load_specs(base)["iris"].config == {"a": 1, "b": 2, "c": 2, "d": 2}
    with pytest.raises(TypeError, match="several texts"):
        load_specs(base, set="iris.predictor.config.d=4")
