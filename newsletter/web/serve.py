"""Serving the pages from one process with waitress."""

import threading

from waitress.server import create_server

from config import Config
from newsletter.db import Database
from newsletter.errors import Misconfigured
from newsletter.web.app import create_app


class WebServer:
    """The pages on the configured host and port. Raises Misconfigured where the port cannot be had."""

    def __init__(self, config: Config, db: Database) -> None:
        app = create_app(config, db=db)
        try:
            self._server = create_server(app, host=config.host, port=config.port, threads=config.threads, ident=None)
        except OSError as error:
            sentence = f"The pages cannot be served on {config.host} port {config.port}: {error.strerror}."
            raise Misconfigured(sentence, hint="Set NEWSLETTER_PORT to a free port.") from error
        self._thread = threading.Thread(target=self._server.run, name="web", daemon=True)

    def start(self) -> None:
        """Serve from now on, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """Serve no more."""
        self._server.close()
