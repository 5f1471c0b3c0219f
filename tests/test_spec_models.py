"""Specs made in Python, and what the models promise."""

import pickle
from typing import Any

import pytest
from dependency_injector import containers
from pydantic import ValidationError

from predictor_kit.container import PredictorContainer
from predictor_kit.errors import ProblemsError
from predictor_kit.spec import (
    KINDS,
    RESERVED_NAMES,
    AsyncSpec,
    Autoscaling,
    BatchSpec,
    Compute,
    Definition,
    ModelPath,
    MultiModels,
    Predictor,
    PredictorSpec,
    ProviderSpec,
    RealtimeSpec,
    TaskSpec,
    TrafficSplit,
    TrafficSplitterSpec,
)
from predictor_kit.spec.keys import fields_of, whose_key


def iris(**keys: Any) -> AsyncSpec:
    """A valid spec, with further keys."""
    return AsyncSpec(name="iris", predictor=Predictor(type="python", path="iris.py"), **keys)


def told(error: pytest.ExceptionInfo[ProblemsError]) -> list[str]:
    """The texts of the problems."""
    return [str(problem) for problem in error.value.problems]


def test_a_spec_is_made_in_python() -> None:
    """Sections, mappings and providers in both forms make a spec; its kind is the class's own."""
    spec = iris(
        container="wiring:Container",
        providers={"tokenizer": "text:Tokenizer", "vocabulary": ProviderSpec(class_="text:Vocabulary")},
        compute=Compute(cpu="1"),
    )
    assert (spec.kind, spec.class_name, spec.directory) == ("AsyncAPI", "PythonPredictor", "")
    assert spec.providers["tokenizer"] == ProviderSpec(class_="text:Tokenizer")
    assert spec.locate("name") is None
    assert pickle.loads(pickle.dumps(spec)) == spec
    assert spec.model_dump(exclude_unset=True) == {
        "name": "iris",
        "kind": "AsyncAPI",
        "predictor": {"type": "python", "path": "iris.py"},
        "container": "wiring:Container",
        "providers": {"tokenizer": {"class": "text:Tokenizer"}, "vocabulary": {"class": "text:Vocabulary"}},
        "compute": {"cpu": "1"},
    }


def test_every_kind_is_made_in_python() -> None:
    """Each of the five kinds has a constructor with the file's keys."""
    code = Predictor(
        type="onnx", path="a.py", models=MultiModels(paths=[ModelPath(name="a", path="s3://b/a")])
    )
    specs = [
        RealtimeSpec(name="a", predictor=code, autoscaling=Autoscaling(max_replicas=2)),
        BatchSpec(name="b", predictor=code),
        TaskSpec(name="c", definition=Definition(path="c.py")),
        TrafficSplitterSpec(name="d", apis=[TrafficSplit(name="a", weight=100)]),
    ]
    assert [spec.kind for spec in specs] == ["RealtimeAPI", "BatchAPI", "TaskAPI", "TrafficSplitter"]


def test_mistakes_in_python_come_all_at_once_and_show_no_values() -> None:
    """What is wrong with a spec made in Python reads as in a file, without a place."""
    number: Any = 3
    with pytest.raises(ProblemsError) as caught:
        AsyncSpec(
            name="Iris",
            predictor=Predictor.model_construct(type="python", path=number),
            autoscaling=Autoscaling(min_replicas=3, max_replicas=2),
        )
    assert told(caught) == [
        "autoscaling.min_replicas: must be at most autoscaling.max_replicas (2)",
        "name: must begin with a small letter, hold only small letters, digits and '-', and not end with '-'",
        "predictor.path: must be text, is a whole number (put it in quotes)",
    ]
    assert [problem.api for problem in caught.value.problems] == ["Iris"] * 3


def test_rules_name_other_keys_without_a_place() -> None:
    """A rule between two keys names the other one, where there is no file to point into."""
    with pytest.raises(ProblemsError) as caught:
        TrafficSplitterSpec(
            name="d", apis=[TrafficSplit(name="a", weight=60), TrafficSplit(name="a", weight=40)]
        )
    assert told(caught) == ["apis[1].name: is the name of another of these APIs too"]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({"config": {3: "x"}}, "predictor.config[3]: must be text, is a whole number (put it in quotes)"),
        ({"config": [("a", 1)]}, "predictor.config: must be a mapping, is a list"),
        ({"image": b"x"}, "predictor.image: must be text, is of type bytes"),
        ({3: "x"}, "predictor: unknown key 3"),
    ],
)
def test_what_only_python_can_get_wrong(keys: dict[Any, Any], expected: str) -> None:
    """Keys that are no text and values that YAML cannot write have their messages."""
    with pytest.raises(ProblemsError) as caught:
        AsyncSpec.model_validate({"name": "iris", "predictor": {"type": "python", "path": "a.py", **keys}})
    assert str(caught.value).split("\n")[0] == expected


def test_a_spec_must_be_a_mapping() -> None:
    """Something else than a mapping is refused in our words."""
    with pytest.raises(ProblemsError, match=r"^must be a mapping, is text$"):
        AsyncSpec.model_validate("iris")


def test_the_base_is_not_made_itself() -> None:
    """PredictorSpec names the classes to use in its place."""
    with pytest.raises(TypeError, match="AsyncSpec"):
        PredictorSpec(name="iris", kind="AsyncAPI")


def test_specs_never_change() -> None:
    """Neither a spec nor its sections take assignments."""
    spec = iris()
    with pytest.raises(ValidationError):
        setattr(spec, "name", "other")  # noqa: B010 # an assignment would not pass the type checkers
    with pytest.raises(ValidationError):
        setattr(spec.compute, "gpu", 1)  # noqa: B010 # the same


def test_a_checked_spec_is_taken_as_it_is() -> None:
    """Validating a spec gives the same spec."""
    spec = iris()
    assert AsyncSpec.model_validate(spec) is spec


def test_specs_are_equal_by_value_and_directory() -> None:
    """Two specs are equal if they say the same of the same folder."""
    assert iris() == iris()
    assert iris() != iris(compute=Compute(gpu=1))
    assert iris().in_directory("/a") == iris().in_directory("/a") != iris()
    assert iris() != RealtimeSpec(name="iris", predictor=Predictor(type="python", path="iris.py"))
    assert len({iris(), iris(), iris().in_directory("/a")}) == 2


def test_config_is_kept_as_it_is_given() -> None:
    """Objects in a config made in Python are neither copied into other types nor looked into."""
    thing = object()
    spec = AsyncSpec(
        name="a", predictor=Predictor(type="python", path="a.py", config={"x": [thing, (1, {2: 3})]})
    )
    assert spec.config == {"x": [thing, (1, {2: 3})]}


def test_reserved_names_are_the_attributes_of_containers() -> None:
    """No name that dependency-injector or our container uses itself can be a provider's."""
    instance = PredictorContainer()
    attributes = {*dir(containers.DynamicContainer()), *dir(containers.DeclarativeContainer), *dir(instance)}
    own = {name for name in attributes - set(PredictorContainer.providers) if not name.startswith("_")}
    assert own == RESERVED_NAMES


def test_keys_of_some_kinds_are_known() -> None:
    """A key that not all kinds have is known to belong to those that have it."""
    keys: list[set[object]] = [set(fields_of(model)) for model in KINDS.values()]
    assert {key for key in set.union(*keys) if whose_key(key)} == set.union(*keys) - set.intersection(*keys)
