"""What connectors ask of the sandbox, and what the mappings read of its answers.

A field is a path of names, such as ("entities", "urls", "expanded_url"); lists have none.
"""

from __future__ import annotations

import json
import re
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from graphql import parse
from graphql.language import FieldNode, InlineFragmentNode, SelectionSetNode
from requests import PreparedRequest
from requests.adapters import HTTPAdapter

from reachline.connectors.clock import Clock
from reachline.connectors.connections import Connection
from reachline.connectors.ingest import ingest
from reachline.sandbox.platforms import TOKEN, serving
from reachline.sandbox.platforms.instagram import Fields, read_fields
from reachline.sandbox.world import World
from reachline.settings import load_settings
from reachline.warehouse.dbt import PROJECT

AT = datetime(2026, 3, 2, 6, tzinfo=UTC)
STAGING = PROJECT / "models" / "staging"
FieldPath = tuple[str, ...]
Tree = dict[str, "Tree"]


@dataclass(frozen=True)
class Asked:
    """A request that a connector made, and what the sandbox answered."""

    method: str
    path: str
    params: Mapping[str, str]
    body: Any
    status: int
    answer: Any


@dataclass(frozen=True)
class Run:
    """How a connector is run so that it asks for all that it ever asks for."""

    options: dict[str, Any] = field(default_factory=dict)
    connection: dict[str, Any] = field(default_factory=dict)
    login: str = ""
    unknown: tuple[tuple[str, ...], ...] = ()
    """Names that the platform refuses, in a run each beside the one where it knows all."""


RUNS = {
    "x": Run(
        {
            "spend_cap": 1000,
            "currency": "USD",
            "price_per_post": 0.005,
            "price_per_user": 0.01,
            "enabled": True,
        },
        unknown=(("tweet.fields",),),
    ),
    "youtube": Run(),
    "instagram": Run(connection={"accounts": {"lumencoffee": "17841400040024420"}}),
    "tiktok": Run(
        {"research": True},
        unknown=(("favorites_count",), ("favorites_count", "favourites_count")),
    ),
    "shopify": Run({"shop": "acme.myshopify.com"}),
    "bluesky": Run(login="lumencoffee.bsky.example"),
}


def requests_of(
    source: str, world: World, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> list[Asked]:
    """Return the requests of a connector on two days, in each of its runs, answered or refused."""
    run, made = RUNS[source], list[Asked]()
    send = HTTPAdapter.send

    def record(self: HTTPAdapter, request: PreparedRequest, *args: Any, **more: Any) -> Any:
        url = urlsplit(request.url or "")
        body = json.loads(request.body) if request.body else None
        path, params = url.path.removeprefix(f"/{source}"), dict(parse_qsl(url.query))
        response = send(self, request, *args, **more)
        status, answer = response.status_code, json.loads(response.content)
        made.append(Asked(request.method or "", path, params, body, status, answer))
        return response

    monkeypatch.setattr(HTTPAdapter, "send", record)
    for number, unknown in enumerate(((), *run.unknown)):
        config = folder / f"config{number}"
        shutil.copytree(world.config, config)
        brands = yaml.safe_load((config / "brands.yml").read_text(encoding="utf-8"))
        brands["brands"] = brands["brands"][:1]
        brands["brands"][0]["competitors"] = []
        (config / "brands.yml").write_text(yaml.safe_dump(brands), encoding="utf-8")
        sources = {"connectors": {source: {"first_days": 7, **run.options}}}
        (config / "sources.yml").write_text(yaml.safe_dump(sources), encoding="utf-8")
        settings = load_settings(folder / f"data{number}", config)
        with serving(world.out, AT) as sandbox:

            def pass_by(**time: float) -> None:
                sandbox.set_clock(sandbox.now + timedelta(**time))

            if unknown:
                sandbox.misbehave(source, "unknown_names", ids=frozenset(unknown))
            extra = {"base_url": sandbox.url(source), **run.connection}
            if source == "tiktok":
                extra["tokens"] = {"anna": creators_token(sandbox)}
            for _ in range(2):
                report = ingest(
                    settings,
                    source,
                    "test",
                    clock=Clock(now=lambda: sandbox.now, sleep=lambda s: pass_by(seconds=s)),
                    connection=Connection(login=run.login, password=TOKEN, extra=extra),
                )
                assert report.records, "\n".join(report.lines())
                pass_by(days=1, hours=1)
    return made


def creators_token(sandbox: Any) -> str:
    """Return the token of a creator of TikTok who has agreed."""
    accounts = sandbox._state.accounts("tiktok").values()
    return next(f"{TOKEN}.{account.handle}" for account in accounts if account.has_insights)


# ---------------------------------------------------------------- what requests ask for


def whole(*names: str) -> Tree:
    """Return a tree of names, each with all that is in it."""
    return {name: {"*": {}} for name in names}


def listed(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def of_x(asked: Asked) -> Iterator[tuple[str, Tree]]:
    params = asked.params
    yield "users", whole("id", "name", "username", *listed(params.get("user.fields", "")))
    if asked.path.startswith("/2/tweets"):
        names = [n for p in ("tweet.fields", "post.fields") for n in listed(params.get(p, ""))]
        yield "posts", whole("id", "text", *names, *listed(params.get("expansions", "")))
    yield "missing", whole("id", "value", "resource_id", "title", "type", "parameter", "detail")


def of_youtube(asked: Asked) -> Iterator[tuple[str, Tree]]:
    streams = {
        "search": "search_results",
        "videos": "videos",
        "channels": "channels",
        "playlistItems": "playlist_items",
    }
    parts = whole("kind", "etag", "id", *listed(asked.params["part"]))
    yield streams[asked.path.rpartition("/")[2]], parts
    # of our own making, as is what says that a video was given up
    yield "missing", whole("id", "given_up")


def of_instagram(asked: Asked) -> Iterator[tuple[str, Tree]]:
    def tree(fields: Fields) -> Tree:
        return {"id": {}, **{name: tree(inner) for name, inner in fields.names.items()}}

    edge = asked.path.rpartition("/")[2]
    streams = {
        "top_media": "hashtag_media",
        "recent_media": "hashtag_media",
        "tags": "tagged_media",
        "stories": "stories",
    }
    fields = tree(read_fields(asked.params.get("fields", "")))
    if edge in streams:
        yield streams[edge], fields
    elif edge == "insights":
        insight: Tree = {name: {} for name in ("name", "period", "values", "title", "description")}
        insight |= {f"name={name}": {} for name in listed(asked.params["metric"])}
        insight["values"] = {"value": {}}
        yield "media_insights", {"media_id": {}, "data": insight}
    for name in ("business_discovery", "mentioned_media"):
        if name in fields:
            found = fields[name]
            if "media" in found:
                found = {**found, "media": {"data": found["media"], "paging": {"*": {}}}}
            yield name, found


def of_tiktok(asked: Asked) -> Iterator[tuple[str, Tree]]:
    stream = "users" if asked.path == "/v2/user/info/" else "videos"
    yield stream, whole(*listed(asked.params["fields"]))
    yield "missing", whole("id")


def of_shopify(asked: Asked) -> Iterator[tuple[str, Tree]]:
    def tree(selected: SelectionSetNode | None) -> Tree:
        found: Tree = {}
        for node in selected.selections if selected else ():
            if isinstance(node, FieldNode):
                found[node.name.value] = tree(node.selection_set)
            elif isinstance(node, InlineFragmentNode):
                found = merged(found, tree(node.selection_set))
        return found

    (operation,) = parse(asked.body["query"]).definitions
    root = tree(operation.selection_set)  # type: ignore[attr-defined]
    yield "orders", root["order"] if "order" in root else root["orders"]["nodes"]


READERS: Mapping[str, Callable[[Asked], Iterator[tuple[str, Tree]]]] = {
    "x": of_x,
    "youtube": of_youtube,
    "instagram": of_instagram,
    "tiktok": of_tiktok,
    "shopify": of_shopify,
}
# names that a platform may answer by, beside the one that was asked for
SYNONYMS = {"x": {"referenced_posts": "referenced_tweets"}}


def asked_fields(source: str, made: Sequence[Asked]) -> dict[str, Tree]:
    """Return what the requests ask for, by the stream that the answers land in."""
    streams: dict[str, Tree] = defaultdict(dict)
    for asked in made:
        for stream, fields in READERS[source](asked):
            streams[stream] = merged(streams[stream], fields)
    for new, old in SYNONYMS.get(source, {}).items():
        for fields in streams.values():
            if old in fields:
                fields[new] = fields[old]
    return dict(streams)


def merged(one: Tree, other: Tree) -> Tree:
    return {name: merged(one.get(name, {}), other.get(name, {})) for name in [*one, *other]}


def is_asked(fields: Tree, path: FieldPath) -> bool:
    """Return whether a field is among those asked for, by itself or with all of an object."""
    for name in path:
        if "*" in fields:
            return True
        if name not in fields:
            return False
        fields = fields[name]
    return True


def fields_of_instagram(made: Sequence[Asked]) -> dict[str, set[str]]:
    """Return what is asked of Instagram: the fields of media and of users, and the insights."""
    found: dict[str, set[str]] = defaultdict(set)
    for asked in made:
        found["metric"] |= set(listed(asked.params.get("metric", "")))
        fields = read_fields(asked.params.get("fields", "")).names
        nodes = {"business_discovery", "mentioned_media"} & fields.keys()
        if not nodes:
            found["media"] |= fields.keys()
        found["user"] |= nodes
        for node in nodes:
            inner = fields[node].names
            found["user" if node == "business_discovery" else "media"] |= inner.keys()
            if "media" in inner:
                found["media"] |= inner["media"].names.keys()
    return found


# ---------------------------------------------------------------- what mappings read

SOURCE = re.compile(r"\{\{ source\('(\w+)', '(\w+)'\) \}\}")
ARROWS = r"((?:\s*->\s*'\w+')*)"
TRANSFORM = re.compile(rf"json_transform\(\s*(?:records\.)?record{ARROWS},\s*'([^']+)'\)")
PICK = re.compile(rf"(?:records\.)?record{ARROWS}\s*->>\s*'(\w+)'")
INSIGHT = re.compile(r"\{\{ insight\('parsed\.insights', '(\w+)'\) \}\}")


@dataclass(frozen=True)
class Reading:
    """A model of staging: the streams that it reads, and the fields of their records."""

    name: str
    source: str
    streams: tuple[str, ...]
    fields: tuple[FieldPath, ...]


def read_mapping(path: Path) -> Reading:
    """Return what a mapping reads; raises ValueError where that can't be told."""
    text = re.sub(r"--[^\n]*", "", path.read_text("utf-8"))
    found: list[FieldPath] = []
    rest = text
    for match in TRANSFORM.finditer(text):
        begin = tuple(re.findall(r"'(\w+)'", match.group(1)))
        found += paths_of(json.loads(match.group(2)), begin)
        rest = rest.replace(match.group(0), "")
    for match in PICK.finditer(rest):
        found.append((*re.findall(r"'(\w+)'", match.group(1)), match.group(2)))
    rest = PICK.sub("", rest)
    found += [("data", f"name={name}") for name in INSIGHT.findall(text)]
    if left := re.search(r".*\brecord\b.*", rest):
        raise ValueError(f"{path.name} reads a record in a way that is not known here: {left[0]}")
    sources = SOURCE.findall(text)
    return Reading(path.stem, sources[0][0], tuple(s for _, s in sources), tuple(found))


def paths_of(value: Any, begin: FieldPath = ()) -> list[FieldPath]:
    """Return the paths of all names in an object, or in the objects of a list."""
    if isinstance(value, list):
        return [path for one in value for path in paths_of(one, begin)]
    if not isinstance(value, dict):
        return []
    found = []
    for name, inner in value.items():
        found += [(*begin, name), *paths_of(inner, (*begin, name))]
    return found


def mappings(source: str) -> list[Reading]:
    found = [read_mapping(path) for path in sorted((STAGING / source).glob("stg_*.sql"))]
    assert found
    return found


def fixtures(source: str) -> Iterator[tuple[str, str, Any]]:
    """Yield (unit test, stream, record) of the records that unit tests of mappings are given."""
    said = yaml.safe_load((STAGING / source / f"_{source}__models.yml").read_text("utf-8"))
    for test in said["unit_tests"]:
        for given in test["given"]:
            match = re.fullmatch(r"source\('(\w+)', '(\w+)'\)", given["input"])
            assert match is not None, given["input"]
            for row in given["rows"]:
                yield test["name"], match.group(2), json.loads(row["record"])
