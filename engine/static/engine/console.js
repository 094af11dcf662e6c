// What the console's pages do beside being read: countdowns, one submit per form, copying, opening the edit form.
// Everything works without it, a little less comfortably.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const started = performance.now();

  const pad = (number) => String(number).padStart(2, "0");

  function span(seconds, precise) {
    if (seconds >= 86400) return two(seconds, 86400, "d", 3600, "h");
    if (seconds >= 3600) return two(seconds, 3600, "h", 60, "min");
    if (precise || seconds < 600) return seconds >= 60 ? `${Math.floor(seconds / 60)}:${pad(seconds % 60)} min` : `${seconds} s`;
    return `${Math.floor(seconds / 60)} min`;
  }

  function two(seconds, large, largeName, small, smallName) {
    const whole = Math.floor(seconds / large);
    const rest = Math.floor((seconds % large) / small);
    return rest ? `${whole} ${largeName} ${rest} ${smallName}` : `${whole} ${largeName}`;
  }

  // Counted from the seconds the server gave, so that a wrong clock here does no harm.
  function tick() {
    const passed = (performance.now() - started) / 1000;
    for (const place of document.querySelectorAll("[data-seconds-left]")) {
      const left = Math.max(0, Math.round(Number(place.dataset.secondsLeft) - passed));
      place.textContent = left ? span(left, place.hasAttribute("data-precise")) : "now";
      place.classList.toggle("au-late", !place.hasAttribute("data-precise") && left < 7200);
    }
    for (const strip of document.querySelectorAll("[data-hold]")) {
      if (Number(strip.dataset.hold) - passed <= 0) strip.hidden = true;
    }
  }

  if (document.querySelector("[data-seconds-left]")) {
    tick();
    setInterval(tick, 1000);
  }

  // A second click on a button that has been pressed does nothing; the server would tell so anyway.
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-once]")) return;
    setTimeout(() => event.target.querySelectorAll("button[type=submit]").forEach((button) => { button.disabled = true; }), 0);
  });
  // Coming back by the browser's history, the buttons can be pressed again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-once] button[disabled]").forEach((button) => { button.disabled = false; });
  });

  document.addEventListener("click", (event) => {
    const copy = event.target.closest("[data-copy], [data-copy-text]");
    if (copy) {
      const text = copy.dataset.copyText || document.querySelector(copy.dataset.copy).textContent;
      navigator.clipboard?.writeText(text).then(() => { copy.textContent = "copied"; });
    }
    const opener = event.target.closest("[data-opens]");
    if (opener) {
      const details = document.querySelector(opener.dataset.opens);
      details.open = true;
      requestAnimationFrame(() => details.querySelector("input:not([type=hidden]), textarea, select")?.focus({ preventScroll: true }));
    }
    for (const menu of document.querySelectorAll("details.au-company[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") document.querySelectorAll("details.au-company[open]").forEach((menu) => { menu.open = false; });
  });

  // A part of the page that changes while one looks at it: often while something runs, now and then otherwise. Nothing is
  // replaced under the hands of somebody who is using it.
  for (const part of document.querySelectorAll("[data-live]")) {
    const often = Number(part.dataset.liveEvery);
    const refresh = async () => {
      if (!document.hidden && !part.contains(document.activeElement)) {
        const answer = await fetch(part.dataset.live, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
        if (answer?.ok && !answer.redirected && !part.contains(document.activeElement)) part.innerHTML = await answer.text();
      }
      setTimeout(refresh, part.querySelector("progress") ? often : 5 * often);
    };
    setTimeout(refresh, often);
  }

  // What a form would mean, while it is filled in: the answer to the last change counts, whichever comes first.
  for (const form of document.querySelectorAll("form[data-preview]")) {
    const here = form.querySelector("[data-preview-here]");
    let asked = 0;
    let later = 0;
    form.querySelectorAll("[data-without-script]").forEach((button) => { button.hidden = true; });
    const show = async () => {
      const mine = ++asked;
      const given = new FormData(form);
      given.delete("csrfmiddlewaretoken");
      const answer = await fetch(`${form.dataset.preview}?${new URLSearchParams(given)}`, { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
      if (answer?.ok && !answer.redirected && mine === asked) here.innerHTML = await answer.text();
    };
    form.addEventListener("input", () => {
      clearTimeout(later);
      later = setTimeout(show, 300);
    });
  }

  if (location.hash === "#edit") document.querySelector("#edit details")?.setAttribute("open", "");
});
