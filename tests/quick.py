"""What makes an application so cheap that each test has its own: what libraries compile is compiled once a session."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule


def install() -> None:
    """Compile each template and each route once."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": _Templates()}
    Rule._compile_builder = _once(Rule._compile_builder)  # noqa: SLF001 - there is no other way to it


def hash_quickly(app: Flask) -> Flask:
    """Let an application hash passwords with little work; how much is the library's default, and its own tests'."""
    app.extensions["security"].pwd_context.update(argon2__time_cost=1, argon2__memory_cost=64)
    return app


class _Templates(BytecodeCache):
    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._compiled:
            bucket.bytecode_from_string(self._compiled[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._compiled[bucket.key] = bucket.bytecode_to_string()


def _once(compile_builder: Callable[..., Any]) -> Callable[..., Any]:
    # What is compiled depends on the parts of a route, not on the application.
    compiled: dict[object, Any] = {}

    def cached(rule: Any, append_unknown: bool = True) -> Any:  # noqa: ANN401, FBT001, FBT002 - as the library calls it
        key = rule.rule, tuple(rule._trace), repr(rule.defaults), append_unknown  # noqa: SLF001 - as above
        if key not in compiled:
            compiled[key] = compile_builder(rule, append_unknown)
        return compiled[key]

    return cached
