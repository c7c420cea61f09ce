"""What libraries import and an engine hardly ever uses is loaded when it is used: asyncio on SQLite, TLS without TLS.

SQLAlchemy alone imports asyncio, which imports ssl, which maps OpenSSL. A module that is put off lies in `sys.modules`
as a place-holder, which loads the real one when somebody takes something out. So no library notices, and one that in a
newer version takes something out at once makes an engine larger and breaks nothing.
"""

import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from newsletter.engine.versions import version_of

_SELDOM: Mapping[str, Sequence[str]] = {
    "asyncio": ("iscoroutine",),
    "asyncio.sslproto": (),
    "csv": (),
    "difflib": ("get_close_matches",),
    "importlib.metadata": (),
    "sqlalchemy.dialects.postgresql.asyncpg": (),
    "sqlalchemy.dialects.postgresql.pg8000": (),
    "sqlalchemy.dialects.postgresql.psycopg2": (),
    "sqlalchemy.dialects.postgresql.psycopg2cffi": (),
    "sqlalchemy.dialects.sqlite.aiosqlite": (),
    "ssl": (),
    "tokenize": (),
    "zipfile": (),
}
"""The modules, and which of their functions somebody takes out while being imported, not to call them yet."""


def put_off() -> None:
    """Load these modules when they are used. To be called before anything that imports them."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder(_SELDOM))


class _Later(ModuleType):
    """In place of a module until something is taken out of it, and a way to it ever after."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a module holds anything
        # The import system itself looks whether a new module has these.
        if name.startswith("__") and not (name == "__path__" and self.__dict__.get("_is_ready")):
            raise AttributeError(name)
        return getattr(self._real(), name)

    def _real(self) -> ModuleType:
        with _changing:
            if sys.modules.get(self.__name__) is self:
                del sys.modules[self.__name__]
        # Whoever comes while another thread loads it waits in here until it is whole.
        return import_module(self.__name__)


_changing = threading.Lock()


class _Finder:
    """Finds a place-holder for each of the modules, once. Not a child of what `importlib.abc` has, which loads much."""

    def __init__(self, seldom: Mapping[str, Sequence[str]]) -> None:
        self._left = dict(seldom)

    def find_spec(self, name: str, _path: object, _target: object = None) -> ModuleSpec | None:
        if name not in self._left:
            return None
        return ModuleSpec(name, self)  # type: ignore[arg-type] # a loader, though no child of one

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = _Later(spec.name)
        for function in self._left.pop(spec.name):
            setattr(module, function, _calling(module, function))
        if spec.name == "importlib.metadata":
            module.__dict__["version"] = _telling(module)  # psycopg asks for its own while it is imported
        return module

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["_is_ready"] = True


def _calling(module: _Later, function: str) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - whatever the function takes and gives
        return getattr(module._real(), function)(*arguments, **named)  # noqa: SLF001 - a part of the class above

    return call


def _telling(module: _Later) -> Callable[[str], str]:
    def version(package: str) -> str:
        return version_of(package) or str(module._real().version(package))  # noqa: SLF001 - a part of the class above

    return version
