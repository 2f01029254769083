"""A run of dbt without what it prepares for nobody: the same models, built by the same code.

Of a small night's models, dbt itself takes most of the time. Parts of it have no use here: messages
for debugging, which no log takes; templates, which each process compiles anew; the context of a
node, which is made to compile it and made again to execute it, with an object for each of a
thousand macros; a search of the whole project for each model that is named, and of a whole schema
for each table; a check of dbt's own files, which parsing has made; the source text of every call
that led to an adapter, to name the module of the last. What is replaced are functions
of the locked version of dbt; tests/unit/warehouse/test_lean_dbt.py builds models both ways.
"""

from __future__ import annotations

import marshal
import sys
import threading
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
    from dbt.adapters.base.impl import BaseAdapter
    from dbt.compilation import Compiler, Linker
    from dbt.context import providers
    from dbt.graph.selector_methods import QualifiedNameSelectorMethod
    from dbt.task import run
    from dbt_common.behavior_flags import BehaviorFlagRendered
    from dbt_common.clients.jinja import MacroFuzzEnvironment
    from dbt_common.dataclass_schema import dbtClassMixin
    from dbt_common.events.base_types import BaseEvent
    from dbt_common.events.event_manager import EventManager

    with ExitStack() as replaced:
        for owner, name, instead in (
            (EventManager, "fire_event", _without_debugging(EventManager.fire_event)),
            (dbtClassMixin, "validate", classmethod(lambda cls, data: None)),
            (BaseAdapter, "get_relation", _from_cache(BaseAdapter.get_relation)),
            (BehaviorFlagRendered, "_default_source", staticmethod(_calling_module)),
            (Linker, "find_cycles", _cycles_by_sorting(Linker.find_cycles)),
            (MacroFuzzEnvironment, "compile", _compiled_once(version, tuple(sources))),
            (
                QualifiedNameSelectorMethod,
                "search",
                _found_by_name(QualifiedNameSelectorMethod.search),
            ),
            *_made_on_reading(BaseEvent),
            *_one_context(Compiler, run),
            *_one_context_a_depth(BaseAdapter, providers),
        ):
            replaced.enter_context(patch.object(owner, name, instead))
        yield


def _calling_module() -> str:
    """Return the module of the first call from outside of dbt's module of flags."""
    from dbt_common import behavior_flags

    frame = sys._getframe(1)
    while frame.f_globals["__name__"] in (__name__, behavior_flags.__name__) and frame.f_back:
        frame = frame.f_back
    return str(frame.f_globals["__name__"])


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


def _made_on_reading(event: Any) -> Iterator[tuple[Any, str, Any]]:
    """Yield what lets an event be made of its values only where somebody looks at it."""
    make = event.__init__

    def init(self: Any, *args: Any, **values: Any) -> None:
        if args:
            make(self, *args, **values)
        else:
            self.__dict__["_values"] = values

    def read(self: Any, name: str) -> Any:
        if name != "pb_msg":
            return getattr(self.pb_msg, name)
        if "_values" not in self.__dict__:
            raise AttributeError(name)
        make(self, **self.__dict__.pop("_values"))
        return self.__dict__[name]

    yield event, "__init__", init
    yield event, "__getattr__", read


def _cycles_by_sorting(find: Any) -> Any:
    """Return the search for a cycle, which is made only where there is one."""
    from networkx import is_directed_acyclic_graph  # type: ignore[import-untyped]

    def find_cycles(self: Any) -> Any:
        return None if is_directed_acyclic_graph(self.graph) else find(self)

    return find_cycles


def _from_cache(find: Any) -> Any:
    """Return BaseAdapter.get_relation that looks up by name what dbt has listed."""
    from dbt.adapters.reference_keys import _ReferenceKey

    def get_relation(self: Any, database: str, schema: str, identifier: str) -> Any:
        place = (database, schema, identifier)
        if place != tuple(map(str.lower, place)) or not self._schema_is_cached(database, schema):
            return find(self, database, schema, identifier)
        found = self.cache.relations.get(_ReferenceKey(*place))
        return found.inner if found else None

    get_relation._is_available_ = True  # type: ignore[attr-defined]
    return get_relation


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
    known: dict[str, CodeType] = marshal.loads(kept("dbt-templates", name, compile_all))  # noqa: S302 # nosec B302

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
    """Yield what lets a node be executed in the context that it was compiled in.

    The macros in it are made once a thread, as they differ in nothing but the context that they are
    called in: which is one dictionary, filled anew for each node.
    """
    from dbt.context.macros import MacroNamespaceBuilder
    from dbt.context.manifest import ManifestContext
    from dbt.context.providers import ModelContext, RuntimeProvider

    made: dict[str, Any] = {}
    of_thread = threading.local()

    class OneContext(ModelContext):
        def _get_namespace_builder(self) -> MacroNamespaceBuilder:
            builder = super()._get_namespace_builder()  # type: ignore[no-untyped-call]
            builder.node = None  # no model notes the macros that it calls
            return builder  # type: ignore[no-any-return]

        def _build_namespace(self) -> Any:
            last = of_thread.__dict__
            if last.get("manifest") is not self.manifest:
                macros = super()._build_namespace()
                last.update(manifest=self.manifest, macros=macros, by_name=dict(macros))
                last["ctx"] = self._ctx
            last["context"] = self
            self._ctx = last["ctx"]
            self._ctx.clear()
            return last["macros"]

        def to_dict(self) -> dict[str, Any]:
            context: dict[str, Any] = super(ManifestContext, self).to_dict()
            context.update(of_thread.by_name)
            return context

    create = compiler._create_node_context

    def create_node_context(self: Any, node: Any, manifest: Any, extra_context: Any) -> Any:
        if extra_context or node.resource_type != "model":
            return create(self, node, manifest, extra_context)
        context = OneContext(node, self.config, manifest, RuntimeProvider(), None)
        made[node.unique_id] = context
        return context.to_dict()

    generate = run.generate_runtime_model_context

    def generate_runtime_model_context(model: Any, config: Any, manifest: Any) -> Any:
        context = made.pop(model.unique_id, None)
        is_last = context is not None and getattr(of_thread, "context", None) is context
        if not is_last or context.model is not model:
            return generate(model, config, manifest)
        # what tells of the node is told anew, since it is compiled by now; macros are the same
        context._ctx.update(context.generate_builtins())
        return context._ctx

    yield compiler, "_create_node_context", create_node_context
    yield run, "generate_runtime_model_context", generate_runtime_model_context


def _one_context_a_depth(adapter: Any, providers: Any) -> Iterator[tuple[Any, str, Any]]:
    """Yield what makes once what stands in the context of a macro that the adapter calls.

    While it runs it may lead to another such call: each depth of calls has a context of its own.
    """
    from dbt.context.manifest import ManifestContext
    from dbt.context.providers import MacroContext

    of_thread = threading.local()
    execute = adapter.execute_macro

    def execute_macro(self: Any, *args: Any, **options: Any) -> Any:
        of_thread.depth = getattr(of_thread, "depth", 0) + 1
        try:
            return execute(self, *args, **options)
        finally:
            of_thread.depth -= 1

    class OneContext(MacroContext):
        def _build_namespace(self) -> Any:
            depth = getattr(of_thread, "depth", 0)
            if not depth:  # called by something else, which may still use an earlier one
                macros = super()._build_namespace()
                self._by_name = dict(macros)
                return macros
            made = of_thread.__dict__.setdefault("made", {})
            place = (depth, self.search_package)
            if place not in made or made[place][0] is not self.manifest:
                macros = super()._build_namespace()
                made[place] = (self.manifest, macros, dict(macros), self._ctx)
            _, macros, self._by_name, self._ctx = made[place]
            self._ctx.clear()
            return macros

        def to_dict(self) -> dict[str, Any]:
            context: dict[str, Any] = super(ManifestContext, self).to_dict()
            context.update(self._by_name)
            return context

    yield adapter, "execute_macro", execute_macro
    yield providers, "MacroContext", OneContext
