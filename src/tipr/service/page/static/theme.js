// Light or dark, if not as the system has it; kept in a cookie, so that pages arrive in it.
const YEAR_S = 31536000;

export function start() {
  document.querySelector("[data-theme-switch]")?.addEventListener("click", () => {
    const dark = getComputedStyle(document.documentElement).colorScheme === "dark"
      || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
    const theme = dark ? "light" : "dark";
    document.documentElement.dataset.theme = theme;
    document.cookie = `tipr-theme=${theme}; path=/; max-age=${YEAR_S}; samesite=strict`;
  });
}
