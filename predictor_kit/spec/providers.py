"""``providers``: what the file adds to a container, or replaces in it, by name."""

from __future__ import annotations

import keyword
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field, ValidationInfo, model_validator

from predictor_kit.spec.base import Also, kind_of, null_as, refuse
from predictor_kit.spec.scalars import Text, must
from predictor_kit.spec.section import Section
from predictor_kit.spec.texts import Title

__all__ = ["RESERVED_NAMES", "Provider", "ProviderName", "ProviderSpec", "Providers"]

RESERVED_NAMES: Final = frozenset(
    {
        "apply_container_providers_overridings",
        "assign_parent",
        "auto_load_config",
        "check_dependencies",
        "cls_providers",
        "containers",
        "declarative_parent",
        "dependencies",
        "from_json_schema",
        "from_schema",
        "from_yaml_schema",
        "inherited_providers",
        "init_resources",
        "instance_type",
        "is_auto_wiring_enabled",
        "lifecycle",
        "load_config",
        "overridden",
        "override",
        "override_providers",
        "overriding",
        "parent",
        "parent_name",
        "provider_type",
        "providers",
        "reset_last_overriding",
        "reset_override",
        "reset_singletons",
        "resolve_provider_name",
        "resolvers",
        "set_provider",
        "set_providers",
        "shutdown_resources",
        "traverse",
        "unwire",
        "wire",
        "wired_to_modules",
        "wired_to_packages",
        "wiring_config",
    }
)
"""Attributes of containers: a provider of such a name would break the container."""

_LOOSE_NAME: Final = r"^(?!__)(?!(?:self|config)$)[^\s\d!-/:-@\[-^`{-~][^\s!-/:-@\[-^`{-~]*$"

Scope = Literal["singleton", "factory"]


class ProviderSpec(Section, frozen=True):
    """A provider declared in a file: a class or function, and arguments for it.

    ``class_`` is written ``class`` in a file. ``args`` are as written: their ``${...}`` are
    resolved when the container is made.
    """

    class_: Title = Field(
        validation_alias="class",
        serialization_alias="class",
        description="What is called: a short name (`dogstatsd`), `package.module:Name` or `file.py:Name`, "
        "the file relative to the configuration file.",
    )
    args: Annotated[dict[Text, Any], null_as(dict)] = Field(
        default_factory=dict,
        description="Arguments by name; those left out are filled from the providers of their names.",
    )
    scope: Scope = Field(
        default="singleton",
        description="singleton: one object, however often it is asked for; factory: a new one each time.",
    )

    if TYPE_CHECKING:  # ``class`` is no name for an argument, so no checker finds this out by itself

        def __init__(
            self, *, class_: str, args: dict[str, Any] | None = None, scope: Scope = "singleton"
        ) -> None: ...

    @model_validator(mode="before")
    @classmethod
    def _python_name(cls, data: Any, info: ValidationInfo) -> Any:
        # Only Python has to write ``class_``; a file, which has a context, must not.
        if info.context is None and isinstance(data, dict) and "class_" in data:
            return {"class" if key == "class_" else key: value for key, value in data.items()}
        return data


def _name(text: str) -> str | None:
    if not text.isidentifier() or keyword.iskeyword(text):
        return "must be a name that a Python parameter can have"
    if text.startswith("__"):
        return "must not begin with '__'"
    if text == "self":
        return "must be another name than 'self', which no argument can have"
    if text == "config":
        return "must not be 'config': the key of that name in the predictor or definition is where it stands"
    return (
        "must be another name: containers have an attribute of this one" if text in RESERVED_NAMES else None
    )


def _short_form(value: Any) -> Any:
    if isinstance(value, str):
        return {"class": value}
    if isinstance(value, (dict, ProviderSpec)):
        return value
    quotes = ' (the short name null needs quotes: "null")' if value is None else ""
    raise refuse(f"must be a class as text, or a mapping with the key 'class', is {kind_of(value)}{quotes}")


ProviderName = Annotated[
    Text,
    must(_name),
    Field(
        json_schema_extra={
            "pattern": _LOOSE_NAME,
            "not": {"enum": [*keyword.kwlist, *sorted(RESERVED_NAMES)]},
        }
    ),
]
"""A name that a constructor can ask for."""

Provider = Annotated[ProviderSpec, Also(_short_form, {"type": "string", "minLength": 1})]
"""A provider, or its class alone."""

Providers = Annotated[dict[ProviderName, Provider], null_as(dict)]
"""Providers by name."""
