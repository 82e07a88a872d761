"""Sources → a directory that everything is served from: the dataset, its names, and the saved queries.

Run as `python -m otsgraph.prepare --into DIR …` in a process of its own, so that the server never holds an RDF
library, and once for all workers, so that all of them see the same dataset version.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

import pyoxigraph as ox

from otsgraph.assembling import build
from otsgraph.dataset import Source, layered_sources, own_sources
from otsgraph.dataset_info import INFO, NAMES, PROGRESS, QUERIES, SNAPSHOT, DatasetInfo
from otsgraph.discovery import ENDPOINT
from otsgraph.errors import CommandError, DataError
from otsgraph.graph.names import write_index
from otsgraph.named_things import names_of
from otsgraph.packaged import packaged_folder
from otsgraph.process import sandbox
from otsgraph.queries import saved as saved_queries
from otsgraph.queries.saved import SavedQuery
from otsgraph.queries.trial import try_query, with_choices
from otsgraph.quoting import printable


def prepare(
    sources: Sequence[Source],
    into: Path,
    *,
    layered: bool,
    with_inferred: bool = True,
    endpoint: str = ENDPOINT,
    queries: Sequence[SavedQuery] = (),
) -> DatasetInfo:
    """Writes the dataset, what is known about it, the index of its names, and the saved queries into a directory.

    Returns what is known about the dataset.  Raises DataError for the first file that cannot be read.
    """
    store, info = build(
        sources,
        layered=layered,
        with_inferred=with_inferred,
        endpoint=endpoint,
        queries=queries,
        begins=lambda name: (into / PROGRESS).write_bytes(os.fsencode(name)),
    )
    store.dump(str(into / SNAPSHOT), format=ox.RdfFormat.N_QUADS)
    (into / INFO).write_text(info.to_json(), encoding="utf-8")
    things, names = names_of(store)
    write_index(into / NAMES, things, names)
    labels = {thing.iri: thing.label for thing in things}
    saved_queries.write(into / QUERIES, with_choices(queries, store, labels))
    return info


def _sources(data: Sequence[Path], *, layered: bool) -> list[Source]:
    """The files of the folders and files given, or of the packaged graph.  Raises DataError."""
    if layered and len(data) > 1:
        raise DataError(str(data[1]), "--default-graph facts takes one folder with ontology/ and data/")
    if layered:
        return layered_sources(data[0] if data else packaged_folder())
    return own_sources(data or [packaged_folder() / "ontology" / "otsgraph.ttl", packaged_folder() / "data"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, or 1 with the reason as one line on standard error."""
    parser = argparse.ArgumentParser(prog="otsgraph.prepare", description=__doc__)
    parser.add_argument("--into", type=Path, required=True, help="an existing directory")
    parser.add_argument("--data", type=Path, action="append", default=[], help="an RDF file or a folder of them")
    parser.add_argument("--default-graph", choices=["facts", "own"], required=True)
    parser.add_argument("--no-inferred", action="store_true", help="leave the inferred graph out")
    parser.add_argument("--queries", type=Path, action="append", default=[], help="a folder of saved queries")
    parser.add_argument("--allow-service", action="append", default=[], help="an endpoint that saved queries may ask")
    parser.add_argument("--endpoint", default=ENDPOINT, help="the IRI under which the dataset is asked")
    parser.add_argument("--parent", type=int, help="the process to die with")
    parser.add_argument("--memory", type=int, help="bytes that may be taken, and that a file written may have")
    options = parser.parse_args(arguments)
    _fence(options.parent, options.memory)
    layered = options.default_graph == "facts"
    try:
        sources = _sources(options.data, layered=layered)
        queries = tuple(saved_queries.load_all(options.queries).values())
        for query in queries:
            try_query(query, options.allow_service)
        prepare(
            sources,
            options.into,
            layered=layered,
            with_inferred=not options.no_inferred,
            endpoint=options.endpoint,
            queries=queries,
        )
    except CommandError as error:
        sys.stderr.write(f"{printable(str(error))}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"the dataset cannot be written: {error.strerror}\n")
        return 1
    except MemoryError:
        # as the store's library ends when it gets no memory
        os.abort()
    return 0


def _fence(parent: int | None, memory: int | None) -> None:
    if parent is not None:
        sandbox.die_with_parent(parent)
    sandbox.dump_no_core()
    sandbox.be_killed_first()
    if memory is not None:
        sandbox.limit_memory(memory)
        resource.setrlimit(resource.RLIMIT_FSIZE, (memory, memory))


if __name__ == "__main__":
    sys.exit(main())
