"""What facts of a thing are about, so that a page can keep together what belongs together; pure."""

from __future__ import annotations

from collections.abc import Mapping

from otsgraph.rdf.terms import DCTERMS, GEO, OTS, OWL, RDFS, SCHEMA, WGS, XSD, datatype, is_iri

_SKOS = "http://www.w3.org/2004/02/skos/core#"

NAMES = "Names"
PEOPLE = "People, offices, membership"
TIME = "When"
PLACE = "Where"
EVENTS = "What happened"
TEXTS = "Texts and where they come from"
CODES = "Codes"
LINKS = "The same in other datasets"
REST = "Further facts"

MEANINGS = (EVENTS, PEOPLE, TIME, PLACE, TEXTS, NAMES, CODES, LINKS, REST)
"""The titles, in the order in which pages have them."""

_OTS_TERMS: Mapping[str, str] = {
    EVENTS: """adoptedAt amendedAt amendedBy attendedByHolderOf chairedBy discussed eventStatus firstOf
        gaveAttentionTo gaveSpeech inConnectionWith inSeries meeting ordinal organizedBy participantClass party
        presented ratifiedBy representative represented representedState signedBy succeeded tookPartIn tookPlaceAt""",
    TIME: """agreedOn asOf attestedOn commemoratedOn datelineDay establishedOn forPeriod forYear heldOn heldUntil
        initiatedOn renamedOn signedOn since until""",
    PLACE: """basedIn capitalOf coordinates datelinePlace headquartersIn heldIn heldInState hostState locatedIn
        signedIn""",
    PEOPLE: """agencyOf foundedBy foundedOnBasisOf heldOffice holder issuer member membershipStatus memberOf nationality
        observerOf office officeIn organization parentOrganization side""",
    TEXTS: "byline entryIntoForceRule leavesOut origin publishedBy title versionOf visibility workingLanguages",
    NAMES: "abbreviation formerName name nameVariant officialName",
    CODES: "isoAlpha2 isoAlpha3 isoNumeric isoSubdivision m49Code m49Subregion m49SubregionName",
    LINKS: "euCountryAuthority eurovocDescriptor geonamesFeature website",
}

_OTHER_TERMS: Mapping[str, str] = {
    RDFS + "label": NAMES,
    _SKOS + "prefLabel": NAMES,
    _SKOS + "altLabel": NAMES,
    SCHEMA + "name": NAMES,
    DCTERMS + "title": NAMES,
    DCTERMS + "issued": TIME,
    DCTERMS + "language": TEXTS,
    SCHEMA + "url": TEXTS,
    OWL + "sameAs": LINKS,
    _SKOS + "exactMatch": LINKS,
    _SKOS + "closeMatch": LINKS,
    GEO + "hasDefaultGeometry": PLACE,
    WGS + "lat": PLACE,
    WGS + "long": PLACE,
}

_MEANING = {OTS + name: title for title, names in _OTS_TERMS.items() for name in names.split()} | dict(_OTHER_TERMS)
_TIMES = frozenset(XSD + name for name in ("date", "dateTime", "gYear", "gYearMonth", "gMonthDay"))


def meaning_of(property_: str, value: str) -> str:
    """The title under which a fact stands, by its property (an IRI), else by its value (a term as N-Triples text)."""
    if property_ in _MEANING:
        return _MEANING[property_]
    return TIME if not is_iri(value) and datatype(value) in _TIMES else REST
