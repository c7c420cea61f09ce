// A toolbar above each text, with one stop for Tab and arrows inside (ARIA Authoring Practices: Toolbar).
import { pick } from "./editor-pick.js";
import { around, before, block, chosen, put } from "./editor-write.js";

const TABLE = "| Model | Interval |\n|-------|---------:|\n| VX-500 | 500 hours |";
const KEYS = { b: "bold", i: "italic", k: "link" };

const TOOLS = {
  bold: (area) => around(area, "**", "bold"),
  italic: (area) => around(area, "*", "italic"),
  heading: (area) => before(area, "## "),
  list: (area) => before(area, "- "),
  link,
  table: (area) => block(area, TABLE, [2, 7]),
  block: pick.block,
  picture: pick.picture,
  if: pick.if,
  tag: pick.tag,
  snippet: pick.snippet,
};

function link(area) {
  const words = chosen(area);
  if (/^(https?:\/\/|mailto:|tel:)\S+$/.test(words)) put(area, `[](${words})`, area.selectionStart, area.selectionEnd, [1, 1]);
  else put(area, `[${words || "words"}](https://)`, area.selectionStart, area.selectionEnd, words ? [words.length + 3, words.length + 11] : [1, 6]);
}

export function openTools(form, area) {
  const bar = form.querySelector(`.bar[data-for="${area.id}"]`);
  bar.append(document.getElementById("tools").content.cloneNode(true));
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", `Format: ${form.querySelector(`label[for="${area.id}"]`).textContent}`);
  bar.setAttribute("aria-controls", area.id);
  const buttons = [...bar.querySelectorAll("button")];
  const stopAt = (button) => buttons.forEach((each) => (each.tabIndex = each === button ? 0 : -1));
  stopAt(buttons[0]);

  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    stopAt(button);
    TOOLS[button.dataset.tool](area, form);
  });
  bar.addEventListener("keydown", (event) => {
    const shown = buttons.filter((button) => !button.hidden);
    const at = shown.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: shown.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const button = shown[(to + shown.length) % shown.length];
    stopAt(button);
    button.focus();
  });
  area.addEventListener("keydown", (event) => {
    const tool = KEYS[event.key.toLowerCase()];
    if (!tool || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    TOOLS[tool](area);
  });
  // Blocks are only read where the layout says so; of a file nobody knows before it is read.
  const layout = form.elements.layout;
  const offer = () => (bar.querySelector("[data-tool=block]").hidden = Boolean(layout) && layout.value !== "blocks");
  layout?.addEventListener("change", offer);
  offer();
  // The choice below the text is for who has no toolbar.
  const choice = form.querySelector(`select[data-for="${area.id}"]`);
  if (choice) choice.parentElement.hidden = true;
}
