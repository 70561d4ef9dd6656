// One menu is open at a time; the number of chosen hits is told.
export function start() {
  document.addEventListener("toggle", onToggle, true);
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]"))
      if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("change", (event) => event.target.matches(".pick input") && count());
  document.addEventListener("reset", () => setTimeout(count));
}

function onToggle(event) {
  if (!event.target.matches("details.menu") || !event.target.open) return;
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (menu !== event.target) menu.open = false;
}

function count() {
  const many = document.querySelectorAll(".pick :checked").length;
  const told = document.querySelector("[data-chosen]");
  if (told) told.value = `${many} chosen`;
}
