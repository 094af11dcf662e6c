// The review page beside being read: its keys, what happened to the action meanwhile, and what an edit changes so far.
// Without it everything can still be done by its buttons.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const page = document.querySelector("[data-review]");
  if (!page) return;
  const LOOK_EVERY_MS = 4000;
  const ORDER = "au-queue-order"; // the queue's ids in the order it showed them, where it left them

  const find = (selector) => page.querySelector(selector);
  const asked = { headers: { "X-Requested-With": "fetch" } };

  // --- what happened meanwhile -----------------------------------------------------------------------------------------
  let overtaken = false;

  async function look() {
    if (!document.hidden && !overtaken) {
      const answer = await fetch(`${page.dataset.now}?version=${page.dataset.version}`, asked).catch(() => null);
      if (answer?.ok && !answer.redirected) {
        const told = await answer.json().catch(() => null);
        if (told?.news) tell(told.news);
      }
    }
    if (!overtaken) setTimeout(look, LOOK_EVERY_MS);
  }

  function tell(news) {
    overtaken = true;
    find("[data-news-said]").textContent = `${news} What stands here is how it was before; look again, then decide.`;
    find("[data-news]").hidden = false;
    for (const form of page.querySelectorAll("form[method=post]")) {
      form.querySelectorAll("button[type=submit]").forEach((button) => { button.disabled = true; });
    }
  }

  setTimeout(look, LOOK_EVERY_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && !overtaken) look.soon ??= setTimeout(() => { look.soon = undefined; look(); }, 100); });

  // --- keys --------------------------------------------------------------------------------------------------------------
  const help = find("dialog.au-keys");
  const isEditing = () => Boolean(find("#edit details[open]"));

  function press(selector) {
    const button = find(selector);
    if (button && !button.disabled && button.offsetParent !== null) button.click();
  }

  function open(selector) {
    const details = find(selector);
    if (!details) return;
    details.open = true;
    details.scrollIntoView({ block: "nearest" });
    details.querySelector("input:not([type=hidden]), textarea, select")?.focus();
  }

  // Where the queue left its order, that is the order; else the server says what waits next.
  function step(by) {
    const order = remembered();
    const at = order.indexOf(page.dataset.id);
    if (at >= 0 && order[at + by]) location.assign(location.pathname.replace(page.dataset.id, order[at + by]));
    else find(`[data-step="${by}"]`)?.click();
  }

  function remembered() {
    try {
      const kept = JSON.parse(sessionStorage.getItem(ORDER) ?? "[]");
      return Array.isArray(kept) ? kept.filter((id) => /^[0-9a-f-]{36}$/.test(id)) : [];
    } catch {
      return [];
    }
  }

  // One thing at a time: out of the field, then the form shut, then back.
  function leave() {
    const held = document.activeElement;
    if (held instanceof HTMLElement && held.matches("main input, main textarea, main select")) return held.blur();
    const shown = [...page.querySelectorAll("details[open]")].at(-1);
    if (shown) {
      shown.open = false;
      return shown.querySelector("summary")?.focus();
    }
    return location.assign(page.dataset.queue);
  }

  const KEYS = {
    a: () => { if (!isEditing()) press(".au-approve-form button[type=submit]"); },
    r: () => open("#reject"),
    e: () => open("#edit > details"),
    q: () => open("#ask"),
    s: () => open("#snooze"),
    u: () => press(".au-undo button[type=submit]"),
    j: () => step(1),
    k: () => step(-1),
    "?": () => help?.showModal(),
    Escape: leave,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return;
    if (document.querySelector("dialog[open]")) return;
    if (!isOurs(event.target, event.key) || !Object.hasOwn(KEYS, event.key)) return;
    event.preventDefault();
    KEYS[event.key]();
  });

  // Not while somebody writes, nor in unfold's menus and search; Escape alone leaves a field.
  function isOurs(target, key) {
    if (target.closest("[role=dialog], [x-data] [role=menu], details.au-company")) return false;
    const writes = target.isContentEditable || target.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=hidden])");
    return !writes || (key === "Escape" && page.contains(target));
  }

  find("[data-keys-help]")?.addEventListener("click", () => help.showModal());

  // --- what an edit changes so far ------------------------------------------------------------------------------------------
  const form = find("form[data-edited]");
  if (form) {
    const here = form.querySelector("[data-edited-here]");
    let later = 0;
    let turn = 0;
    const show = async () => {
      const mine = ++turn;
      const answer = await fetch(form.dataset.edited, { method: "POST", body: new FormData(form), ...asked }).catch(() => null);
      if (answer?.ok && !answer.redirected && mine === turn) here.innerHTML = await answer.text();
    };
    form.addEventListener("input", () => {
      clearTimeout(later);
      later = setTimeout(show, 400);
    });
  }
});
