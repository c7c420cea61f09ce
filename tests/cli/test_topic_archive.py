"""`newsletter topic archive`: private by default, and said aloud."""

from tests.cli.commands import Shell


def test_a_topic_is_opened_closed_and_never_twice(shell: Shell) -> None:
    assert shell.newsletter("topic", "add", "bulletins", "Technical bulletins").returncode == 0
    opened = shell.newsletter("topic", "archive", "bulletins", "on")
    assert (opened.returncode, opened.stderr) == (0, "")
    assert "bulletins is public at http://127.0.0.1:8000/archive/bulletins" in opened.stdout
    again = shell.newsletter("topic", "archive", "bulletins", "on")
    assert (again.returncode, "is public already" in again.stderr) == (2, True)
    closed = shell.newsletter("topic", "archive", "bulletins", "off")
    assert (closed.returncode, "private" in closed.stdout) == (0, True)
    assert shell.newsletter("topic", "archive", "nothing", "on").returncode == 3
