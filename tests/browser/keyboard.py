"""Going through a page with the Tab key alone (WCAG 2.1.1, 2.1.2, 2.4.7)."""

from playwright.sync_api import Page

_AT_ONCE = 12
# Of the buttons of one choice Tab reaches one, and what is folded away is not there. A frame is a page of its own, into
# which Tab goes without telling the page around it.
_LISTEN = """() => {
  const choices = [...document.querySelectorAll('input[type=radio]')];
  const stop = e => e.type === 'radio' ? choices.find(c => c.form === e.form && c.name === e.name) : e;
  const controls = [...document.querySelectorAll(
      'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')]
    .filter(e => e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true})).map(stop);
  const walk = window.walk = {ahead: new Set(controls), wrong: new Set()}, met = new Set();
  document.addEventListener('focusin', ({target}) => {
    const look = getComputedStyle(target), tag = target.outerHTML.slice(0, 100);
    if (walk.ahead.size && met.has(target)) walk.wrong.add('Tab is sent back to ' + tag);
    if (look.outlineStyle === 'none' || parseFloat(look.outlineWidth) < 2) walk.wrong.add('no sign of focus: ' + tag);
    met.add(target);
    walk.ahead.delete(stop(target));
  });
  document.activeElement?.blur();
  return walk.ahead.size;
}"""
_SAID = """() => [...walk.wrong, ...[...walk.ahead].map(e => 'Tab never reaches ' + e.outerHTML.slice(0, 100))]"""


def lost_on_the_way(page: Page) -> list[str]:
    """What Tab does not reach or cannot leave, and what does not show clearly that it was reached."""
    # Into a frame and out of it focus goes by way of another process: a key that comes meanwhile skips what is next.
    at_once, pause = (1, 40) if page.locator("iframe").count() else (_AT_ONCE, 0)
    for _ in range(3 * int(page.evaluate(_LISTEN)) // at_once + 3):
        for _ in range(at_once):
            page.keyboard.press("Tab")
            page.wait_for_timeout(pause)
        if page.evaluate("walk.ahead.size === 0"):
            break
    found: list[str] = page.evaluate(_SAID)
    return found
