"""A Postfix of our own: its configuration and queue in one folder, on loopback. No other instance is touched."""

import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.message.dkim_judges import program, run

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relay.example
mydestination =
alias_maps =
local_recipient_maps =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
relayhost = [127.0.0.1]:{onward}
smtp_tls_security_level = none
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup  unix n - n - 0 cleanup
qmgr     unix n - n 300 1 qmgr
rewrite  unix - - n - - trivial-rewrite
bounce   unix - - n - 0 bounce
defer    unix - - n - 0 bounce
trace    unix - - n - 0 bounce
smtp     unix - - n - - smtp
relay    unix - - n - - smtp
error    unix - - n - - error
retry    unix - - n - - error
showq    unix n - n - - showq
postlog  unix-dgram n - n - 1 postlogd
"""


@contextmanager
def running(onward: int) -> Iterator[int]:
    """The port of a Postfix that passes every mail on to the port `onward` of this machine."""
    if os.geteuid() != 0:
        pytest.fail("Postfix starts as root only. Run the tests as root.", pytrace=False)
    # Postfix leaves root's rights behind, and nobody else may look into the folders that pytest makes.
    with tempfile.TemporaryDirectory(prefix="postfix-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        port = _free_port()
        for file, text in {"main.cf": MAIN, "master.cf": MASTER}.items():
            (folder / "etc").mkdir(exist_ok=True)
            (folder / "etc" / file).write_text(text.format(folder=folder, port=port, onward=onward))
        (folder / "queue").mkdir()
        command = [program("postfix"), "-c", str(folder / "etc")]
        process = subprocess.Popen([*command, "start-fg"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            _wait_until_it_listens(port, process)
            yield port
        finally:
            run(*command, "abort")
            process.communicate(timeout=120)


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def _wait_until_it_listens(port: int, process: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        assert process.poll() is None, process.communicate()[0].decode()
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("Postfix does not listen.")
