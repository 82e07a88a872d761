"""RDF files: entities of RDF/XML are bounded, nothing is fetched, and mistakes name the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from otsgraph.errors import DataError
from otsgraph.rdf.files import RdfFile

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"


def entities(*, of: str = "ten bytes!", levels: int = 7, times: int = 10, kind: str = "") -> str:
    """Declarations of a0, a1, …; each has the one before it several times."""
    reference = "%" if kind else "&"
    lines = [f'<!ENTITY {kind}a0 "{of}">']
    lines += [f'<!ENTITY {kind}a{n} "{f"{reference}a{n - 1};" * times}">' for n in range(1, levels + 1)]
    return "\n".join(lines)


def document(declarations: str, value: str = "&a7;", attribute: str = "", doctype: str = "DOCTYPE") -> str:
    return (
        f'<?xml version="1.0"?>\n<!{doctype} rdf:RDF [\n{declarations}\n]>\n<rdf:RDF xmlns:rdf="{RDF}" xmlns:e="http://e/">'
        f'<rdf:Description rdf:about="http://e/x" {attribute}><e:p>{value}</e:p></rdf:Description></rdf:RDF>\n'
    )


def read(folder: Path, content: str | bytes, name: str = "file.rdf") -> list[tuple[str, str, str]]:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return RdfFile(path, name).triples()


ONE_LETTER_EACH = "\n".join(f'<!ENTITY a{n} "x">' for n in range(8))
LATE = f'<rdf:RDF xmlns:rdf="{RDF}">{" " * 3 * 2**20}<!DOCTYPE rdf:RDF [{entities()}]></rdf:RDF>'


@pytest.mark.parametrize(
    "bomb",
    [
        pytest.param(document(entities()), id="entities in entities"),
        pytest.param(document(entities(of="")), id="empty entities in entities"),
        pytest.param(document(entities(), "", 'e:q="&a7;"'), id="in an attribute"),
        pytest.param(document(entities(levels=40, times=2), "&a40;"), id="a long chain"),
        pytest.param(document(f'<!ENTITY a "{"x" * 50_000}">', "&a;" * 20_000), id="one large entity many times"),
        pytest.param(document(entities(kind="% ") + '<!ENTITY g "%a7;">', "&g;"), id="parameter entities"),
        pytest.param(document('<!ENTITY a "&b;"><!ENTITY b "&a;">', "&a;"), id="recursion"),
        pytest.param(document(entities(), doctype="doctype"), id="a doctype in small letters"),
        pytest.param(LATE, id="a doctype far inside the document"),
        pytest.param(
            document(entities()).replace('"1.0"', '"1.0" encoding="utf-16"').encode("utf-16"), id="another encoding"
        ),
    ],
)
def test_entities_that_make_much_of_little_are_refused_by_the_name_of_the_file(
    tmp_path: Path, bomb: str | bytes
) -> None:
    with pytest.raises(DataError, match=r"^file\.rdf"):
        read(tmp_path, bomb)


@pytest.mark.parametrize(
    "declarations",
    [
        pytest.param(f"{ONE_LETTER_EACH}\n{entities()}", id="declared again"),
        pytest.param(f"{ONE_LETTER_EACH}\n<!-- {entities()} -->", id="in a comment"),
        pytest.param(f"{ONE_LETTER_EACH}\n<!ENTITY % p ''>%p;\n{entities()}", id="after a parameter entity"),
    ],
)
def test_declarations_that_xml_does_not_count_are_not_counted(tmp_path: Path, declarations: str) -> None:
    ((_, _, value),) = read(tmp_path, document(declarations))
    assert value == '"x"'


def test_entities_may_abbreviate_namespaces(tmp_path: Path) -> None:
    declarations = '<!ENTITY e "http://e/"><!ENTITY deep "&e;deep#">'
    triples = read(tmp_path, document(declarations, "&lt;&e;&gt;", 'e:q="&deep;x"'))
    assert sorted(triples) == [
        ("<http://e/x>", "<http://e/p>", '"<http://e/>"'),
        ("<http://e/x>", "<http://e/q>", '"http://e/deep#x"'),
    ]


def test_a_namespace_may_be_declared_by_an_entity(tmp_path: Path) -> None:
    text = document(f'<!ENTITY rdf "{RDF}">', "x").replace(f'xmlns:rdf="{RDF}"', 'xmlns:rdf="&rdf;"')
    assert read(tmp_path, text) == [("<http://e/x>", "<http://e/p>", '"x"')]


def test_line_ends_and_markup_in_values_stay_with_a_doctype(tmp_path: Path) -> None:
    ((_, _, value),) = read(tmp_path, document("", "a&#13;&#10;&amp;lt;<![CDATA[<b>]]>"))
    assert value == r'"a\r\n&lt;<b>"'


@pytest.mark.parametrize(
    "declaration",
    [
        pytest.param('<!ENTITY a SYSTEM "file:///etc/hostname">', id="a file"),
        pytest.param('<!ENTITY a SYSTEM "http://127.0.0.1:9/">', id="an address"),
        pytest.param('<!ENTITY a PUBLIC "p" "other.txt">', id="a public identifier"),
        pytest.param('<!ENTITY % d SYSTEM "http://127.0.0.1:9/d.dtd">%d;', id="more declarations"),
    ],
)
def test_nothing_is_taken_from_elsewhere(tmp_path: Path, declaration: str) -> None:
    with pytest.raises(DataError, match=r"^file\.rdf:5:"):
        read(tmp_path, document(declaration, "&a;"))


@pytest.mark.parametrize("context", ["http://127.0.0.1:9/context", "file:///etc/hostname", "other.jsonld"])
def test_a_context_of_json_ld_is_not_fetched(tmp_path: Path, context: str) -> None:
    with pytest.raises(DataError, match=r"^file\.jsonld"):
        read(tmp_path, f'{{"@context": "{context}", "@id": "x:a", "b": "c"}}', "file.jsonld")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("file.nt", f'<x:a> <x:b> "{"x" * 2**25}" .', id="a literal"),
        pytest.param("file.ttl", f"<x:a> <x:b> <x:{'x' * 2**25}> .", id="an IRI"),
        pytest.param("file.trig", f"<x:a> <x:b> 1{'0' * 2**25} .", id="a number"),
    ],
)
def test_a_term_may_be_too_large(tmp_path: Path, name: str, text: str) -> None:
    with pytest.raises(DataError, match=rf"^{name}: has a term or a statement that is too large"):
        read(tmp_path, text, name)
