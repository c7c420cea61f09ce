"use strict";
// Keeps the part of a run's page that moves up to date. Without it the page has a link to reload.
(() => {
  const live = document.getElementById("live");
  const spoken = document.getElementById("spoken");
  const stops = () => [...live.querySelectorAll("a[href], button, input, select, summary, [tabindex]")];
  const whatIs = (stop) => stop.getAttribute("href") || stop.getAttribute("aria-label") || stop.id || stop.textContent;
  const stateOf = (part) => part.firstElementChild.dataset.state;

  function show(part) {
    const said = part.firstElementChild.dataset.spoken;
    if (live.innerHTML !== part.innerHTML) {
      // Whoever goes through the page by Tab stays where they are, whatever has the focus.
      const focused = stops().includes(document.activeElement) ? whatIs(document.activeElement) : null;
      live.replaceChildren(...part.childNodes);
      stops().find((stop) => whatIs(stop) === focused)?.focus();
    }
    // Spoken only when there is something new to say: every ten per cent, and at the end.
    if (spoken.textContent !== said) spoken.textContent = said;
  }

  // Milliseconds until the next look, or 0 for never again.
  async function look() {
    if (document.hidden) return 1000;
    const answer = await fetch(live.dataset.from);
    if (answer.redirected || answer.status === 403 || answer.status === 404) return 0; // signed out, or gone
    if (!answer.ok) return 5000;
    const part = document.createElement("div");
    part.innerHTML = await answer.text();
    const state = stateOf(part);
    // Another state has other buttons and tables, so the page is loaded anew, but never under somebody who is typing.
    if (state !== stateOf(live) && !document.activeElement.matches("input, select, textarea")) {
      location.reload();
      return 0;
    }
    show(part);
    return "rest" in live.firstElementChild.dataset ? 0 : 1000;
  }

  async function watch() {
    const pause = await look().catch(() => 5000);
    if (pause) setTimeout(watch, pause);
  }

  setTimeout(watch, 1000);
})();
