"""The dataset as JSON-LD in the words of schema.org, as search engines for data read it; pure.

Sources: schema.org (Dataset, DataDownload); JSON-LD 1.1 §7 (embedding JSON-LD in HTML documents).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from otsgraph.dataset.info import DatasetInfo
from otsgraph.dataset.metadata import ABOUT, CONTRIBUTORS, LICENCE, File, file_names, node_of, sources, title
from otsgraph.web.linked_data import CONTEXT


def dataset_json_ld(dataset: DatasetInfo, base: str, offered: Iterable[File] | None = None) -> Mapping[str, object]:
    """The block of a page about the dataset; `base` is the address of its site.

    `offered` are the files, with their sizes and digests, where these are known already.
    """
    node = node_of(dataset, base)
    about: dict[str, object] = {
        "@context": CONTEXT,
        "@type": "Dataset",
        "@id": node,
        "name": title(dataset),
        "url": f"{base}/",
        "version": dataset.short_version,
        "distribution": _from_names(dataset, base) if offered is None else [_distribution(f, base) for f in offered],
    }
    return {**about, **_ours(dataset, node)} if dataset.layered else about


def _ours(dataset: DatasetInfo, node: str) -> dict[str, object]:
    makers = {"@type": "Organization", "@id": f"{node}#contributors", "name": CONTRIBUTORS}
    days = {"datePublished": dataset.census.issued, "dateModified": dataset.census.modified}
    return {
        "description": ABOUT,
        "identifier": node,
        "license": LICENCE,
        "creator": makers,
        "publisher": makers,
        "isAccessibleForFree": True,
        "isBasedOn": sources(dataset),
        **{name: day for name, day in days.items() if day},
    }


def _from_names(dataset: DatasetInfo, base: str) -> list[dict[str, object]]:
    named = file_names(layered=dataset.layered, as_xml=dataset.census.as_xml)
    return [_download(base, name, said, media_type) for name, said, media_type in named]


def _distribution(file: File, base: str) -> dict[str, object]:
    about = _download(base, file.plain.name, file.title, file.media_type)
    return {**about, "contentSize": f"{file.plain.size} B", "sha256": file.plain.sha256}


def _download(base: str, name: str, said: str, media_type: str) -> dict[str, object]:
    return {
        "@type": "DataDownload",
        "name": said,
        "contentUrl": f"{base}/download/{name}",
        "encodingFormat": media_type,
    }
