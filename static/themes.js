"use strict";
// Shows the sample letters anew while colours are chosen. Without it there is a button.
(() => {
  const form = document.getElementById("theme");
  if (!form) return;
  let pause = 0;

  function show() {
    const fields = new URLSearchParams(new FormData(form));
    for (const name of ["csrf_token", "seen", "key"]) fields.delete(name);
    if (!fields.get("name")) fields.set("name", "New");
    for (const frame of document.querySelectorAll("iframe[data-sample]")) {
      const dark = frame.dataset.sample ? "&dark=1" : "";
      frame.src = `${form.dataset.sample}?${fields}${dark}`;
    }
  }

  form.addEventListener("input", () => {
    clearTimeout(pause);
    pause = setTimeout(show, 400);
  });
})();
