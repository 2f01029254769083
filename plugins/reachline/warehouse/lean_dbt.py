"""A run of dbt without what it prepares for nobody: the same models, built by the same code.

Of a small night's models, dbt itself takes most of the time. Parts of it have no use here: messages
for debugging, which no log takes; templates, which each process compiles anew; the context of a
node, which is made to compile it and made again to execute it; a search of the whole project for
each model that is named. What is replaced are functions of the locked version of dbt;
tests/unit/warehouse/test_lean_dbt.py builds models both ways.
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from types import CodeType
from typing import Any
from unittest.mock import patch

from reachline.cache import kept

_FOR_DEBUGGING = frozenset({"debug", "test"})


@contextmanager
def lean(version: str, sources: Iterable[str]) -> Iterator[None]:
    """Leave out of dbt what has no reader, until the end of the block.

    `sources` are the templates of the project in its state of code `version`: what they compile to
    is kept in the cache. Any other template is compiled once a process.
    """
    from dbt.compilation import Compiler
    from dbt.graph.selector_methods import QualifiedNameSelectorMethod
    from dbt.task import run
    from dbt_common.clients.jinja import MacroFuzzEnvironment
    from dbt_common.events.event_manager import EventManager

    with ExitStack() as replaced:
        for owner, name, instead in (
            (EventManager, "fire_event", _without_debugging(EventManager.fire_event)),
            (MacroFuzzEnvironment, "compile", _compiled_once(version, tuple(sources))),
            (
                QualifiedNameSelectorMethod,
                "search",
                _found_by_name(QualifiedNameSelectorMethod.search),
            ),
            *_one_context(Compiler, run),
        ):
            replaced.enter_context(patch.object(owner, name, instead))
        yield


def _without_debugging(fire: Any) -> Any:
    """Return EventManager.fire_event without the messages that nobody is shown."""

    def fire_event(
        self: Any,
        e: Any,
        level: Any = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,
    ) -> None:
        if force_warn_or_error_handling or (level or e.level_tag()).value not in _FOR_DEBUGGING:
            fire(self, e, level, node, force_warn_or_error_handling)

    return fire_event


@cache
def _compiled_once(version: str, sources: tuple[str, ...]) -> Any:
    """Return Environment.compile for the templates that dbt makes of texts, with a memory."""
    from dbt_common.clients.jinja import MacroFuzzEnvironment, get_environment

    compile_ = MacroFuzzEnvironment.compile

    def compile_all() -> bytes:
        environment = get_environment()
        return marshal.dumps({source: compile_(environment, source) for source in sources})

    # as Python's own .pyc files: code of this interpreter, in a folder of this user
    name = f"{version}-{sys.implementation.cache_tag}"
    known: dict[str, CodeType] = marshal.loads(kept("dbt-templates", name, compile_all))  # noqa: S302

    def compile(self: Any, source: Any, *place: Any, **options: Any) -> Any:
        # other classes of environments generate other code; a template with a name is of a file
        if type(self) is not MacroFuzzEnvironment or place or options or type(source) is not str:
            return compile_(self, source, *place, **options)
        if source not in known:
            known[source] = compile_(self, source)
        return known[source]

    return compile


def _found_by_name(search: Any) -> Any:
    """Return the search of nodes by name, which finds a model of just that name at once."""

    def found(self: Any, included_nodes: Any, selector: str) -> Iterator[Any]:
        model = f"model.reachline.{selector}"
        return iter([model]) if model in included_nodes else search(self, included_nodes, selector)

    return found


def _one_context(compiler: Any, run: Any) -> Iterator[tuple[Any, str, Any]]:
    """Yield what lets a node be executed in the context that it was compiled in."""
    from dbt.context.providers import ModelContext, RuntimeProvider

    made: dict[str, Any] = {}
    create = compiler._create_node_context

    def create_node_context(self: Any, node: Any, manifest: Any, extra_context: Any) -> Any:
        if extra_context or node.resource_type != "model":
            return create(self, node, manifest, extra_context)
        context = ModelContext(node, self.config, manifest, RuntimeProvider(), None)
        made[node.unique_id] = context
        made_dict: dict[str, Any] = context.to_dict()  # type: ignore[no-untyped-call]
        return made_dict

    generate = run.generate_runtime_model_context

    def generate_runtime_model_context(model: Any, config: Any, manifest: Any) -> Any:
        context = made.pop(model.unique_id, None)
        if context is None or context.model is not model:
            return generate(model, config, manifest)
        # what tells of the node is told anew, since it is compiled by now; macros are the same
        context._ctx.update(context.generate_builtins())
        return context._ctx

    yield compiler, "_create_node_context", create_node_context
    yield run, "generate_runtime_model_context", generate_runtime_model_context
