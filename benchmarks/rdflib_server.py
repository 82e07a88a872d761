"""Serves an N-Quads file with rdflib-endpoint, until it is told to end: `… -m benchmarks.rdflib_server FILE PORT`."""

from __future__ import annotations

import sys

import uvicorn
from rdflib import Dataset
from rdflib_endpoint import SparqlEndpoint


def main(file: str, port: str) -> None:
    """Serves at / of that port on loopback.  The default graph is the file's own, not the union of all graphs."""
    dataset = Dataset(default_union=False)
    dataset.parse(file, format="nquads")
    # no line a request, since the other endpoints write none either
    uvicorn.run(SparqlEndpoint(graph=dataset), host="127.0.0.1", port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
