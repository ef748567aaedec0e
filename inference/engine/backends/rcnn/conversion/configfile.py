"""A Detectron2 configuration file: YAML that can run nothing."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from imaging.wording import gettext as _
from inference.engine.backends.rcnn.conversion.bases import FILES, base_settings, merged
from inference.engine.errors import CardError

MAX_BYTES = 200_000
MAX_VALUES = 100_000
LARGEST_WHOLE = 1 << 63
BASE = "_BASE_"


class _TooManyValuesError(Exception):
    """Mappings merged (<<) again and again, by which a few lines can stand for billions of values."""


class _Loader(yaml.SafeLoader):
    """The safe one, without what a short file can fill the memory with."""

    n_merged = 0

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        super().flatten_mapping(node)
        self.n_merged += len(node.value)  # counted before what this one is merged into copies it
        if self.n_merged > MAX_VALUES:
            raise _TooManyValuesError

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        """Raises ConstructorError for a number so long that nothing can show or store it."""
        value: int = super().construct_yaml_int(node)
        if abs(value) >= LARGEST_WHOLE:
            raise yaml.constructor.ConstructorError(problem_mark=node.start_mark)
        return value


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_yaml_int)


def read_config_file(path: Path) -> dict[str, Any]:
    """The settings of a file, merged with those of the known file it builds on. Raises CardError where it is none,
    is a program, or builds on a file that is not known."""
    if path.suffix == ".py":
        raise CardError(
            _(
                "A LazyConfig (%(file)s) is a program, and Kopje runs no program that comes with a model. Give the "
                "YAML configuration of the same network."
            )
            % {"file": path.name}
        )
    try:
        content = _Loader(_text(path)).get_single_data()
    except _TooManyValuesError as problem:
        raise CardError(_no_configuration(path.name)) from problem
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise CardError(_not_yaml(path.name, problem)) from problem
    if not isinstance(content, dict) or _has_more_values(content, MAX_VALUES):
        raise CardError(_no_configuration(path.name))
    return _with_base(content)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            sentence = _("%(file)s is larger than %(most)d bytes; a Detectron2 configuration is a short YAML file.")
            raise CardError(sentence % {"file": path.name, "most": MAX_BYTES})
        return path.read_text(encoding="utf-8")
    except OSError as problem:
        raise CardError(_("There is no readable configuration %(file)s.") % {"file": path.name}) from problem


def _no_configuration(name: str) -> str:
    return _("%(file)s is no Detectron2 configuration.") % {"file": name}


def _not_yaml(name: str, problem: Exception) -> str:
    if isinstance(problem, yaml.constructor.ConstructorError) and "python/" in str(problem.problem):
        sentence = _(
            "%(file)s holds Python (!!python), which Kopje never runs. Give the merged configuration, which Detectron2 "
            "writes with cfg.dump()."
        )
        return sentence % {"file": name}
    where = getattr(problem, "problem_mark", None)
    sentence = _("%(file)s is not valid YAML: line %(line)s.")
    return sentence % {"file": name, "line": where.line + 1 if where else "?"}


def _has_more_values(content: object, most: int) -> bool:
    """Counted through aliases, by which a few lines can stand for billions of values."""
    waiting = [content]
    while waiting and most > 0:
        value = waiting.pop()
        most -= 1
        if isinstance(value, dict):
            waiting += value.values()
        elif isinstance(value, list | tuple | set):
            waiting += value
    return bool(waiting)


def _with_base(content: dict[str, Any]) -> dict[str, Any]:
    if BASE not in content:
        return content
    asked = content[BASE]
    name = PurePosixPath(asked.replace("\\", "/")).name if isinstance(asked, str) else ""
    base: Mapping[str, Any] | None = base_settings(name)
    if base is None:
        sentence = _(
            "The configuration builds on a file that Kopje does not know (_BASE_: %(name)s). Give the merged one, "
            "which Detectron2 writes with cfg.dump(). Known are %(known)s."
        )
        raise CardError(sentence % {"name": str(asked)[:200], "known": ", ".join(FILES)})
    return merged(base, {key: value for key, value in content.items() if key != BASE})
