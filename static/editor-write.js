// Changing the text of a textarea so that the browser's own undo takes the change back.

export function put(area, text, from = area.selectionStart, to = area.selectionEnd, select = null) {
  area.focus();
  area.setSelectionRange(from, to);
  // Out of date by name, and the one command after which Ctrl+Z works in every browser.
  if ((text || from !== to) && !document.execCommand(text ? "insertText" : "delete", false, text)) {
    area.setRangeText(text, from, to, "end");
    area.dispatchEvent(new InputEvent("input", { bubbles: true, inputType: "insertText" }));
  }
  if (select) area.setSelectionRange(from + select[0], from + select[1]);
}

export function chosen(area) {
  return area.value.slice(area.selectionStart, area.selectionEnd);
}

// Puts signs around what is marked, or takes them away where they stand already.
export function around(area, sign, words) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const inside = value.slice(from, to);
  const isOutside = value.slice(from - sign.length, from) === sign && value.slice(to, to + sign.length) === sign;
  const isLonger = sign === "*" && value[from - 2] === "*" && value[from - 3] !== "*";
  if (inside && isOutside && !isLonger) {
    put(area, inside, from - sign.length, to + sign.length, [0, inside.length]);
  } else {
    const text = inside || words;
    put(area, `${sign}${text}${sign}`, from, to, [sign.length, sign.length + text.length]);
  }
}

// Puts a sign before each marked line, or takes it away where each has it.
export function before(area, sign) {
  const from = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
  const next = area.value.indexOf("\n", Math.max(area.selectionEnd - 1, area.selectionStart));
  const to = next < 0 ? area.value.length : next;
  const lines = area.value.slice(from, to).split("\n");
  const haveIt = lines.every((line) => line.startsWith(sign));
  const text = lines.map((line) => (haveIt ? line.slice(sign.length) : sign + line)).join("\n");
  put(area, text, from, to, [0, text.length]);
}

// Puts a block on lines of its own. `select` counts from its beginning.
export function block(area, text, select = null) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const head = !value.slice(0, from).trim() ? "" : /\n\n$/.test(value.slice(0, from)) ? "" : value[from - 1] === "\n" ? "\n" : "\n\n";
  const tail = value.slice(to).startsWith("\n") || !value.slice(to) ? "\n" : "\n\n";
  put(area, head + text + tail, from, to, select && select.map((at) => at + head.length));
}

// Puts the caret on a line and column, both from 1.
export function goTo(area, line, column) {
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  area.focus({ preventScroll: true });
  area.setSelectionRange(start + column - 1, start + (lines[line - 1] ?? "").length);
  area.scrollTop = Math.max(0, (line - 5) * parseFloat(getComputedStyle(area).lineHeight));
  area.scrollIntoView({ block: "center" });
}
