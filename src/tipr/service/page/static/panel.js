// The panel of one picture: brought in beside the grid, and why it was found soon after.
import { part } from "./fetching.js";

const FRAGMENT = { "Tipr-Fragment": "why" };

export const panel = () => document.getElementById("panel");
export const isOpen = () => panel() !== null;

// Bring in what a link leads to; false where it did not come.
export async function open(link) {
  const got = await part("panel", link.dataset.panel);
  if (!got) return false;
  const stage = document.querySelector(".stage");
  const was = panel();
  const inside = was?.contains(document.activeElement);
  const made = document.createRange().createContextualFragment(got.html);
  if (was) was.replaceWith(made);
  else stage.append(made);
  const id = new URL(link.href).searchParams.get("hit");
  if (inside || link.closest(".near")) panel().focus({ preventScroll: true });
  mark(id);
  explain();
  return true;
}

export function close() {
  const id = document.querySelector(".tile.open")?.dataset.id;
  panel()?.remove();
  mark(null);
  if (id) document.querySelector(`#hit-${CSS.escape(id)} a`)?.focus();
}

// Show which tile it is of, and take over from the tile what the panel alone cannot know.
function mark(id) {
  for (const tile of document.querySelectorAll(".tile.open")) tile.classList.remove("open");
  const tile = id && document.getElementById(`hit-${id}`);
  if (!tile) return;
  tile.classList.add("open");
  panel().querySelector("h2").textContent = `Hit ${tile.dataset.rank}`;
  const badge = tile.querySelector(".seen .badge").cloneNode(true);
  badge.append(` ${tile.dataset.chance}`);
  panel().querySelector("header h2").after(badge);
}

// Which words met which part takes the model a moment: it comes when the rest is there.
export async function explain() {
  const empty = document.querySelector("#why[data-lazy]");
  if (!empty) return;
  empty.setAttribute("aria-busy", "true");
  const answer = await fetch(empty.dataset.lazy, { headers: FRAGMENT });
  if (empty.isConnected && answer.headers.get("Tipr-Fragment") === "why")
    empty.replaceWith(document.createRange().createContextualFragment(await answer.text()));
  else empty.removeAttribute("aria-busy");
}
