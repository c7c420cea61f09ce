"""The letter beside the text: for three people, as text, in the dark, at 360 px, and without scripts."""

from playwright.sync_api import Page, expect

from tests.browser.editor.at_the_desk import BOTH, EDIT, Hire, area, letter, saved, write_anew
from tests.browser.pages import listen, press
from tests.web.public.doors import Door


def test_the_letter_is_seen_as_three_people_get_it_while_it_is_typed(desk: Page, door: Door) -> None:
    expect(letter(desk).get_by_text("Hello Berg, your A100231 and A103000.")).to_be_visible()
    write_anew(desk, "Good morning {{ name }}, look at {{ model }}.")
    expect(letter(desk).get_by_text("Good morning Berg, look at VX-500 and VX-500i.")).to_be_visible()
    desk.get_by_label("Or by name or address").fill("pia")
    expect(letter(desk).get_by_text("Good morning Pia Marsh, look at")).to_be_visible()
    desk.get_by_label("For", exact=True).select_option("made-up:one:en")
    expect(letter(desk).get_by_text("Good morning Nora Frost, look at VX-500.")).to_be_visible()
    assert saved(door) == BOTH


def test_a_mistake_is_said_with_its_place_and_the_old_letter_stays(desk: Page) -> None:
    expect(letter(desk).get_by_text("Hello Berg")).to_be_visible()
    write_anew(desk, "One\n\nHello {{ nmae }}")
    expect(desk.locator("#said").get_by_text("English: Line 3, column 7: There is no tag 'nmae'.")).to_be_visible()
    expect(letter(desk).get_by_text("Hello Berg")).to_be_visible()
    desk.get_by_role("button", name="Go there").click()
    chosen = "area => area.value.slice(area.selectionStart, area.selectionEnd)"
    assert desk.locator("#markdown-0").evaluate(chosen) == "{{ nmae }}"


def test_it_is_seen_as_text_in_the_dark_and_on_a_phone(desk: Page) -> None:
    page = letter(desk).locator(".page")
    expect(page).to_have_css("background-color", "rgb(251, 250, 248)")
    desk.get_by_label("Dark").check()
    expect(page).to_have_css("background-color", "rgb(22, 24, 26)")
    desk.get_by_label("360 px").check()
    assert letter(desk).locator("html").evaluate("html => innerWidth") == 360
    desk.get_by_label("Plain text").check()
    expect(letter(desk).locator("pre")).to_contain_text("----------------------------------------")


def test_looking_does_not_fill_the_back_button(desk: Page) -> None:
    before = desk.evaluate("history.length")
    for word in ("one", "two", "three"):
        write_anew(desk, f"{word} {{{{ name }}}}")
        expect(letter(desk).get_by_text(f"{word} Berg")).to_be_visible()
    assert desk.evaluate("history.length") == before


def test_what_a_script_in_the_text_would_do_is_not_done(desk: Page) -> None:
    """Faults 31 and 32: raw HTML is text, and the frame runs nothing."""
    said = listen(desk)
    write_anew(desk, '<script>alert(1)</script>\n\n<img src=x onerror="alert(2)">\n\n<b>unclosed')
    expect(letter(desk).get_by_text("<script>alert(1)</script>")).to_be_visible()
    desk.wait_for_timeout(300)
    assert said == []


def test_the_letter_shows_without_scripts_too(hire: Hire) -> None:
    page = hire(scripts=False)
    page.goto(EDIT)
    write_anew(page, "Good morning {{ name }}.")
    page.get_by_role("button", name="Preview").click()
    expect(letter(page).get_by_text("Good morning Berg.")).to_be_visible()
    write_anew(page, "Good {{ nmae }}.")
    page.get_by_role("button", name="Preview").click()
    expect(letter(page).get_by_text("There is no tag 'nmae'.")).to_be_visible()
    assert area(page) == "Good {{ nmae }}."
    press(page, page.get_by_role("button", name="Put it into the text").first)
    assert area(page).replace("\r", "") == "Good {{ nmae }}.\n\nCall **us**.\n"
