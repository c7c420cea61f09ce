// What is chosen in a dialog before it is put into the text.
import { block, chosen, put } from "./editor-write.js";

const written = (text) => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"');
const oneLine = (text) => text.replace(/\s+/g, " ").trim();

// The caret is kept, because a dialog takes the focus.
function ask(name, area, prepare, use) {
  const dialog = document.getElementById(`pick-${name}`);
  const { selectionStart: from, selectionEnd: to } = area;
  dialog.returnValue = "";
  prepare?.(dialog.querySelector("form").elements);
  dialog.addEventListener("close", () => {
    area.focus();
    area.setSelectionRange(from, to);
    if (dialog.returnValue === "put") use(dialog.querySelector("form").elements);
  }, { once: true });
  dialog.showModal();
}

function tag(area) {
  ask("tag", area, (fields) => (fields.default.value = ""), (fields) => {
    const instead = fields.default.value ? ` | "${written(oneLine(fields.default.value))}"` : "";
    put(area, `{{ ${fields.name.value}${instead} }}`);
  });
}

function onlyFor(area) {
  ask("if", area, null, (fields) => {
    const lines = chosen(area) || "…";
    const values = oneLine(fields.values.value) || "…";
    const isVariant = fields.kind.value === "variant";
    const head = isVariant ? `:::variant ${values}\n` : `:::if ${fields.not.value}${fields.kind.value} ${values}\n`;
    block(area, `${head}${lines}\n:::`, [head.length, head.length + lines.length]);
  });
}

const BLOCKS = {
  text: (words) => words || "Text",
  heading: (words) => `# ${words || "Heading"}`,
  image: (words) => `![${words || "What it shows"}](picture:)`,
  button: (words) => `[${words || "Read more"}](https://)`,
  table: (words) => words || "| Model | Interval |\n|-------|---------:|\n| VX-500 | 500 hours |",
  columns: (words) => `:::column\n:::text\n${words || "Left"}\n:::\n:::\n:::column\n:::text\nRight\n:::\n:::`,
};

function aBlock(area) {
  ask("block", area, null, (fields) => {
    const kind = fields.kind.value;
    block(area, `:::${kind}\n${BLOCKS[kind](chosen(area))}\n:::`);
  });
}

// A picture of one's own is uploaded first; what the server makes of it has the name that stands in the text.
async function uploaded(form, file, alt) {
  const body = new FormData();
  body.set("csrf_token", form.elements.csrf_token.value);
  body.set("file", file);
  body.set("alt", alt);
  const sent = { method: "POST", body, headers: { Accept: "application/json" } };
  const answer = await fetch(form.dataset.pictures, sent).catch(() => null);
  const told = answer && !answer.redirected ? await answer.json().catch(() => ({})) : {};
  return answer?.ok ? told.markdown : Promise.reject(new Error(told.detail ?? "The picture could not be uploaded."));
}

function picture(area, form) {
  const named = document.getElementById("picture-name");
  const suggest = (fields) => (fields.alt.value = chosen(area) || (named && named.selectedOptions[0].dataset.alt) || "");
  if (named) named.onchange = () => suggest(named.form.elements);
  ask("picture", area, suggest, async (fields) => {
    const { selectionStart: from, selectionEnd: to } = area;
    const words = oneLine(fields.alt.value);
    const [file] = fields.file.files;
    if (!file && !named) return;
    try {
      const own = file ? await uploaded(form, file, words) : "";
      put(area, own || `![${words.replace(/[[\]\\]/g, "\\$&").replaceAll("{{", '{{ "{{" }}')}](${named.value})`, from, to);
    } catch (error) {
      document.getElementById("kept-wrong").hidden = false;
      document.getElementById("kept-wrong").textContent = error.message;
    }
    fields.file.value = "";
  });
}

function snippet(area) {
  ask("snippet", area, null, (fields) => block(area, fields.snippet.selectedOptions[0].dataset.text.trimEnd()));
}

export const pick = { tag, if: onlyFor, block: aBlock, picture, snippet };
