// Keeps on the server what is typed and not saved, every few seconds and when the page is left.

const LOOKS = ["reader", "who", "view", "narrow", "dark", "variant"]; // how it is looked at is no text
const PAUSE = 2000;

export function isTooLong(form, areas) {
  return areas.reduce((sum, area) => sum + area.value.length, 0) > Number(form.dataset.longest);
}

export function keepDrafts(form, areas) {
  const url = form.dataset.draft;
  if (!url) return; // an older text waits to be taken up or dropped, and must not be overwritten
  const kept = document.getElementById("kept");
  const wrong = document.getElementById("kept-wrong");
  const others = document.getElementById("others");
  let isDirty = form.dataset.dirty === "yes";
  let isLeaving = false;
  let waiting = 0;
  let sending = null;

  function complain(words) {
    if (wrong.textContent !== words) wrong.textContent = words;
    wrong.hidden = !words;
  }

  function show(told) {
    complain(told.problem ?? "");
    if (told.kept) kept.textContent = `Not saved yet. Kept at ${told.kept}.`;
    if (told.others !== undefined && others.textContent !== told.others) others.textContent = told.others;
    if (told.others !== undefined) others.hidden = !told.others;
  }

  async function keep() {
    waiting = 0;
    if (isLeaving) return;
    if (isTooLong(form, areas)) return complain(form.dataset.tooLong);
    isDirty = false;
    sending = new AbortController();
    const told = await fetch(url, { method: "POST", body: new URLSearchParams(new FormData(form)), signal: sending.signal })
      .then((answer) => answer.redirected ? { problem: "You are signed out, so what you type is not kept. Sign in in another window." } : answer.json())
      .catch(() => null);
    if (isLeaving) return;
    if (told) return show(told);
    isDirty = true;
    complain("What you type cannot be kept just now. It will be tried again.");
    waiting = setTimeout(keep, 5 * PAUSE);
  }

  form.addEventListener("input", (event) => {
    if (LOOKS.includes(event.target.name)) return;
    isDirty = true;
    kept.textContent = "Not saved yet.";
    waiting ||= setTimeout(keep, PAUSE);
  });
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget) return;
    isLeaving = true;
    sending?.abort();
  });
  addEventListener("pageshow", () => (isLeaving = false));
  addEventListener("pagehide", () => {
    if (isDirty && !isLeaving) navigator.sendBeacon(url, new URLSearchParams(new FormData(form)));
  });
  if (isDirty) keep();
}
