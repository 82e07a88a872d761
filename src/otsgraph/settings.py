"""All settings: name, unit, default, bound, in one table.  The only module that reads the environment."""

from __future__ import annotations

import ipaddress
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import ByteSize, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from otsgraph.errors import Limit, SettingsError, size_text

MOST_WORKERS = 256

SECRET = ("metrics_token",)
"""Settings whose values are shown nowhere."""

_WORKER_VARIABLES = r"PYTHON[A-Z]+|HOME|LANG|LC_[A-Z]+|TZ|LD_LIBRARY_PATH|LD_PRELOAD|SSL_CERT_(FILE|DIR)"
"""The variables that worker processes get."""


def _unit(name: str) -> dict[str, Any]:
    return {"unit": name}


class Settings(BaseSettings):
    """Made once, from flags, then OTSGRAPH_* variables, then defaults; everybody else receives plain values."""

    model_config = SettingsConfigDict(env_prefix="OTSGRAPH_", frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65_535, description="Port to listen on; 0 takes any free one.")
    data: Annotated[tuple[Path, ...], NoDecode] = Field(
        (), description="RDF file or folder to serve instead of the packaged graph; can be repeated."
    )
    default_graph: Literal["facts", "own"] | None = Field(
        None,
        description="Contents of the default graph: the merged facts of a folder laid out like the packaged one"
        " (facts), or what the files put there (own). Default: facts for the packaged graph, own with --data.",
    )
    no_inferred: bool = Field(False, description="Leave out the inferred graph; no saved query depends on it.")
    queries: Path | None = Field(
        None, description="Folder of .rq files to add to the packaged saved queries; one of the same name replaces it."
    )
    public_url: str = Field(
        "",
        description="Public address of the site, for links and descriptions; without it, they name the host that each"
        " client used.",
    )
    allow_service: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Endpoint that queries may call with SERVICE; can be repeated (in the variable: separated by"
        " spaces). Default: none.",
    )
    trusted_proxy: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Address or network of a proxy whose X-Forwarded-For and X-Forwarded-Proto headers are"
        " trusted; can be repeated (in the variable: separated by spaces).",
    )
    metrics_token: SecretStr | None = Field(
        None,
        description="Token required to read /metrics (Authorization: Bearer TOKEN). Prefer the variable: other users"
        " of the machine can see flags. Without it, anyone can read /metrics.",
    )
    load_time_limit: float = Field(
        600.0,
        gt=0,
        le=86_400,
        description="Time limit for loading the data, at start and at each reload.",
        json_schema_extra=_unit("seconds"),
    )
    load_memory_limit: ByteSize = Field(
        ByteSize(2**32),
        ge=2**28,
        description="Memory limit for loading the data.",
        json_schema_extra=_unit("bytes"),
    )
    query_time_limit: float = Field(
        10.0, gt=0, le=3_600, description="Time limit for a query.", json_schema_extra=_unit("seconds")
    )
    short_time_limit: float = Field(
        0.1,
        gt=0,
        le=3_600,
        description="Processor time after which a query is stopped and restarted in the long lane; less when"
        " many queries are waiting.",
        json_schema_extra=_unit("seconds"),
    )
    query_memory_limit: ByteSize = Field(
        ByteSize(2**30), ge=2**20, description="Memory limit for a query.", json_schema_extra=_unit("bytes")
    )
    result_size_limit: ByteSize = Field(
        ByteSize(2**26), ge=2**10, description="Maximum size of a result.", json_schema_extra=_unit("bytes")
    )
    query_size_limit: ByteSize = Field(
        ByteSize(2**20), ge=2**10, description="Maximum size of a query.", json_schema_extra=_unit("bytes")
    )
    client_query_limit: int = Field(
        0,
        ge=0,
        description="Maximum number of queries of one client that run or wait at the same time; 0: no limit. A client"
        " is an IPv4 address or an IPv6 /64 network. A page runs up to five queries at once.",
        json_schema_extra=_unit("queries"),
    )
    connection_limit: int = Field(
        1_000,
        ge=10,
        le=60_000,
        description="Maximum number of open connections; above it, idle ones are closed, oldest first.",
        json_schema_extra=_unit("connections"),
    )
    header_time_limit: float = Field(
        10.0, gt=0, description="Time limit for receiving the header of a request.", json_schema_extra=_unit("seconds")
    )
    body_time_limit: float = Field(
        30.0, gt=0, description="Time limit for receiving the body of a request.", json_schema_extra=_unit("seconds")
    )
    send_time_limit: float = Field(
        30.0,
        gt=0,
        description="Time limit for a client to read the next 64 KiB of a response.",
        json_schema_extra=_unit("seconds"),
    )
    sending_limit: ByteSize = Field(
        ByteSize(2**29),
        ge=2**20,
        description="Memory limit for large results that are being sent.",
        json_schema_extra=_unit("bytes"),
    )
    cache_limit: ByteSize = Field(
        ByteSize(2**26), ge=0, description="Memory limit for cached results.", json_schema_extra=_unit("bytes")
    )
    shutdown_time_limit: float = Field(
        10.0,
        ge=0,
        le=600,
        description="Time that running queries get to finish when the server is stopped.",
        json_schema_extra=_unit("seconds"),
    )
    workers: Annotated[tuple[int, int], NoDecode] = Field(
        (8, 2),
        description="Worker processes of the short and the long lane; each runs one query at a time. With 8+0 there is"
        " no long lane, and a query may use its whole time limit in the short one.",
        json_schema_extra=_unit("processes"),
    )
    queue_limit: Annotated[tuple[int, int], NoDecode] = Field(
        (1_000, 16),
        description="Maximum number of queries waiting in the short and in the long lane.",
        json_schema_extra=_unit("queries"),
    )

    @field_validator("data", mode="before")
    @classmethod
    def _split_paths(cls, value: object) -> object:
        """A variable holds several paths as PATH does."""
        return tuple(value.split(os.pathsep)) if isinstance(value, str) else value

    @field_validator("allow_service", "trusted_proxy", mode="before")
    @classmethod
    def _split_words(cls, value: object) -> object:
        """A variable holds several values with spaces between them."""
        return tuple(value.split()) if isinstance(value, str) else value

    @field_validator("trusted_proxy")
    @classmethod
    def _check_proxies(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for proxy in value:
            try:
                ipaddress.ip_network(proxy, strict=False)
            except ValueError:
                raise ValueError(f"{proxy} is no IP address or network like 10.0.0.0/8") from None
        return value

    @field_validator("workers", "queue_limit", mode="before")
    @classmethod
    def _split_lanes(cls, value: object) -> object:
        """Two numbers, written as SHORT+LONG."""
        if not isinstance(value, str):
            return value
        found = re.fullmatch(r"([0-9]{1,4})\+([0-9]{1,4})", value.strip())
        if found is None:
            raise ValueError("must be two numbers like 8+2, for the short and the long lane")
        return int(found[1]), int(found[2])

    @field_validator("workers")
    @classmethod
    def _check_workers(cls, value: tuple[int, int]) -> tuple[int, int]:
        if not (1 <= value[0] <= MOST_WORKERS and value[1] <= MOST_WORKERS):
            raise ValueError(f"must be at least 1 in the short lane, and at most {MOST_WORKERS} in each")
        return value

    @field_validator("public_url")
    @classmethod
    def _check_public_url(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~/-]*)?", value):
            raise ValueError("must be an address like https://example.org")
        return value.rstrip("/")

    @field_validator("metrics_token")
    @classmethod
    def _check_token(cls, value: SecretStr | None) -> SecretStr | None:
        """What can be sent as a Bearer token, and not be guessed.  Source: RFC 6750 §2.1 (b64token)."""
        if value is not None and not re.fullmatch(r"[A-Za-z0-9._~+/-]{16,200}=*", value.get_secret_value()):
            raise ValueError("must be 16 to 200 letters, digits or characters of ._~+/-")
        return value

    @field_validator("allow_service")
    @classmethod
    def _check_services(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for service in value:
            if not re.fullmatch(r"https?://[^\s<>\"{}|\\^`]+", service):
                raise ValueError(f"{service} is no address of an endpoint")
            if reason := _unreachable(service):
                raise ValueError(f"{service} cannot be asked: {reason}")
        return value

    @property
    def layered(self) -> bool:
        """Whether the default graph is the merged set of facts."""
        return (self.default_graph or ("own" if self.data else "facts")) == "facts"


def _unreachable(service: str) -> str:
    """Why an endpoint could never be asked; empty if it may be."""
    try:
        parts = urlsplit(service)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        return str(error)
    if not host or port == 0:
        return "it has no host or no port"
    if parts.username is not None:
        return "it has a name or a password"
    if ":" in host:
        return "an IPv6 address is not supported, a host name is"
    if re.fullmatch(r"[0-9.]+", host) and host.count(".") != 3:
        return "an IPv4 address has four numbers"
    return ""


def unknown_variables() -> list[str]:
    """Variables of the environment that look like settings and are none; those of the tests are others."""
    known = {variable(name) for name in Settings.model_fields}
    names = (name.upper() for name in os.environ)
    return sorted(
        n for n in names if n.startswith("OTSGRAPH_") and n not in known and not n.startswith("OTSGRAPH_TEST_")
    )


def worker_environment() -> dict[str, str]:
    """The variables that worker processes get: what Python and its libraries need, and nothing that may be secret."""
    return {name: value for name, value in os.environ.items() if re.fullmatch(_WORKER_VARIABLES, name)}


def make_settings(**flags: object) -> Settings:
    """The settings that result from some flags; a flag that is None was not given.  Raises SettingsError."""
    try:
        given: dict[str, Any] = {name: value for name, value in flags.items() if value not in (None, ())}
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0])
        reason = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
        given_as = "" if name in SECRET else f", given as {first['input']!r}"
        raise SettingsError(f"{flag(name)} (or {variable(name)}){given_as}: {reason}.") from None


def forget_secrets() -> None:
    """Takes secrets out of the environment, so that processes started from now on do not inherit them."""
    for name in SECRET:
        os.environ.pop(variable(name), None)


def flag(name: str) -> str:
    """The command-line flag of a setting."""
    return "--" + name.replace("_", "-")


def variable(name: str) -> str:
    """The environment variable of a setting."""
    return f"OTSGRAPH_{name.upper()}"


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
