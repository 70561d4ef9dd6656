// Asks the service for a part of a page; whatever is no such part is loaded as a page.
const HEADER = "Tipr-Fragment";
let running = null;

// The part as { html, url }, or null where a newer wish or a whole page takes its place.
export async function part(name, url, options = {}) {
  running?.abort();
  const mine = (running = new AbortController());
  document.documentElement.classList.add("loading");
  try {
    const answer = await fetch(url, {
      ...options, signal: mine.signal, headers: { [HEADER]: name }, credentials: "same-origin",
    });
    if (answer.headers.get(HEADER) !== name) {
      if (options.method === "POST" && !answer.redirected) throw new Error(await line(answer));
      location.assign(answer.url);
      return null;
    }
    return { html: await answer.text(), url: answer.url };
  } catch (error) {
    if (error.name === "AbortError") return null;
    say(error instanceof TypeError ? "The service does not answer. Is it still running?" : error.message);
    return null;
  } finally {
    if (running === mine) document.documentElement.classList.remove("loading");
  }
}

// A line for everybody, that goes by itself.
export function say(text) {
  document.querySelector(".say")?.remove();
  const line = Object.assign(document.createElement("p"), { className: "say", textContent: text });
  line.setAttribute("role", "alert");
  document.body.append(line);
  setTimeout(() => line.remove(), 8000);
}

// What a page of ours says went wrong.
async function line(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.querySelector("main p")?.textContent ?? `The service answered ${answer.status}.`;
}
