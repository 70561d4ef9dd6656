// Links and forms of the search page change its content in place; the address follows.
import { part } from "./fetching.js";
import { close, open } from "./panel.js";

const PANEL = ["hit", "why", "frame", "film"];
const view = () => document.querySelector("[data-view]");
let shown = location.href;

export function start() {
  if (!view()) return;
  history.scrollRestoration = "manual";
  document.addEventListener("click", onClick);
  document.addEventListener("submit", onSubmit);
  addEventListener("popstate", onBack);
}

// The search behind an address, without what only opens a panel.
function search(url) {
  const at = new URL(url, location.href);
  for (const name of PANEL) at.searchParams.delete(name);
  return at.pathname + at.search;
}

export async function go(url, { push = true, options = {}, scroll = 0 } = {}) {
  const typing = document.activeElement?.name === "q";
  const got = await part("view", url, options);
  if (!got) return;
  if (push) remember(got.url);
  shown = got.url;
  view().innerHTML = got.html;
  document.title = `${view().querySelector("[name=q]")?.value || "Search"} · tipr`;
  const box = view().querySelector("[name=q]");
  if (typing && box) {
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  } else view().focus({ preventScroll: true });
  scrollTo(0, scroll);
  view().dispatchEvent(new CustomEvent("swapped", { bubbles: true }));
}

export async function show(link, { push = true } = {}) {
  if (!(await open(link))) return;
  if (push) remember(link.href);
  else history.replaceState(history.state, "", link.href);
  shown = link.href;
}

export function hide() {
  const link = document.querySelector("#panel [data-close]");
  if (!link) return false;
  remember(link.href);
  shown = link.href;
  close();
  return true;
}

function remember(url) {
  history.replaceState({ scroll: scrollY }, "");
  history.pushState(null, "", url);
}

function onClick(event) {
  const link = event.target.closest("a[href]");
  const plain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
  if (!link || !plain || event.defaultPrevented || !view().contains(link)) return;
  if (link.hash && link.pathname === location.pathname && !link.search) return;
  if (link.dataset.close !== undefined) {
    event.preventDefault();
    hide();
  } else if (link.dataset.panel) {
    event.preventDefault();
    show(link);
  } else if (link.pathname === location.pathname) {
    event.preventDefault();
    go(link.href);
  }
}

function onSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented || form.dataset.plain !== undefined || !view().contains(form)) return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  if (form.method === "get") {
    const said = new URLSearchParams([...data].filter(([, value]) => value.trim()));
    go(`${form.getAttribute("action")}?${said}`);
  } else {
    const body = form.enctype === "multipart/form-data" ? data : new URLSearchParams(data);
    go(form.action, { options: { method: "POST", body } });
  }
}

function onBack(event) {
  const scroll = event.state?.scroll ?? 0;
  if (search(location.href) !== search(shown)) {
    go(location.href, { push: false, scroll });
    return;
  }
  shown = location.href;
  const hit = new URL(location.href).searchParams.get("hit");
  const link = hit && document.querySelector(`#hit-${CSS.escape(hit)} a`);
  if (link) show(link, { push: false });
  else if (hit) go(location.href, { push: false, scroll });
  else close();
}
