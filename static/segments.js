"use strict";
// Counts anew while a segment is built. Without it there is a button.
(() => {
  const form = document.getElementById("builder");
  if (!form) return;
  const figures = document.getElementById("figures");
  const told = document.getElementById("told");
  let pause = 0;
  let asked = 0;

  function address(quick) {
    const fields = new URLSearchParams(new FormData(form));
    for (const name of ["csrf_token", "seen", "name", "key"]) fields.delete(name);
    if (quick) fields.set("quick", "yes");
    return `${form.dataset.count}?${fields}`;
  }

  async function count() {
    const mine = ++asked;
    figures.setAttribute("aria-busy", "true");
    // How many people comes first: who would be left out of a million takes seconds.
    for (const quick of [true, false]) {
      const answer = await fetch(address(quick)).catch(() => null);
      if (mine !== asked) return; // a later one is under way
      if (!answer || !answer.ok || answer.redirected) break;
      figures.innerHTML = await answer.text();
    }
    figures.removeAttribute("aria-busy");
    told.textContent = (figures.querySelector(".figures") || figures.firstElementChild)?.textContent ?? "";
  }

  form.addEventListener("input", (event) => {
    if (["name", "key"].includes(event.target.name) || event.target.name.endsWith("-new")) return;
    clearTimeout(pause);
    pause = setTimeout(count, 500);
  });
})();
