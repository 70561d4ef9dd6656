// A tile whose picture cannot be had any more says so.
export function start() {
  document.addEventListener("error", (event) => event.target.closest?.(".tile")?.classList.add("gone"), true);
  for (const one of document.querySelectorAll(".tile img"))
    if (one.complete && !one.naturalWidth && one.loading !== "lazy") one.closest(".tile").classList.add("gone");
}
