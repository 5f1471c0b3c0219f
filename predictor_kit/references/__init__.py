"""The ``${...}`` of a file: to the environment, to a file, to a config value, to a provider.

==========================  =========================================================
``${env:NAME}``             the variable's text; it must be set
``${env:NAME:-default}``    the same, or ``default`` where it is not set or empty
``${file:path}``            what the file holds, without the line end that closes it
``${config.a.b}``           the value ``b`` in the value ``a`` of the config
``${name}``                 the provider ``name``
``$${``                     the characters ``${``
==========================  =========================================================

References are read in values that were parsed before, so that what they stand for is never read
as YAML. In Cortex's own keys only ``${env:`` and ``${file:`` begin one, and only there are
``$${env:`` and ``$${file:`` escapes. Text from outside, of a variable or a file, is never shown.
"""

from predictor_kit.references.kinds import (
    ConfigReference,
    EnvReference,
    FileReference,
    Origin,
    ProviderReference,
    Reference,
)
from predictor_kit.references.outside import (
    NOT_KNOWN,
    OutsideText,
    as_written,
    is_known,
    join,
    not_shown,
    origins_in,
    plain,
    told,
)
from predictor_kit.references.templates import Template, parse_template, substitute

__all__ = [
    "NOT_KNOWN",
    "ConfigReference",
    "EnvReference",
    "FileReference",
    "Origin",
    "OutsideText",
    "ProviderReference",
    "Reference",
    "Template",
    "as_written",
    "is_known",
    "join",
    "not_shown",
    "origins_in",
    "parse_template",
    "plain",
    "substitute",
    "told",
]
