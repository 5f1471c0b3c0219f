"""Modules that are taken as they are, since importing them runs nobody's code.

They are those of the standard library that annotations name, all of which pydantic has imported
anyway, and those of our own dependencies.
"""

from __future__ import annotations

import abc
import builtins
import collections.abc
import contextlib
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import functools
import ipaddress
import logging
import numbers
import os
import pathlib
import re
import types
import typing
import uuid
import zoneinfo
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType

__all__ = ["known"]

_STANDARD: Mapping[str, ModuleType] = {
    module.__name__: module
    for module in (
        abc,
        builtins,
        collections,
        collections.abc,
        contextlib,
        dataclasses,
        dt,
        decimal,
        enum,
        fractions,
        functools,
        ipaddress,
        logging,
        numbers,
        os,
        pathlib,
        re,
        types,
        typing,
        uuid,
        zoneinfo,
    )
} | {"os.path": os.path}

_OURS = {"annotated_types", "dependency_injector", "predictor_kit", "pydantic", "typing_extensions"}


def known(name: str) -> ModuleType | None:
    """The module ``name`` itself, if it is one of these."""
    if name.partition(".")[0] not in _OURS:
        return _STANDARD.get(name)
    try:
        return import_module(name)
    except ImportError:
        return None
