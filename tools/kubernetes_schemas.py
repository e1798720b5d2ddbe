"""Cuts what Kubernetes asks of ``deploy/kubernetes.yaml`` out of the schemas of all its objects, into tests/.

PyPI's kubernetes-validate brings these, in a strict form that refuses any field which Kubernetes does not
know. Of its 17,000 files, 108 MB, the tests need two small ones:

    python -m pip install --no-deps --target FOLDER kubernetes-validate
    python tools/kubernetes_schemas.py FOLDER 1.28 1.37
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
MANIFEST = ROOT / "deploy" / "kubernetes.yaml"
TARGET = ROOT / "tests" / "kubernetes"
#: What says of which group, version and kind an object is.
KIND = "x-kubernetes-group-version-kind"


def bare(schema: Any) -> Any:
    """Leave out what a validator does not read: words for people, words for Kubernetes."""
    if isinstance(schema, list):
        return [bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: bare(value)
        for key, value in sorted(schema.items())
        # A field may be called so, too; its value is a schema.
        if not (key == "description" and isinstance(value, str))
        and not key.startswith("x-kubernetes-")
    }


def referred(schema: Any) -> Iterator[str]:
    """Name the definitions that a schema refers to."""
    if isinstance(schema, list):
        for one in schema:
            yield from referred(one)
    elif isinstance(schema, dict):
        for key, value in schema.items():
            if key == "$ref":
                yield value.removeprefix("#/$defs/")
            else:
                yield from referred(value)


def definition_of(document: dict[str, Any], definitions: dict[str, Any]) -> str:
    """Name the definition of what an object of the manifest is."""
    group, _, version = document["apiVersion"].rpartition("/")
    wanted = {"group": group, "version": version, "kind": document["kind"]}
    (name,) = (name for name, one in definitions.items() if wanted in one.get(KIND, []))
    return name


def cut(
    documents: list[dict[str, Any]], definitions: dict[str, Any], source: str
) -> dict[str, Any]:
    """Give the schema of any of these objects, with the definitions that it needs and no others."""
    tops = {one["kind"]: definition_of(one, definitions) for one in documents}
    found: dict[str, Any] = {}
    waiting = list(tops.values())
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = bare(definitions[name])
            waiting += referred(found[name])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": source,
        "type": "object",
        "required": ["apiVersion", "kind"],
        "properties": {"kind": {"enum": sorted(tops)}},
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind}}},
                "then": {"$ref": f"#/$defs/{name}"},
            }
            for kind, name in sorted(tops.items())
        ],
        "$defs": dict(sorted(found.items())),
    }


def main(folder: Path, *versions: str) -> None:
    documents = list(yaml.safe_load_all(MANIFEST.read_text(encoding="utf-8")))
    (about,) = folder.glob("kubernetes_validate-*.dist-info")
    release = about.name.removesuffix(".dist-info").partition("-")[2]
    TARGET.mkdir(exist_ok=True)
    for version in versions:
        path = f"kubernetes_validate/kubernetes-json-schema/v{version}.0-local-strict"
        text = (folder / path / "_definitions.json").read_text(encoding="utf-8")
        source = (
            f"Of Kubernetes {version}, whose API description is under the Apache License 2.0, "
            f"as kubernetes-validate {release} has it; tools/kubernetes_schemas.py made this."
        )
        schema = cut(documents, json.loads(text)["$defs"], source)
        # A line each: what a newer Kubernetes changes is a few lines of a diff.
        head = json.dumps(schema | {"$defs": {}}).removesuffix("}}")
        lines = (f"{json.dumps(name)}: {json.dumps(one)}" for name, one in schema["$defs"].items())
        text = "\n".join([head, ",\n".join(lines), "}}", ""])
        (TARGET / f"{version}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), *sys.argv[2:])
