"""A process that has read the whole command and forks for each call of it: reading takes longer than most calls.

What every call would do once more is done before: without the relations of the tables a call takes eight times as long.

It is told a call a line, as JSON, on its standard input, and answers with the exit code. What the child prints goes to
the files that were named.
"""

import gc
import json
import os
import sys
from importlib import import_module

from sqlalchemy.orm import configure_mappers

from newsletter import cli

_DRIVERS = "sqlalchemy.dialects.sqlite.pysqlite", "sqlalchemy.dialects.postgresql.psycopg", "psycopg"


def serve() -> None:
    """Until nobody asks any more."""
    for page in {place.partition(".")[0] for place in cli._COMMANDS.values()}:  # noqa: SLF001 - our own
        import_module(f"newsletter.cli.{page}")
    for driver in _DRIVERS:
        import_module(driver)
    configure_mappers()
    gc.freeze()  # else each child copies all of it when it first cleans up
    asked, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    for line in asked:
        call = json.loads(line)
        child = os.fork()
        if not child:
            _become(**call)
            cli.main()
            return
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


def _become(arguments: list[str], folder: str, environment: dict[str, str], out: str, err: str) -> None:
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["newsletter", *arguments]
    for number, (path, mode) in enumerate(((os.devnull, os.O_RDONLY), (out, os.O_WRONLY), (err, os.O_WRONLY))):
        file = os.open(path, mode)
        os.dup2(file, number)
        os.close(file)


if __name__ == "__main__":
    serve()
