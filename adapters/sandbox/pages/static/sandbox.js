"use strict";

// Looks for news every two seconds and swaps only the parts that changed; what is open stays open.
const EVERY_MS = 2000;

function keepOpen(from, to) {
  for (const open of from.querySelectorAll("details[open][id]")) {
    const same = to.querySelector(`#${CSS.escape(open.id)}`);
    if (same) same.open = true;
  }
}

function swap(fresh) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const news = fresh.getElementById(part.id);
    if (!news) continue;
    keepOpen(part, news);
    if (news.innerHTML !== part.innerHTML && !part.contains(document.activeElement)) {
      part.replaceChildren(...news.childNodes);
    }
  }
}

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
    if (answer.ok) swap(new DOMParser().parseFromString(await answer.text(), "text/html"));
  } catch {
    // The sandbox is away for a moment; the next look finds it again.
  }
}

setInterval(look, EVERY_MS);
