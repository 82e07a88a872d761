"""Settings in the words of the command line, the README and the pages."""

from __future__ import annotations

from pydantic import ByteSize

from otsgraph.errors import Limit, size_text
from otsgraph.settings import SECRET, Settings


def limits(settings: Settings) -> tuple[Limit, ...]:
    """All limits in the order of the table of settings."""
    fields = {name: field for name, field in Settings.model_fields.items() if unit(name)}
    return tuple(
        Limit(name, value_text(name, getattr(settings, name)), field.description or "")
        for name, field in fields.items()
    )


def value_text(name: str, value: object) -> str:
    """A setting's value as people write it, with its unit; empty where there is none."""
    if isinstance(value, ByteSize):
        return size_text(value).replace(" ", "") if value % 1024 == 0 else str(int(value))
    if isinstance(value, tuple) and value:
        return "+".join(map(str, value))
    if isinstance(value, float):
        return f"{value:g} {unit(name)}"
    return "" if value in (None, (), False, "") and not unit(name) else str(value)


def default_text(name: str) -> str:
    """The default of a setting as people write it; empty where there is none."""
    return value_text(name, Settings.model_fields[name].default)


def metavar(name: str) -> str:
    """What kind of value a setting takes, in a word."""
    default = Settings.model_fields[name].default
    if name == "default_graph":
        return "[facts|own]"
    if isinstance(default, ByteSize):
        return "SIZE"
    if name in SECRET:
        return "TOKEN"
    if name in ("public_url", "allow_service"):
        return "URL"
    if name in ("workers", "queue_limit"):
        return "SHORT+LONG"
    return {int: "NUMBER", float: "SECONDS", str: "ADDRESS"}.get(
        type(default), "ADDRESS" if name == "trusted_proxy" else "PATH"
    )


def unit(name: str) -> str:
    """The unit of a setting; empty where it has none."""
    extra = Settings.model_fields[name].json_schema_extra
    return str(extra["unit"]) if isinstance(extra, dict) else ""
