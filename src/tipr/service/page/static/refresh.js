// A part of the page that says it is going to change is asked for again and again until it rests.
export function start() {
  setTimeout(again, 1000);
}

async function again() {
  const part = document.querySelector("[data-refresh]");
  if (!part) return;
  try {
    const answer = await fetch(location.href, { headers: { "Tipr-Fragment": part.dataset.refresh } });
    if (answer.headers.get("Tipr-Fragment") === part.dataset.refresh)
      part.replaceWith(document.createRange().createContextualFragment(await answer.text()));
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // the service is away; it may come back
  }
  setTimeout(again, 1000);
}
