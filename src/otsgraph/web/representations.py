"""The forms in which a thing can be seen: a page and documents in RDF, where they are, and which one is asked for.

Sources: RFC 9110 §12.5.1 (Accept); RFC 8288 (Link); Linked Data Platform Best Practices (documents about things).
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from starlette.requests import Request

from otsgraph.dataset.metadata import DATASET, LICENCE
from otsgraph.errors import NotFound, UnfitParameter
from otsgraph.queries.parameters import absolute_iri
from otsgraph.quoting import quoted
from otsgraph.rdf.formats import Format, GraphFormat, PageFormat
from otsgraph.rdf.terms import BASE, DCTERMS, FOAF, RDF, RDFS, VOID, Triple, iri, literal
from otsgraph.sparql.protocol import negotiate
from otsgraph.web.answering import accept_header

FORMATS: tuple[Format, ...] = (PageFormat.HTML, *GraphFormat)
"""What a thing can be seen as, what is sent to whoever accepts anything first."""

_OTHER_PARTS = ("graph/", "query/")
"""How the paths of IRIs begin that do not stand below /id/."""


def iri_at(path: str) -> str:
    """The IRI that a path stands for.  Raises NotFound where it cannot be one."""
    asked = _iri(path)
    if absolute_iri(asked, {}) is None:
        raise NotFound("This address cannot be the IRI of a thing; /search finds things by their names.")
    return asked


def _iri(path: str) -> str:
    return BASE + path if path.startswith(_OTHER_PARTS) else f"{BASE}id/{path}"


def format_asked(request: Request) -> Format:
    """The format of `?format=`, else by the Accept header.  Raises UnfitParameter, NotAcceptable."""
    asked = request.query_params.get("format")
    if asked is None:
        return negotiate(accept_header(request), FORMATS)
    found = next((f for f in FORMATS if asked in (f.syntax.extension, f.syntax.name, f.media_type)), None)
    if found is None:
        offered = [f.syntax.extension for f in FORMATS]
        raise UnfitParameter(
            f"There is no format {quoted(asked)} of a thing; there are {', '.join(offered)}.",
            parameter="format",
            choices=offered,
        )
    return found


def graph_format(request: Request) -> GraphFormat:
    """The same among the formats of RDF; Turtle for whoever would rather have a page."""
    found = format_asked(request)
    return found if isinstance(found, GraphFormat) else negotiate(None, tuple(GraphFormat))


def without_suffix(path: str) -> tuple[str, GraphFormat | None]:
    """A path and the format that its suffix says; None if it has none that says one."""
    stem, _, suffix = path.rpartition(".")
    format_ = next((f for f in GraphFormat if stem and f.syntax.extension == suffix), None)
    return (stem, format_) if format_ else (path, None)


def address(path: str, format_: Format) -> str:
    """Where a thing is seen in a format, by the path that its IRI has."""
    if format_ is PageFormat.HTML:
        return "/page/" + quote(path)
    return f"/data/{quote(path)}.{format_.syntax.extension}"


def links(path: str) -> str:
    """The Link header of whatever is about a thing: the other forms of it, and the thing's own IRI."""
    shown = [(address(path, f), f.media_type) for f in FORMATS]
    described_by = address(path, GraphFormat.TURTLE)
    return ", ".join(
        [
            f'<{quote(_iri(path), safe="/:")}>; rel="canonical"',
            f'<{described_by}>; rel="describedby"; type="{GraphFormat.TURTLE.media_type}"',
            *(f'<{to}>; rel="alternate"; type="{type_}"' for to, type_ in shown),
        ]
    )


def about_document(path: str, cut: Sequence[str], *, ours: bool) -> frozenset[Triple]:
    """What the documents about a thing say of themselves.

    `cut` is what the thing has more of than they hold; `ours`: they are of the dataset that otsgraph publishes.
    Source: Describing Linked Datasets with the VoID Vocabulary §6.2 (discovery via links in the dataset's documents).
    """
    document = iri(f"{BASE}data/{quote(path)}")
    about = {
        (document, iri(RDF + "type"), iri(FOAF + "Document")),
        (document, iri(FOAF + "primaryTopic"), iri(_iri(path))),
    }
    if ours:
        about |= {(document, iri(VOID + "inDataset"), iri(DATASET)), (document, iri(DCTERMS + "license"), iri(LICENCE))}
    if cut:
        note = f"Of {' and of '.join(cut)} only the first are here."
        about.add((document, iri(RDFS + "comment"), literal(note, language="en")))
    return frozenset(about)
