"""What connectors ask, what mappings read and what the sandbox answers, held to published schemas.

YouTube's comes with Google's client. The others are no part of this repository:
REACHLINE_PUBLISHED_SCHEMAS names the folder that holds them, CONTRIBUTING.md says which. Where one
is not there its tests are skipped.
"""

from __future__ import annotations

import ast
import gzip
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLOutputType,
    NoDeprecatedCustomRule,
    build_client_schema,
    build_schema,
    get_named_type,
    is_enum_type,
    parse,
    specified_rules,
    validate,
)
from jsonschema import Draft202012Validator

from reachline.configuration.platforms.shopify import Options
from reachline.sandbox.platforms import instagram
from tests.dbt.asked import FieldPath, fields_of_instagram, listed, mappings
from tests.dbt.conftest import Made

VARIABLE = "REACHLINE_PUBLISHED_SCHEMAS"
FOLDER = os.environ.get(VARIABLE)


def published(pattern: str) -> list[Path]:
    """Return the files of a pattern; skip the test where there is none."""
    found = sorted(Path(FOLDER).glob(pattern)) if FOLDER else []
    if not found:
        pytest.skip(f"no {pattern}: set {VARIABLE} to the folder that holds it")
    return found


class Schemas:
    """The JSON schemas of a document, by name; `prefix` is how one refers to another."""

    def __init__(self, schemas: Mapping[str, Any], prefix: str = "") -> None:
        self.schemas, self.prefix = schemas, prefix

    def parts(self, schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        """Yield a schema and all that it is made of."""
        if "$ref" in schema:
            yield from self.parts(self.schemas[schema["$ref"].removeprefix(self.prefix)])
            return
        yield schema
        for kind in ("allOf", "anyOf", "oneOf"):
            for one in schema.get(kind, ()):
                yield from self.parts(one)

    def unknown(self, schema: Mapping[str, Any], value: Any, at: FieldPath = ()) -> set[str]:
        """Return the places of all names in a value that the schema does not have."""
        parts = list(self.parts(schema))
        items = [part["items"] for part in parts if "items" in part]
        if isinstance(value, list):
            return {f for one in value for inner in items for f in self.unknown(inner, one, at)}
        if not isinstance(value, dict):
            return set()
        if items:  # a path has no lists
            return {found for inner in items for found in self.unknown(inner, value, at)}
        known = {n: s for part in parts for n, s in part.get("properties", {}).items()}
        found: set[str] = set()
        for name, inner in value.items():
            if name in known:
                found |= self.unknown(known[name], inner, (*at, name))
            else:
                found.add(".".join((*at, name)))
        return found


def nested(paths: Sequence[FieldPath]) -> dict[str, Any]:
    """Return an object that has the fields of all paths."""
    root: dict[str, Any] = {}
    for path in paths:
        place = root
        for name in path:
            place = place.setdefault(name, {})
    return root


RESOURCES = {
    "search": ("SearchResult", "search_results"),
    "videos": ("Video", "videos"),
    "channels": ("Channel", "channels"),
    "playlistItems": ("PlaylistItem", "playlist_items"),
}


@pytest.fixture(scope="module")
def discovery() -> Any:
    package = resources.files("googleapiclient.discovery_cache.documents")
    return json.loads(package.joinpath("youtube.v3.json").read_text("utf-8"))


def test_youtube_is_asked_and_answers_as_its_discovery_document_says(
    discovery: Any, requests_made: Made
) -> None:
    schemas = Schemas(discovery["schemas"])
    seen = set()
    for asked in requests_made("youtube"):
        name = asked.path.rpartition("/")[2]
        seen.add(name)
        method = discovery["resources"][name]["methods"]["list"]
        assert asked.path == f"/{method['path']}"
        assert asked.params.keys() <= method["parameters"].keys()
        required = {n for n, p in method["parameters"].items() if p.get("required")}
        assert required <= asked.params.keys()
        parts = discovery["schemas"][RESOURCES[name][0]]["properties"]
        assert set(listed(asked.params["part"])) <= parts.keys()
        for parameter, value in asked.params.items():
            allowed = method["parameters"][parameter].get("enum")
            assert allowed is None or value in allowed, parameter
        # recorded answers have it, the document does not
        undocumented = {"items.snippet.publishTime"} if name == "search" else set()
        assert schemas.unknown(method["response"], asked.answer) <= undocumented
    assert seen == RESOURCES.keys()


def test_what_is_mapped_of_youtube_is_in_its_discovery_document(discovery: Any) -> None:
    schemas = Schemas(discovery["schemas"])
    of_stream = {stream: schema for schema, stream in RESOURCES.values()}
    for mapping in mappings("youtube"):
        wanted = nested(mapping.fields)
        kinds = [of_stream[stream] for stream in mapping.streams if stream != "missing"]
        unknown = [schemas.unknown({"$ref": kind}, wanted) for kind in kinds]
        assert not unknown or set.intersection(*unknown) == set(), mapping.name


def openapi() -> list[tuple[str, Any]]:
    files = published("x-openapi-*.json")
    return [(path.name, json.loads(path.read_text("utf-8"))) for path in files]


def parameters(document: Any, path: str) -> dict[str, Any]:
    """Return the schemas of an operation's parameters, by name."""
    found = [
        document["components"]["parameters"][one["$ref"].rpartition("/")[2]]
        if "$ref" in one
        else one
        for one in document["paths"][path]["get"]["parameters"]
    ]
    return {one["name"]: one["schema"] for one in found}


def test_x_is_asked_and_answers_as_its_documents_say(requests_made: Made) -> None:
    ways = set()
    for name, document in openapi():
        schemas = Schemas(document["components"]["schemas"], "#/components/schemas/")
        told = 0
        for asked in requests_made("x"):
            known = parameters(document, asked.path)
            posts = {p for p in asked.params if p in ("tweet.fields", "post.fields")}
            if asked.status != 200 or not posts or not posts <= known.keys():
                continue  # in the names of the other document
            ways |= posts
            told += 1
            assert asked.params.keys() <= known.keys(), name
            for parameter, value in asked.params.items():
                allowed = known[parameter].get("items", {}).get("enum")
                assert allowed is None or set(listed(value)) <= {*allowed}, (name, parameter)
            response = document["paths"][asked.path]["get"]["responses"]["200"]
            schema = response["content"]["application/json"]["schema"]
            assert schemas.unknown(schema, asked.answer) == set(), name
            whole = {**schema, "components": document["components"]}
            errors = Draft202012Validator(whole).iter_errors(asked.answer)
            assert [error.message for error in errors] == [], name
        assert told > 5, name
    assert ways == {"tweet.fields", "post.fields"}, "a document of each way is needed"


def test_users_of_x_are_asked_for_as_all_its_documents_say(requests_made: Made) -> None:
    users = [asked for asked in requests_made("x") if asked.path == "/2/users/by"]
    assert users
    for name, document in openapi():
        known = parameters(document, "/2/users/by")
        for asked in users:
            assert set(listed(asked.params["user.fields"])) <= {
                *known["user.fields"]["items"]["enum"]
            }, name


def test_what_is_mapped_of_x_is_in_one_of_its_documents() -> None:
    roots = {"posts": ("Tweet", "Post"), "users": ("User",), "missing": ()}
    documents = openapi()
    for mapping in mappings("x"):
        (stream,) = mapping.streams
        unknown = []
        for _, document in documents:
            schemas = Schemas(document["components"]["schemas"], "#/components/schemas/")
            for root in roots[stream]:
                if root in schemas.schemas:
                    schema = schemas.schemas[root]
                    unknown.append(schemas.unknown(schema, nested(mapping.fields)))
        assert not unknown or set.intersection(*unknown) == set(), mapping.name


def admin_schemas() -> list[tuple[str, Any]]:
    found = []
    for path in published("admin_20*.json.gz"):
        said = json.loads(gzip.decompress(path.read_bytes()))
        version = path.name.removeprefix("admin_").partition(".")[0]
        # an interface of it is not deprecated where a type of it is, which GraphQL does not allow
        found.append((version, build_client_schema(said.get("data", said), assume_valid=True)))
    return found


def test_shopify_is_asked_what_its_schemas_have(requests_made: Made) -> None:
    schemas = admin_schemas()
    assert Options(shop="acme.myshopify.com").api_version in dict(schemas)
    queries = {asked.body["query"] for asked in requests_made("shopify")}
    assert len(queries) == 2
    for version, schema in schemas:
        for query in queries:
            rules = [*specified_rules, NoDeprecatedCustomRule]
            assert validate(schema, parse(query), rules) == [], version


def test_the_sandbox_s_part_of_shopify_s_schema_is_as_it_is_published() -> None:
    text = resources.files("reachline.sandbox.platforms").joinpath("shopify.graphql")
    own = build_schema(text.read_text("utf-8"))
    for version, schema in admin_schemas():
        for name, kind in own.type_map.items():
            if not isinstance(kind, GraphQLObjectType) or name.startswith("__"):
                continue
            root = kind is own.query_type and schema.query_type
            other = root or schema.type_map[name]
            types = {field: str(told.type) for field, told in kind.fields.items()}
            there = other.fields.keys() & types.keys()
            theirs = {field: _as_text(other.fields[field].type) for field in there}
            assert theirs == types, f"{version}: {name}"


def _as_text(kind: GraphQLOutputType) -> str:
    """Return a type as it is written; an enumeration is a text in the sandbox."""
    named = get_named_type(kind)
    return str(kind).replace(named.name, "String") if is_enum_type(named) else str(kind)


def test_bluesky_is_asked_as_its_lexicons_say(requests_made: Made) -> None:
    (folder,) = published("atproto")
    seen = set()
    for asked in requests_made("bluesky"):
        name = asked.path.removeprefix("/xrpc/")
        seen.add(name)
        path = folder.joinpath(*name.split(".")).with_suffix(".json")
        lexicon = json.loads(path.read_text("utf-8"))
        assert lexicon["id"] == name
        call = lexicon["defs"]["main"]
        assert asked.method == {"query": "GET", "procedure": "POST"}[call["type"]]
        given = asked.params if call["type"] == "query" else asked.body or {}
        known = call["parameters"] if call["type"] == "query" else call["input"]["schema"]
        assert given.keys() <= known["properties"].keys(), name
        assert set(known.get("required", ())) <= given.keys(), name
        for parameter, value in given.items():
            told = known["properties"][parameter]
            assert value in told.get("knownValues", [value]), parameter
            assert told["type"] != "integer" or 1 <= int(value) <= told.get("maximum", 10**9)
    assert len(seen) >= 5


def names_in(module: str, kind: str) -> set[str]:
    """Return the names that a class within a class of Meta's business SDK lists."""
    (path,) = published(f"facebook_business/adobjects/{module}.py")
    (outer,) = (
        node
        for node in ast.parse(path.read_text("utf-8")).body
        if isinstance(node, ast.ClassDef) and node.name.lower() == module
    )
    (inner,) = (n for n in outer.body if isinstance(n, ast.ClassDef) and n.name == kind)
    return {
        str(node.value.value)
        for node in inner.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }


def test_instagram_is_asked_for_fields_and_insights_that_there_are(requests_made: Made) -> None:
    asked = fields_of_instagram(requests_made("instagram"))
    known = {
        "media": names_in("igmedia", "Field"),
        "user": names_in("iguser", "Field") | {"media"},
        "metric": names_in("instagraminsightsresult", "Metric"),
    }
    assert asked.keys() == known.keys()
    assert {kind: asked[kind] - known[kind] for kind in known} == {kind: set() for kind in known}


def test_the_sandbox_s_instagram_has_no_field_that_there_is_not() -> None:
    assert instagram.MEDIA - {"children"} - names_in("igmedia", "Field") == set()
    known = {name for names in instagram.METRICS.values() for name in names}
    assert known - names_in("instagraminsightsresult", "Metric") == set()
