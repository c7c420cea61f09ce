// Shows the letter beside the text while it is typed. Without it there is a button.
import { isTooLong } from "./editor-draft.js";
import { goTo } from "./editor-write.js";

const PAUSE = 500;

export function showPreview(form, areas) {
  const said = document.getElementById("said");
  const told = document.getElementById("told");
  const letters = document.getElementById("letters");
  const reader = document.getElementById("reader");
  const who = document.getElementById("who");
  let waiting = 0;
  let asked = 0;
  const blank = letters.firstElementChild;
  blank.remove();

  const body = () => {
    const fields = new URLSearchParams(new FormData(form));
    fields.delete("who"); // those found by name stand in the choice
    return fields;
  };

  async function look() {
    const mine = ++asked;
    if (isTooLong(form, areas)) return;
    const fields = body();
    said.setAttribute("aria-busy", "true");
    const answer = await fetch(form.dataset.said, { method: "POST", body: fields }).catch(() => null);
    const words = answer ? await answer.text() : "";
    if (mine !== asked) return; // a later one is under way
    said.removeAttribute("aria-busy");
    if (!answer || answer.redirected || ![200, 400].includes(answer.status)) return;
    const isIn = said.contains(document.activeElement);
    said.innerHTML = words;
    if (isIn) (said.querySelector("button, a") ?? reader).focus();
    for (const one of said.querySelectorAll("[data-lacks]")) {
      const place = document.getElementById(`lacks-${one.dataset.lacks}`);
      if (place) place.innerHTML = one.innerHTML;
    }
    for (const area of areas) area.removeAttribute("aria-invalid");
    const place = said.querySelector("[data-field]");
    if (place) document.getElementById(place.dataset.field)?.setAttribute("aria-invalid", "true");
    const problem = said.querySelector(".wrong")?.textContent.trim() ?? "";
    if (told.textContent !== problem) told.textContent = problem;
    if (answer.ok) set(mine, fields);
  }

  // A new frame for each letter: a frame that goes from one to the next would fill the Back button, and be white between.
  function set(mine, fields) {
    const frame = blank.cloneNode();
    frame.name = `letter-${mine}`;
    frame.classList.add("coming");
    letters.append(frame);
    const post = document.createElement("form");
    Object.assign(post, { method: "post", action: form.dataset.letter, target: frame.name, hidden: true });
    for (const [name, value] of fields) {
      const field = document.createElement("textarea");
      Object.assign(field, { name, value });
      post.append(field);
    }
    document.body.append(post);
    frame.addEventListener("load", () => {
      if (mine !== asked && letters.lastElementChild !== frame) return frame.remove();
      // Whoever has gone into the letter by Tab stays there: without a frame to be in, Tab begins at the top of the page.
      const isIn = letters.contains(document.activeElement);
      frame.classList.remove("coming");
      if (isIn) frame.focus();
      for (const other of [...letters.children]) if (other !== frame) other.remove();
      frame.name = "letter";
    });
    post.submit();
    post.remove();
  }

  function soon() {
    clearTimeout(waiting);
    waiting = setTimeout(look, PAUSE);
  }

  async function find() {
    const wanted = who.value.trim();
    const answer = await fetch(`${form.dataset.people}?${new URLSearchParams({ who: wanted })}`).catch(() => null);
    if (!answer?.ok || wanted !== who.value.trim()) return;
    reader.querySelector("[data-found]")?.remove();
    const group = document.createElement("optgroup");
    group.label = "Found";
    group.dataset.found = "yes";
    group.innerHTML = await answer.text();
    told.textContent = wanted ? `${group.children.length || "Nobody"} found.` : "";
    if (group.children.length) {
      reader.prepend(group);
      reader.selectedIndex = 0;
      look();
    }
  }

  form.addEventListener("input", (event) => {
    if (event.target === who) {
      clearTimeout(who.waiting);
      who.waiting = setTimeout(find, PAUSE);
    } else if (event.target.name === "narrow") {
      return; // the style sheet does that
    } else soon();
  });
  said.addEventListener("click", (event) => {
    const place = event.target.closest("[data-line]");
    const area = place && document.getElementById(place.dataset.field);
    if (area?.matches("textarea")) goTo(area, Number(place.dataset.line), Number(place.dataset.column));
    else area?.focus();
  });
  document.getElementById("look").addEventListener("click", (event) => {
    event.preventDefault();
    look();
  });
  look();
}
