"""Texts that may call another endpoint, in the engine and before the check: `python -m benchmarks.service_fuzz`.

The rule: whatever `refuse_service` lets through, with one endpoint allowed, contacts nothing but that endpoint.  The
engine evaluates every text with a network; a listener on the loopback interface records who is contacted.  The texts
are made of parts that have several readings: comparisons that look like IRIs, quotation marks beside each other, signs
of comments, keywords with no space between them, names of all sorts.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pyoxigraph as ox

from otsgraph.errors import ServiceForbidden
from otsgraph.sparql.federation import refuse_service

Check = Callable[[str, Collection[str]], None]

_SHOWN = 20
_ANSWER = json.dumps({"head": {"vars": []}, "results": {"bindings": [{}]}}).encode()

_USUAL = "PREFIX x: <x:> PREFIX : <ENDPOINT/> PREFIX p: <http://a:> "
_DECLARATIONS = (
    _USUAL, "PREFIX x: <x:> ", "PREFIXx:<x:>", "PREFIX x: <ENDPOINT/> ", "PREFIX : <ENDPOINT/>",
    "PREFIX p: <http://a:> ", "PREFIX SERVICE: <ENDPOINT/> ", "PREFIX SILENTx: <ENDPOINT/>\n", "BASE <ENDPOINT/> ",
    "BASE<ENDPOINT/f/>", "BASE <ENDPOINT/f/g> PREFIX x: <../>", "BASE <../>", "PREFIX#'\nx:#\"\n<x:>",
    "VERSION '1.2' ", "# SERVICE <x:> {\n", "PREFIX x: <ENDPOINT/\\u0061> ", "PREFIX true: <x:> ",
    "PREFIX http: <x:> ", "BASE <http://b/>PREFIX x:<'>",
)  # fmt: skip
_FORMS = (
    ("SELECT * {", "}"), ("SELECT*WHERE{", "}"), ("ASK {", "}"), ("CONSTRUCT { ?s ?p ?o } WHERE {", "}"),
    ("SELECT ?s { { SELECT * {", "} } }"), ("SELECT * { OPTIONAL {", "} }"), ("SELECT * { LATERAL {", "} }"),
    ("SELECT ?service ?x {", "}"), ("SELECT ?service{", "}#"), ("ASK{{", "}UNION{?s<x:p>?o}}"),
    ("SELECT * { FILTER EXISTS {", "} }"), ("DESCRIBE ?s {", "}"), ("SELECT * { ?s ?p ?o MINUS {", "} }"),
)  # fmt: skip
_KEYWORDS = ("SERVICE", "SERVICE", "service", "sErViCe")
_SILENT = ("", "", "", " SILENT", "SILENT", " silent")
_SPACES = ("", " ", "\n", "\r", "\r\n", "#\n", "# '\r", '#"""\n', "#<\n", "\t")
_ALLOWED, _OTHER = "<ENDPOINT/a>", "<ENDPOINT/f>"
_ENDPOINTS = (
    *(_OTHER,) * 8, _ALLOWED, "<ENDPOINT/\\u0061>", "<ENDPOINT/\\U00000066>", "<ENDPOINT/\\u+066>", "x:a", "x:f", ":a",
    ":f", "<a>", "<f>", "<../a>", "</a>", "<.>", "<>", "?s", "SILENTx:a", "p:", "x:\\a", "<ENDPOINT/a/>",
    "<ENDPOINT/A>", "<ENDPOINT/f/../a>", "<ENDPOINT/a#>", "<ENDPOINT/a?>", "<//HOST/a>", "x:f/../a", "x:%61",
    "<http://LOCAL/a>",
)  # fmt: skip
_INNER = (" ?s ?p ?o ", "", " ?s ?p ?o FILTER(?o < 5 && ?o > 3) ", "?s<x:p>'}'", " # }\n", 'VALUES ?v { "\'" }')
_OBJECTS = (
    "?o", "1", "1.", "1e0", "true", "'a'", '"a"', "'a'@en", "'a'@en--ltr", "'a'^^<x:d>", "''", '""', "''''''", '"' * 6,
    "'''a'''", "'''a''b'''", '"""a"b"""', "'it\\'s'", '"it\'s"', "'\\u0027'", "<x:o>", "<x:it's>", "x:it\\'s",
    "x:a\\#b", "_:b", "[]", "()", "(1 2)", "<<( <x:s> <x:p> 1 )>>", "<< <x:s> <x:p> 1 >>", "1 {| <x:q> 2 |}",
    "1 ~ <x:r>", "x:o", "p:", "p:o", ":o", "?service", "_:service", "<x:service>", "x:service", "'SERVICE <x:> {'",
    "''' SERVICE <ENDPOINT/f> {}'''",
)  # fmt: skip
_PATHS = ("<x:p>", "?p", "<x:p>?", "<x:p>*", "^<x:p>", "<x:p>|<x:q>", "(<x:p>)", "!<x:q>", "a|<x:p>", "<x:p>/<x:p>?")
_COMPARED = ("?a", "1", "'a'", '"a"', "''", '""', "x:a", "<x:a>", "true", "(1)", "STR(?a)", "'a'@en", "?a+1")
_NOISE = (
    "'", '"', "'''", '"""', "''", '""', "#", "<", ">", "<'>", '<">', "<#>", "\\", "\\'", '\\"', "{", "}", "(", ")",
    "a", " ", "\n", "\r", "?a", "<?b", "\\u0027", "\\u0022", "<<", ">>", "!", "=", "&&", ".", ";", "x:", "@en",
)  # fmt: skip
_TEMPLATES = (
    # what a group may hold; most can be read in one way as a call and in another as a part of something else
    "CALL", "CALL", "?s <x:p> OBJECT . CALL", "?s PATH OBJECT CALL", "CALL ?s PATH OBJECT", "{ CALL }",
    "OPTIONAL { CALL }", "FILTER(1<2)CALL", "FILTER(ATOM<'>')CALL FILTER(ATOM != 'x')",
    "FILTER(ATOM<'NOISE>')CALL FILTER(ATOM != 'x')", 'FILTER(ATOM<"NOISE>")CALL FILTER(ATOM != "x")',
    "FILTER(ATOM<ATOM)CALL FILTER(ATOM>ATOM)", "FILTER(ATOM<ATOM)CALL#>\n", "FILTER(ATOM<#>\nATOM)CALL",
    "FILTER(ATOM<ATOM||ATOM>ATOM)CALL", "FILTER(ATOM<'#>'||ATOM='')CALL#'\n", "FILTER(''<''')CALL FILTER(''!=''')",
    "BIND(''AS ?v)CALL BIND(''AS ?w)", "VALUES ?v {'''NOISE'''}CALL", "BIND('''a'b'''AS ?v)CALL BIND('''c'''AS ?w)",
    'VALUES ?v {"NOISE"}CALL VALUES ?w {"NOISE"}', "# NOISE\nCALL", "VALUES ?v {'' ''}CALL VALUES ?w {'' ''}",
    "# NOISE CALL\n", "# NOISE\rCALL", "?s <x:p> 'NOISE CALL'", '?s <x:p> "NOISE CALL"', "?s <x:p> '''NOISE CALL'''",
    '?s<x:p>"""NOISE CALL"""', "?s ?p x:CALL", "?s ?p p:CALL", "?s <x:NOISE> OBJECT . CALL ?s <x:NOISE> OBJECT",
    "?s <'> OBJECT . CALL ?s <'> OBJECT", "?s ?p :CALL", "?s ?p trueCALL", "?s ?p OBJECT . CALL ?s ?p OBJECT",
    "?s ?p 1CALL", "?s ?p 'a'CALL", "?s ?p 'a'@enCALL", "FILTER(ATOM IN (ATOM,'>'))CALL",
    "FILTER(ATOM<(1))CALL FILTER((1)>ATOM)", "FILTER(REGEX('a','<'))CALL FILTER(1>ATOM)", "GRAPH ?g { CALL }",
    "{ SELECT ?service ?x { CALL } }", "?s ?p ?service . CALL", "?service ?p ?o CALL", "?s ?p ''CALL ?t ?q ''",
    '?s ?p ""CALL', "(1 <http://a/)'>) ?p ?o CALL FILTER(?o = '')", "FILTER(ATOM<?b)CALL#>\n",
    "FILTER NOT EXISTS { CALL }", "?s <x:p>?CALL", "?s ?p <<( ?s ?p 'NOISE' )>> CALL", "BIND(ATOM<ATOM AS ?u)CALL",
    "MINUS { CALL }", "FILTER(ATOM<'''NOISE>''')CALL",
)  # fmt: skip


_COMPARISONS = (
    "FILTER(ATOM<'>')CALL FILTER(ATOM != 'x')", "FILTER(ATOM<'NOISE>')CALL FILTER(ATOM != 'x')",
    "FILTER(ATOM<'#>')CALL#'\n", "FILTER(ATOM<'NOISE>'||ATOM>'')CALL FILTER(''=ATOM)",
    "FILTER(ATOM<ATOM)CALL FILTER(ATOM>ATOM)", "FILTER(ATOM<?b)CALL#>\n",
    "BIND(ATOM<'>' AS ?y)CALL BIND('NOISE' AS ?z)", "FILTER(1<'>'||''='NOISE')CALL FILTER('NOISE'!='')",
)  # fmt: skip
"""What looks like an IRI, or like an operator and a string."""


@dataclass(frozen=True, slots=True)
class Listener:
    """An HTTP server that answers every query with one empty solution.

    `address` is its host and port; `contacted` grows by host, port and path of each request.
    """

    address: str
    contacted: list[str]


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener on a free port of the loopback interface."""
    contacted: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1

        def answer(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            contacted.append(f"{self.headers.get('Host')}{self.path}")
            self.send_response(200)
            self.send_header("Content-Type", "application/sparql-results+json")
            self.send_header("Content-Length", str(len(_ANSWER)))
            self.end_headers()
            self.wfile.write(_ANSWER)

        do_GET = do_POST = answer

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield Listener(f"127.0.0.1:{server.server_address[1]}", contacted)
        server.shutdown()


def texts(seed: int, address: str) -> Iterator[str]:
    """Endless query texts, always the same for a seed; `address` is the host and port of the endpoints in them."""
    chance = random.Random(seed)
    port = address.rpartition(":")[2]
    while True:
        declared = chance.choice(((), (_USUAL,), (_USUAL,), (_USUAL,), _DECLARATIONS))
        prologue = "".join(chance.choice(declared) for _ in range(chance.choice((1, 1, 1, 2, 3)) if declared else 0))
        opening, closing = chance.choice(_FORMS)
        parts = [chance.choice(chance.choice((_TEMPLATES, _COMPARISONS))) for _ in range(chance.choice((1, 1, 2, 3)))]
        endpoints = (_ALLOWED,) if chance.random() < 0.3 else _ENDPOINTS
        text = _filled(f"{prologue}{opening} {' '.join(parts)} {closing}", endpoints, chance)
        if chance.random() < 0.25:
            text = _changed(text, chance)
        yield (
            text.replace("ENDPOINT", f"http://{address}").replace("LOCAL", f"localhost:{port}").replace("HOST", address)
        )


def _filled(text: str, endpoints: Sequence[str], chance: random.Random) -> str:
    """A template with its blanks filled in, each in its own way; calls are of one of the endpoints."""
    blanks: Sequence[tuple[str, Callable[[], str]]] = (
        ("CALL", lambda: _call(endpoints, chance)),
        ("OBJECT", lambda: chance.choice(_OBJECTS)),
        ("PATH", lambda: chance.choice(_PATHS)),
        ("ATOM", lambda: chance.choice(_COMPARED)),
        ("NOISE", lambda: "".join(chance.choice(_NOISE) for _ in range(chance.choice((0, 1, 1, 2, 3))))),
    )
    for blank, fill in blanks:
        first, *others = text.split(blank)
        text = first + "".join(fill() + other for other in others)
    return text


def _call(endpoints: Sequence[str], chance: random.Random) -> str:
    keyword, silent, endpoint = chance.choice(_KEYWORDS), chance.choice(_SILENT), chance.choice(endpoints)
    before, after, between = (chance.choice(_SPACES) for _ in range(3))
    return f"{before}{keyword}{silent}{after}{endpoint}{between}{{{chance.choice(_INNER)}}}"


def _changed(text: str, chance: random.Random) -> str:
    """A text with a few small changes: something put in, or a space taken away."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        place = chance.randrange(len(text))
        if chance.random() < 0.5:
            text = text[:place] + chance.choice(_NOISE) + text[place:]
        else:
            space = text.find(" ", place)
            text = text[:space] + text[space + 1 :] if space >= 0 else text
    return text


@dataclass(slots=True)
class Tally:
    """How many texts there were, and of these: what the engine could parse, what was refused, what called whom.

    `bypasses` are texts that were let through and contacted another endpoint than the allowed one.
    """

    texts: int = 0
    parsed: int = 0
    refused: int = 0
    called_allowed: int = 0
    would_call_others: int = 0
    refused_without_need: int = 0
    bypasses: list[str] = field(default_factory=list)


def tally(number: int, seed: int, check: Check = refuse_service) -> Tally:
    """What becomes of so many texts, with one endpoint allowed."""
    store = ox.Store()
    store.add(ox.Quad(ox.NamedNode("x:s"), ox.NamedNode("x:p"), ox.Literal(1)))
    store.add(ox.Quad(ox.NamedNode("x:s"), ox.NamedNode("x:p"), ox.Literal(1), ox.NamedNode("x:g")))
    result = Tally()
    with listening() as listener:
        allowed = f"{listener.address}/a"
        for text, _ in zip(texts(seed, listener.address), range(number), strict=False):
            refused = _is_refused(text, check, f"http://{allowed}")
            listener.contacted.clear()
            parsed = _is_parsed(store, text)
            others = set(listener.contacted) - {allowed}
            result.texts += 1
            result.parsed += parsed
            result.refused += refused
            result.called_allowed += not refused and allowed in listener.contacted
            result.would_call_others += bool(others)
            result.refused_without_need += refused and parsed and not others
            if others and not refused:
                result.bypasses.append(text)
    return result


def _is_refused(text: str, check: Check, allowed: str) -> bool:
    try:
        check(text, {allowed})
    except ServiceForbidden:
        return True
    return False


def _is_parsed(store: ox.Store, text: str) -> bool:
    """Evaluates a query to the end, whatever comes out; whether it had no syntax error."""
    try:
        found = store.query(text)
        if not isinstance(found, ox.QueryBoolean):
            list(found)
    except SyntaxError:
        return False
    except (OSError, RuntimeError, ValueError):
        pass
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0, or 1 if a text that was let through has contacted somebody else."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service_fuzz", description=__doc__)
    parser.add_argument("--texts", type=int, default=50_000, help="how many  [default: 50000]")
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers  [default: 1]")
    options = parser.parse_args(arguments)
    began = time.monotonic()
    result = tally(options.texts, options.seed)
    for name, count in (
        ("texts", result.texts),
        ("parsed by the engine", result.parsed),
        ("refused", result.refused),
        ("called the allowed endpoint", result.called_allowed),
        ("would have called another one", result.would_call_others),
        ("refused although they call no other", result.refused_without_need),
        ("called another one (bypasses)", len(result.bypasses)),
    ):
        print(f"{count:>8,}  {name}")
    print(f"{time.monotonic() - began:>8.1f}  seconds")
    for text in result.bypasses[:_SHOWN]:
        print(repr(text))
    return 1 if result.bypasses else 0


if __name__ == "__main__":
    sys.exit(main())
