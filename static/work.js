"use strict";
// Single keys for who works through the inbox. They work only while the focus is in the list (WCAG 2.1.4).
(() => {
  const list = document.querySelector("table.work");
  document.getElementById("keys").hidden = false;

  function go(row, step) {
    const rows = [...list.tBodies[0].rows];
    rows[rows.indexOf(row) + step]?.querySelector("th a").focus();
  }

  list.addEventListener("keydown", (event) => {
    const row = event.target.closest("tbody tr");
    if (!row || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "j") go(row, 1);
    else if (event.key === "k") go(row, -1);
    else if (event.key === "x") row.querySelector("input[type=checkbox]")?.click();
    else return;
    event.preventDefault();
  });
})();
