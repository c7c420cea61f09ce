// The editor of bulletins. Without it the form works by its buttons.
import { keepDrafts } from "./editor-draft.js";
import { takePasted } from "./editor-paste.js";
import { showPreview } from "./editor-preview.js";
import { openTools } from "./editor-tools.js";
import { goTo } from "./editor-write.js";

const form = document.getElementById("editor");
const areas = [...form.querySelectorAll("textarea.writing:not(#more)")];

for (const area of areas) {
  openTools(form, area);
  takePasted(form, area);
  if (area.dataset.line) goTo(area, Number(area.dataset.line), Number(area.dataset.column));
}
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.key.toLowerCase() !== "s") return;
  event.preventDefault();
  form.requestSubmit(form.querySelector("button[value=save]"));
});
// Titles are long, so they stand on two lines; a break in them would become a space.
form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches(".one-line") && !event.isComposing) event.preventDefault();
});
keepDrafts(form, areas);
showPreview(form, areas);
