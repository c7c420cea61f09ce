"""What is typed is not lost: a killed tab, a key that saves, and two people at one text."""

from playwright.sync_api import Page, expect

from tests.browser.editor.at_the_desk import EDIT, Hire, area, drafts, saved, write_anew
from tests.browser.pages import flaws, press
from tests.running_house import wait_until
from tests.web.public.doors import Door


def test_text_of_a_window_that_was_killed_is_offered_and_taken_up(desk: Page, door: Door) -> None:
    write_anew(desk, "Half a sentence, and {{ no")
    expect(desk.get_by_text("Kept at")).to_be_visible()
    desk.locator("#markdown-1").press_sequentially("Servus")
    window = desk.context.new_page()
    desk.close(run_before_unload=True)
    wait_until(lambda: "Servus" in drafts(door).get("ada@vendor.example", ""), "the last words arrive")
    window.goto(EDIT)
    expect(window.get_by_text("that was not saved.")).to_be_visible()
    window.get_by_text("What differs from what is saved").click()
    expect(window.get_by_role("table").get_by_text("Half a sentence, and {{ no")).to_be_visible()
    press(window, window.get_by_role("link", name="Take it up"))
    assert area(window) == "Half a sentence, and {{ no"
    window.goto(EDIT)
    press(window, window.get_by_role("button", name="Drop it"))
    assert area(window).startswith("# Grease")
    assert drafts(door) == {}


def test_ctrl_s_saves_and_leaves_no_draft_behind(desk: Page, door: Door) -> None:
    write_anew(desk, "Saved by keys, {{ name }}.")
    expect(desk.get_by_text("Kept at")).to_be_visible()
    with desk.expect_navigation():
        desk.keyboard.press("Control+s")
    expect(desk.get_by_text("TB-1 is saved.")).to_be_visible()
    assert "Saved by keys" in saved(door)
    assert drafts(door) == {}


def test_two_at_one_text_see_each_other_and_lose_nothing(desk: Page, hire: Hire, door: Door) -> None:
    nora = hire("nora")
    nora.goto(EDIT)
    nora.locator("#markdown-1").fill("# Fett\n\nGuten Tag {{ name }}.\n")
    expect(nora.get_by_text("Kept at")).to_be_visible()
    write_anew(desk, area(desk).replace("# Grease", "# Oil"))
    expect(desk.get_by_text("nora@vendor.example is editing this too.")).to_be_visible()
    press(nora, nora.get_by_role("button", name="Save and look at it").first)
    with desk.expect_navigation() as answer:
        desk.get_by_role("button", name="Save and look at it").first.click()
    assert answer.value.status == 409
    expect(desk.get_by_text("nora@vendor.example saved this bulletin")).to_be_visible()
    assert area(desk).startswith("# Oil")
    assert flaws(desk, "overtaken") == []
    press(desk, desk.get_by_role("button", name="Put both together"))
    assert area(desk).startswith("# Oil")
    assert "Guten Tag" in area(desk, 1)
    press(desk, desk.get_by_role("button", name="Save and look at it").first)
    assert "# Oil" in saved(door)
    assert "Guten Tag" in saved(door)
    desk.goto("/staff/bulletins/TB-1/history")
    expect(desk.get_by_role("heading", level=1)).to_have_text("Saved 3 times")
