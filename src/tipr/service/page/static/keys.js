// Everything from the keyboard: from hit to hit, choose, open, say, close.
import { panel } from "./panel.js";
import { hide, show } from "./swap.js";

const tiles = () => [...document.querySelectorAll(".tile > a")];
const current = () => document.activeElement?.closest?.(".tile")?.querySelector("a");
let waiting = 0;

export function start() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("click", (event) => {
    const opens = event.target.closest("[data-opens]");
    if (opens) document.getElementById(opens.dataset.opens).showModal();
  });
}

function onKey(event) {
  if (event.metaKey || event.ctrlKey || event.altKey || event.defaultPrevented) return;
  if (document.querySelector("dialog[open]")) return;
  const typing = event.target.matches("input:not([type=checkbox], [type=radio]), textarea, select");
  if (event.key === "Escape") {
    if (escape(event.target)) event.preventDefault();
  } else if (typing ? leaves(event) : act(event)) event.preventDefault();
}

// Down from the search box lead the hits.
const leaves = (event) => event.key === "ArrowDown" && event.target.matches("[name=q]") && move(() => 0);

// Whether the key was one of ours.
function act(event) {
  const step = STEPS[event.key];
  if (step) return !event.target.matches("[type=radio], summary") && move(step);
  switch (event.key) {
    case "/": document.querySelector("[name=q]")?.select(); return true;
    case "?": document.getElementById("keys").showModal(); return true;
    case " ": return choose();
    case "m": case "n": return press(panel()?.querySelector(`[data-key="${event.key}"]`));
    case "t": return press(document.querySelector('.tools [data-key="t"]'));
  }
  return false;
}

const STEPS = {
  ArrowLeft: (at) => at - 1,
  ArrowRight: (at) => at + 1,
  ArrowUp: (at, all) => beside(at, all, -1),
  ArrowDown: (at, all) => beside(at, all, 1),
  Home: () => 0,
  End: (at, all) => all.length - 1,
};

function move(step) {
  const all = tiles();
  const open = document.querySelector(".tile.open a");
  if (!all.length || (panel()?.contains(document.activeElement) && !open)) return false;
  const from = all.indexOf(current() ?? open);
  const to = all[from < 0 ? 0 : step(from, all)];
  if (!to) return from >= 0;
  to.focus({ preventScroll: true });
  to.scrollIntoView({ block: "nearest" });
  if (panel()) {
    clearTimeout(waiting);
    waiting = setTimeout(() => show(to, { push: false }), 160);
  }
  return true;
}

// The tile of the row above or below whose middle is nearest.
function beside(at, all, way) {
  const box = (one) => one.getBoundingClientRect();
  const here = box(all[at]);
  const rows = all
    .map((one, number) => ({ number, box: box(one) }))
    .filter((one) => way * (one.box.top - here.top) > 4);
  if (!rows.length) return at;
  const next = rows.reduce((best, one) => (way * (one.box.top - best.box.top) < 0 ? one : best));
  return rows
    .filter((one) => Math.abs(one.box.top - next.box.top) < 4)
    .reduce((best, one) => (Math.abs(one.box.left - here.left) < Math.abs(best.box.left - here.left) ? one : best))
    .number;
}

function choose() {
  const box = current()?.parentElement.querySelector("[type=checkbox]");
  box?.click();
  return Boolean(box);
}

function press(button) {
  button?.click();
  return Boolean(button);
}

function escape(target) {
  const menu = target.closest("details[open]") ?? document.querySelector("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
    return true;
  }
  if (hide()) return true;
  const chosen = document.getElementById("chosen");
  if (document.querySelector(".pick :checked")) {
    chosen.reset();
    return true;
  }
  if (target.matches("[name=q]")) target.blur();
  return false;
}
