// A picture to search with: dropped anywhere, pasted, or chosen.
import { go } from "./swap.js";

const form = () => document.querySelector("[data-upload]");

export function start() {
  if (!form()) return;
  document.addEventListener("change", (event) => event.target.matches("[data-upload] [type=file]") && send(event.target.files));
  document.addEventListener("paste", (event) => send(event.clipboardData.files));
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || over(false));
  document.addEventListener("drop", (event) => {
    over(false);
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    send(event.dataTransfer.files);
  });
}

function send(files) {
  const picture = [...files].find((file) => file.type.startsWith("image/"));
  if (!picture) return;
  const body = new FormData();
  body.append("csrf", form().elements.csrf.value);
  body.append("picture", picture);
  go(form().action, { options: { method: "POST", body } });
}

function over(is) {
  document.querySelector(".over-all")?.remove();
  if (!is) return;
  const sheet = Object.assign(document.createElement("div"), { className: "over-all", textContent: "Let go to search for somebody like this" });
  document.body.append(sheet);
}
