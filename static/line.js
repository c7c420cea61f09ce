"use strict";
// Puts the caret on the line that a finding of preflight is about. Without it the finding quotes the line.
(() => {
  const source = document.getElementById("source");
  const line = Number(new URLSearchParams(location.search).get("line"));
  const before = source.value.split("\n").slice(0, line - 1).join("\n");
  const from = line > 1 ? before.length + 1 : 0;
  const end = source.value.indexOf("\n", from);
  source.focus({ preventScroll: true });
  source.setSelectionRange(from, end < 0 ? source.value.length : end);
  source.scrollTop = Math.max(0, (line - 5) * parseFloat(getComputedStyle(source).lineHeight));
  source.scrollIntoView({ block: "center" });
})();
