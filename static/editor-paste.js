// What is pasted from Word or a page becomes Markdown; the server reads it, because it knows what our Markdown can say.
import { put } from "./editor-write.js";

const SAYS_MORE = /<(h[1-6]|b|strong|i|em|a|ul|ol|li|table|blockquote|img)\b/i;

export function takePasted(form, area) {
  area.addEventListener("paste", async (event) => {
    const html = event.clipboardData.getData("text/html");
    const plain = event.clipboardData.getData("text/plain");
    if (!SAYS_MORE.test(html)) return;
    event.preventDefault();
    const { selectionStart: from, selectionEnd: to } = area;
    area.setAttribute("aria-busy", "true");
    const body = new URLSearchParams({ html, csrf_token: form.elements.csrf_token.value });
    const answer = await fetch(form.dataset.paste, { method: "POST", body }).catch(() => null);
    const told = answer?.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
    area.removeAttribute("aria-busy");
    put(area, told.markdown?.trim() || plain, from, to);
    if (told.problem) document.getElementById("told").textContent = `${told.problem} It was pasted as plain text.`;
  });
}
