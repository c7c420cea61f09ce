"""The editor's toolbar, keys, dialogs and undo in a real browser; and what it is to who cannot use a mouse."""

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, expect

from tests.browser.editor.at_the_desk import area, letter, mark, write_anew
from tests.browser.keyboard import lost_on_the_way
from tests.browser.pages import flaws, listen

WORD = (
    '<html xmlns:o="urn:schemas-microsoft-com:office:office"><body><!--StartFragment--><p class=MsoNormal><b><span '
    'style="mso-fareast-language:EN-US">Grease</span></b> it <i>weekly</i>.<o:p></o:p></p><script>alert(1)</script>'
    "<!--EndFragment--></body></html>"
)


@pytest.mark.parametrize(
    ("key", "becomes"),
    [("b", "# Grease\n\n**Hello**"), ("i", "# Grease\n\n*Hello*"), ("k", "# Grease\n\n[Hello](https://)")],
    ids=["bold", "italic", "a link"],
)
def test_what_the_keyboard_changes_ctrl_z_takes_back(desk: Page, key: str, becomes: str) -> None:
    before = area(desk)
    mark(desk, "Hello")
    desk.keyboard.press(f"Control+{key}")
    assert area(desk).startswith(becomes)
    desk.keyboard.press("Control+z")
    assert area(desk) == before
    desk.keyboard.press("Control+Shift+z")
    assert area(desk).startswith(becomes)


def test_bold_twice_is_plain(desk: Page) -> None:
    before = area(desk)
    mark(desk, "Hello")
    for _ in range(2):
        desk.keyboard.press("Control+b")
    assert area(desk) == before


def test_the_toolbar_is_one_stop_for_tab_and_goes_by_arrows(desk: Page) -> None:
    """ARIA Authoring Practices, Toolbar."""
    bar = desk.get_by_role("toolbar", name="Format: Text in English")
    assert bar.locator("button[tabindex='0']").count() == 1
    bar.get_by_role("button", name="Bold").focus()
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("ArrowRight")
    expect(bar.get_by_role("button", name="Heading")).to_be_focused()
    mark(desk, "Hello")
    bar.get_by_role("button", name="Heading").focus()
    desk.keyboard.press("Enter")
    assert "\n## Hello {{ name }}" in area(desk)
    bar.get_by_role("button", name="Heading").focus()
    desk.keyboard.press("End")
    expect(bar.get_by_role("button", name="Snippet …")).to_be_focused()
    desk.keyboard.press("Tab")
    expect(desk.locator("#markdown-0")).to_be_focused()


def test_tags_with_a_default_and_parts_for_some_readers_are_put_in_by_choosing(desk: Page) -> None:
    bar = desk.get_by_role("toolbar", name="Format: Text in English")
    write_anew(desk, "Dear ")
    bar.get_by_role("button", name="Merge tag …").click()
    desk.get_by_label("What it says").select_option("name")
    desk.get_by_label("Where we know nothing").fill('col"league')
    desk.keyboard.press("Enter")
    expect(desk.locator("#markdown-0")).to_have_value('Dear {{ name | "col\\"league" }}')
    write_anew(desk, "Grease it.")
    mark(desk, "Grease it.")
    bar.get_by_role("button", name="Only for some readers …").click()
    desk.get_by_label("Which (such as").fill("VX-500")
    desk.get_by_role("button", name="Put it in").click()
    expect(desk.locator("#markdown-0")).to_have_value(":::if model VX-500\nGrease it.\n:::\n")
    desk.keyboard.press("Control+z")
    expect(desk.locator("#markdown-0")).to_have_value("Grease it.")


def test_a_snippet_is_copied_into_the_text(desk: Page) -> None:
    write_anew(desk, "Grease it.")
    desk.locator("#markdown-0").press("Control+End")
    desk.get_by_role("toolbar", name="Format: Text in English").get_by_role("button", name="Snippet …").click()
    desk.get_by_role("button", name="Put it in").click()
    expect(desk.locator("#markdown-0")).to_have_value("Grease it.\n\nCall **us**.\n")


def test_a_picture_of_ones_own_is_uploaded_and_named_in_the_text(desk: Page) -> None:
    write_anew(desk, "")
    octets = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(octets, "PNG")
    desk.get_by_role("toolbar", name="Format: Text in English").get_by_role("button", name="Picture …").click()
    file: FilePayload = {"name": "nipple.png", "mimeType": "image/png", "buffer": octets.getvalue()}
    desk.get_by_label("From your computer").set_input_files(file)
    desk.get_by_label("What it shows").fill("The [grease] nipple")
    desk.get_by_role("button", name="Put it in").click()
    expect(desk.locator("#markdown-0")).to_have_value(re.compile(r"!\[The \\\[grease\\\] nipple\]\(picture:[\w.-]+\)"))
    expect(letter(desk).get_by_role("img", name="The [grease] nipple")).to_be_attached()


def test_blocks_are_offered_where_the_layout_has_them(desk: Page) -> None:
    button = desk.get_by_role("toolbar", name="Format: Text in English").get_by_role("button", name="Block …")
    expect(button).to_be_hidden()
    desk.get_by_text("Questions, reminders and the rest").click()
    desk.get_by_label("Layout").select_option("blocks")
    write_anew(desk, "")
    desk.locator("#markdown-1").fill(":::text\nHallo {{ name }}.\n:::")
    for kind in ("heading", "columns"):
        button.click()
        desk.get_by_label("Kind").select_option(kind)
        desk.get_by_role("button", name="Put it in").click()
        expect(desk.locator("#markdown-0")).to_have_value(re.compile(f":::{kind}\n"))
        desk.locator("#markdown-0").press("Control+End")
    expect(letter(desk).get_by_text("Right")).to_be_visible()


def test_a_dialog_that_is_closed_puts_nothing_in(desk: Page) -> None:
    before = area(desk)
    desk.get_by_role("toolbar", name="Format: Text in English").get_by_role("button", name="Merge tag …").click()
    desk.keyboard.press("Escape")
    expect(desk.locator("#markdown-0")).to_be_focused()
    assert area(desk) == before


def test_what_is_pasted_from_word_becomes_markdown_and_ctrl_z_takes_it_back(desk: Page) -> None:
    write_anew(desk, "")
    desk.locator("#markdown-0").evaluate(
        """(area, html) => { area.focus(); const data = new DataTransfer();
        data.setData('text/html', html); data.setData('text/plain', 'Grease it weekly.');
        area.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true, cancelable: true})); }""",
        WORD,
    )
    expect(desk.locator("#markdown-0")).to_have_value("**Grease** it *weekly*.")
    desk.keyboard.press("Control+z")
    assert area(desk) == ""


def test_the_editor_is_for_everybody(desk: Page) -> None:
    """WCAG 2.2 AA, with the letter beside it, its dialogs open in turn, and a mistake in the text."""
    said = listen(desk)
    expect(letter(desk).get_by_text("Hello Berg")).to_be_visible()
    assert flaws(desk, "editor") == []
    for name in ("Merge tag …", "Only for some readers …", "Picture …", "Snippet …"):
        desk.get_by_role("toolbar", name="Format: Text in German").or_(
            desk.get_by_role("toolbar", name="Format: Text in Deutsch")
        ).get_by_role("button", name=name).click()
        assert flaws(desk, name) == []
        desk.keyboard.press("Escape")
    write_anew(desk, "{{ nmae }}")
    expect(desk.get_by_role("button", name="Go there")).to_be_visible()
    assert flaws(desk, "a mistake") + lost_on_the_way(desk) == []
    assert [line for line in said if "400 (BAD REQUEST)" not in line] == []
