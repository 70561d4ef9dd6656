// Moving along the timeline moves the grid, and shows which hits are of that time.
let bubble = null;

export function start() {
  document.addEventListener("pointerdown", (event) => {
    const line = event.target.closest?.("[data-timeline]");
    if (!line || event.button) return;
    line.setPointerCapture(event.pointerId);
    line.dataset.held = "";
    scrub(line, event, true);
  });
  document.addEventListener("pointermove", (event) => {
    const line = event.target.closest?.("[data-timeline]");
    if (line) scrub(line, event, "held" in line.dataset);
    else rest();
  });
  document.addEventListener("pointerup", (event) => {
    const line = event.target.closest?.("[data-timeline]");
    if (line) delete line.dataset.held;
  });
  document.addEventListener("mouseover", (event) => at(event.target.closest?.(".tile")));
  document.addEventListener("focusin", (event) => at(event.target.closest?.(".tile")));
}

// The bin that holds something nearest to the pointer, its time beside it, its hits in the grid.
function scrub(line, event, jump) {
  const full = [...line.querySelectorAll("li")].filter((bin) => bin.dataset.ids);
  const flat = getComputedStyle(line.querySelector("ol")).flexDirection === "row";
  const here = flat ? event.clientX : event.clientY;
  const far = (bin) => Math.abs(middle(bin, flat) - here);
  const bin = full.reduce((best, one) => (far(one) < far(best) ? one : best));
  light(bin.dataset.ids.split(" "));
  tell(line, bin, flat);
  if (jump) document.getElementById(`hit-${bin.dataset.ids.split(" ")[0]}`)?.scrollIntoView({ block: "center" });
}

function light(ids) {
  for (const tile of document.querySelectorAll(".tile.lit"))
    if (!ids.includes(tile.dataset.id)) tile.classList.remove("lit");
  for (const id of ids) document.getElementById(`hit-${id}`)?.classList.add("lit");
}

function middle(bin, flat) {
  const box = bin.getBoundingClientRect();
  return flat ? box.left + box.width / 2 : box.top + box.height / 2;
}

// What the bin holds, beside it; on a phone above it and never beyond the edge.
function tell(line, bin, flat) {
  bubble ??= Object.assign(document.createElement("div"), { className: "bubble" });
  bubble.textContent = bin.querySelector("a").title;
  if (bubble.parentElement !== line) line.append(bubble);
  const edge = bubble.offsetWidth / 2 + 4;
  bubble.style.top = flat ? "" : `${middle(bin) - line.getBoundingClientRect().top}px`;
  bubble.style.left = flat ? `${Math.min(Math.max(edge, middle(bin, flat)), innerWidth - edge)}px` : "";
}

function rest() {
  bubble?.remove();
  light([]);
}

// Where in time a tile is.
function at(tile) {
  for (const bin of document.querySelectorAll(".timeline li.at")) bin.classList.remove("at");
  if (tile) document.querySelector(`.timeline li[data-ids~="${tile.dataset.id}"]`)?.classList.add("at");
}
