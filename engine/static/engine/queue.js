// The approval queue by keys: move, read the draft, decide, put off, undo, choose many; and what changes meanwhile, without
// moving anything. Without this script every one of these is a link or a form.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const desk = document.querySelector(".au-queue[data-queue]");
  if (!desk) return;
  const started = performance.now();
  const byId = (id) => document.getElementById(id);
  const list = byId("queue-list");
  const pane = byId("queue-pane");
  const undos = byId("queue-undo");
  const bulk = byId("bulk");
  const wide = matchMedia("(min-width: 1280px)");
  const drafts = new Map(); // what was fetched, by id and version
  const removed = new Map(); // rows that left with a decision, by id, for an undo to bring back
  const justDecided = new Map(); // the lines that tell what becomes of them
  const POLL_MS = 5000;
  const MOST_ASKED = 150;
  const MOST_TOLD = 5;
  const SILENCE_MS = 6000;
  let here = null;

  const items = () => (list ? [...list.children] : []);
  const idOf = (item) => item.dataset.id;
  const gone = (item) => item.classList.contains("au-gone");
  const addressOf = (item, verb) => `${desk.dataset.actions}${idOf(item)}/${verb}/`;
  const aboutOf = (item) => `${item.dataset.title} ${item.querySelector(".au-item-for").textContent.trim()}`;

  // --- saying things -----------------------------------------------------------------------------------------------
  let silence = 0;
  function say(text, { isBad = false, softly = false } = {}) {
    const place = byId("queue-said");
    place.hidden = false;
    place.textContent = text;
    place.classList.toggle("au-toast-bad", isBad);
    place.classList.toggle("au-toast-softly", softly); // to be heard only: it stands on the screen elsewhere
    clearTimeout(silence);
    silence = setTimeout(() => { place.hidden = true; }, isBad ? 2 * SILENCE_MS : SILENCE_MS);
  }

  // A part that came later: its countdowns begin when it comes, those of the page when the page did.
  function adopt(part) {
    const late = (performance.now() - started) / 1000;
    for (const place of part.querySelectorAll("[data-seconds-left]")) place.dataset.secondsLeft = Number(place.dataset.secondsLeft) + late;
    const strips = [...part.querySelectorAll("[data-hold]")];
    if (part.matches?.("[data-hold]")) strips.push(part);
    for (const strip of strips) strip.dataset.hold = Number(strip.dataset.hold) + late;
    return part;
  }

  // --- moving --------------------------------------------------------------------------------------------------------
  let later = 0;
  function choose(item, { focus = true } = {}) {
    for (const other of items()) {
      const chosen = other === item;
      other.classList.toggle("au-here", chosen);
      chosen ? other.setAttribute("aria-current", "true") : other.removeAttribute("aria-current");
      for (const stop of other.querySelectorAll("a, input")) stop.tabIndex = chosen ? 0 : -1;
    }
    here = item;
    if (!item) return;
    sessionStorage.setItem("queue-here", JSON.stringify({ id: idOf(item), place: items().indexOf(item) }));
    if (focus) {
      item.querySelector(".au-item-open").focus({ preventScroll: true });
      item.scrollIntoView({ block: "nearest" });
    }
    clearTimeout(later);
    if (wide.matches) later = setTimeout(() => show(item), focus ? 90 : 0);
  }

  function move(by) {
    const all = items();
    const next = all[Math.min(Math.max(all.indexOf(here) + by, 0), all.length - 1)];
    if (next) choose(next);
  }

  function begin() {
    const unsaid = sessionStorage.getItem("queue-said");
    sessionStorage.removeItem("queue-said");
    if (unsaid) say(unsaid);
    const kept = JSON.parse(sessionStorage.getItem("queue-here") || "null");
    const all = items();
    const again = kept && (all.find((item) => idOf(item) === kept.id) || (document.referrer.includes("/engine/action/") && all[kept.place]));
    choose(again || all[0] || null, { focus: Boolean(again) && location.hash === "" && again !== all[0] });
  }

  // --- the draft -----------------------------------------------------------------------------------------------------
  const placeOf = (item) => (wide.matches ? pane : item.querySelector(".au-item-draft"));
  const shown = (item) => placeOf(item).querySelector(`.au-draft[data-shows="${idOf(item)}"]`);

  async function show(item, { anew = false } = {}) {
    const key = `${idOf(item)} ${item.dataset.version}`;
    if (anew) drafts.delete(key);
    const place = placeOf(item);
    place.setAttribute("aria-busy", "true");
    if (!drafts.has(key)) {
      const answer = await fetch(addressOf(item, "preview"), { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
      if (answer?.redirected) return location.reload();
      if (answer?.ok) drafts.set(key, { html: await answer.text(), at: performance.now() });
    }
    place.removeAttribute("aria-busy");
    if (item !== here && wide.matches) return undefined; // somebody moved on meanwhile
    const draft = drafts.get(key);
    if (!draft) return say("The draft could not be fetched; try again, or open its page.", { isBad: true });
    place.innerHTML = draft.html;
    const late = (draft.at - started) / 1000;
    for (const left of place.querySelectorAll("[data-seconds-left]")) left.dataset.secondsLeft = Number(left.dataset.secondsLeft) + late;
    place.hidden = false;
    place.scrollTop = 0;
    const name = item.querySelector(".au-item-verbs [data-verb=approve] .au-verb-name");
    if (name && !wide.matches) name.textContent = "Approve this";
    return undefined;
  }

  // --- deciding --------------------------------------------------------------------------------------------------------
  async function send(address, fields) {
    const body = fields instanceof FormData ? fields : new FormData();
    if (!body.has("csrfmiddlewaretoken")) body.set("csrfmiddlewaretoken", desk.querySelector("[name=csrfmiddlewaretoken]").value);
    const answer = await fetch(address, { method: "POST", body, headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    if (!answer) return { code: 0, message: "There is no connection; nothing was decided." };
    if (answer.redirected) return location.reload() || { code: 0, message: "Log in again." };
    const told = await answer.json().catch(() => ({ message: `That did not work (${answer.status}); open its page.` }));
    return { code: answer.status, ...told };
  }

  async function decide(item, address, fields) {
    if (item.dataset.busy || gone(item)) return null;
    item.dataset.busy = "yes";
    const told = await send(address, fields);
    delete item.dataset.busy;
    if (told.version) item.dataset.version = told.version;
    if (told.code === 200) taken(item, told);
    else if (told.code === 409) missed(item, told);
    else if (told.code !== 400) say(told.message, { isBad: true });
    return told;
  }

  function taken(item, told) {
    if (told.undo) offerUndo(told.undo);
    say(told.message, { softly: Boolean(told.undo) });
    if (!told.leaves) return markState(item, told.message);
    tellLater(item, told);
    return leave(item);
  }

  function missed(item, told) {
    say(told.message, { isBad: true });
    if (told.leaves) return grey(item, told.message);
    markState(item, told.message);
    return show(item, { anew: true });
  }

  function approve(item) {
    const form = shown(item)?.querySelector("form[data-verb=approve]");
    if (form) return decide(item, form.action, new FormData(form)).then((told) => { if (told?.code === 400) say(told.message, { isBad: true }); });
    if (shown(item)) return say(shown(item).querySelector(".au-note, .au-banner")?.textContent.trim() || "It can not be approved here.", { isBad: true });
    return show(item).then(() => { if (shown(item)?.querySelector("form[data-verb=approve]")) say("Here is what it would do. Approve once more to let it."); });
  }

  function leave(item) {
    const all = items();
    const place = all.indexOf(item);
    const next = all[place + 1] || all[place - 1] || null;
    removed.set(idOf(item), { item, before: all[place + 1] || null });
    const held = item.contains(document.activeElement) || document.activeElement === document.body || pane?.contains(document.activeElement);
    item.querySelector(".au-pick input")?.checked && toggle(item, false);
    item.remove();
    if (here === item) choose(next, { focus: held });
    afterwards();
  }

  function afterwards() {
    byId("queue-over").hidden = items().length > 0;
    if (!items().length) {
      pane.innerHTML = "";
      byId("queue-over").querySelector("a").focus();
    }
    count();
  }

  function markState(item, text) {
    const state = item.querySelector(".au-item-state");
    state.textContent = text;
    state.hidden = !text;
  }

  function grey(item, text) {
    item.classList.add("au-gone");
    const tick = item.querySelector(".au-pick input");
    if (tick) { tick.checked = false; tick.disabled = true; count(); }
    markState(item, text);
  }

  // --- undoing ---------------------------------------------------------------------------------------------------------
  function offerUndo(html) {
    const made = document.createElement("div");
    made.innerHTML = html;
    for (const strip of [...adopt(made).children].reverse()) undos.prepend(strip);
  }

  const openStrips = () => [...undos.querySelectorAll(".au-undo:not([hidden])")];

  async function undo(strip) {
    const form = strip.querySelector("form");
    if (!form.dataset.undo) return form.submit();
    if (strip.dataset.busy) return undefined;
    strip.dataset.busy = "yes";
    const told = await send(form.action, new FormData(form));
    strip.remove();
    say(told.message, { isBad: told.code !== 200 });
    if (told.code === 200) bringBack(form.dataset.undo, told);
    return undefined;
  }

  function bringBack(id, told) {
    const kept = removed.get(id);
    justDecided.get(id)?.remove();
    justDecided.delete(id);
    if (!kept) return comeAgain(id, told.message); // it left with an earlier page
    removed.delete(id);
    kept.item.dataset.version = told.version;
    kept.before?.isConnected ? kept.before.before(kept.item) : place(kept.item);
    byId("queue-over").hidden = true;
    markState(kept.item, "");
    return choose(kept.item);
  }

  function comeAgain(id, message) {
    sessionStorage.setItem("queue-here", JSON.stringify({ id, place: 0 }));
    sessionStorage.setItem("queue-said", message);
    location.assign(desk.dataset.query ? `${desk.dataset.address}?${desk.dataset.query}` : desk.dataset.address);
  }

  function place(item) {
    const after = items().find((other) => Number(other.dataset.score) < Number(item.dataset.score));
    after ? after.before(item) : list.append(item);
  }

  // What becomes of the last decisions: a line each, which the next looks at the server fill in.
  function tellLater(item, told) {
    const section = byId("queue-just");
    const line = document.createElement("li");
    const link = document.createElement("a");
    link.href = item.querySelector(".au-item-open").href;
    link.textContent = aboutOf(item).replace(/\s+/g, " ");
    const state = document.createElement("strong");
    state.textContent = told.message.split(":")[0];
    line.append(link, state);
    section.hidden = false;
    section.querySelector("ol").prepend(line);
    justDecided.set(idOf(item), line);
    for (const id of [...justDecided.keys()].slice(0, -MOST_TOLD)) { justDecided.get(id).remove(); justDecided.delete(id); }
  }

  // --- dialogs ---------------------------------------------------------------------------------------------------------
  let asking = null;
  function ask(name, item) {
    const dialog = byId(`queue-${name}`);
    if (!dialog || (item && gone(item))) return;
    asking = item;
    const form = dialog.querySelector("form");
    form?.reset();
    const about = dialog.querySelector("[data-about]");
    if (about) about.textContent = aboutOf(item);
    const errors = dialog.querySelector(".au-errors");
    if (errors) errors.hidden = true;
    if (form) form.action = addressOf(item, name);
    dialog.showModal();
    (dialog.querySelector("input[type=radio], textarea") || dialog.querySelector("button"))?.focus();
  }

  for (const dialog of desk.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => { if (event.target === dialog || event.target.closest("[data-closes]")) dialog.close(); });
    dialog.addEventListener("close", () => { if (here?.isConnected) here.querySelector(".au-item-open").focus({ preventScroll: true }); });
    dialog.querySelector("form")?.addEventListener("submit", async (event) => {
      event.preventDefault();
      const fields = new FormData(event.target);
      if (event.submitter?.name) fields.set(event.submitter.name, event.submitter.value);
      const told = await decide(asking, event.target.action, fields);
      const errors = dialog.querySelector(".au-errors");
      errors.hidden = told?.code !== 400;
      errors.textContent = told?.code === 400 ? told.message : "";
      if (told && told.code !== 400) dialog.close();
    });
  }

  // --- choosing many -------------------------------------------------------------------------------------------------
  const ticks = () => items().map((item) => item.querySelector(".au-pick input")).filter((tick) => tick && !tick.disabled);
  const chosen = () => ticks().filter((tick) => tick.checked);

  function toggle(item, on) {
    const tick = item.querySelector(".au-pick input");
    if (!tick || tick.disabled) return;
    tick.checked = on ?? !tick.checked;
    count();
  }

  function count() {
    if (!bulk) return;
    const number = chosen().length;
    bulk.querySelector(".au-choose-verbs").hidden = !number;
    byId("queue-chosen").textContent = number ? `${number} chosen` : "";
    byId("queue-all").checked = number > 0 && number === ticks().length;
    byId("queue-all").indeterminate = number > 0 && number < ticks().length;
  }

  if (bulk) {
    for (const part of bulk.querySelectorAll("[hidden]")) part.hidden = false;
    byId("queue-all").addEventListener("change", (event) => {
      for (const tick of ticks()) tick.checked = event.target.checked;
      count();
    });
    list?.addEventListener("change", count);
    bulk.querySelector("[data-opens-dialog]").addEventListener("click", () => ask("help", null));
    count();
  }

  // --- clicks ----------------------------------------------------------------------------------------------------------
  desk.addEventListener("submit", (event) => {
    const strip = event.target.closest("#queue-undo .au-undo");
    if (strip && event.target.dataset.undo) { event.preventDefault(); undo(strip); }
    if (event.target.matches("form[data-verb=approve]")) { event.preventDefault(); approve(itemAt(event.target)); }
  });
  const itemAt = (part) => part.closest(".au-item") || here;

  desk.addEventListener("click", (event) => {
    const verb = event.target.closest("[data-verb]:not(form)");
    if (verb) {
      event.preventDefault();
      const item = itemAt(verb);
      if (item !== here) choose(item, { focus: false });
      return verb.dataset.verb === "approve" ? approve(item) : ask(verb.dataset.verb, item);
    }
    const item = event.target.closest(".au-item");
    const meant = event.target.closest("a, button, input, label, summary, .au-item-draft") || String(getSelection());
    if (item && !meant) choose(item);
    return undefined;
  });

  // The filters close by Escape and by a click elsewhere, as menus do.
  const filters = desk.querySelector(".au-filters");
  document.addEventListener("click", (event) => { if (filters?.open && !filters.contains(event.target)) filters.open = false; });
  filters?.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    filters.open = false;
    filters.querySelector("summary").focus();
  });

  // --- keys ------------------------------------------------------------------------------------------------------------
  const KEYS = {
    j: () => move(1),
    k: () => move(-1),
    a: () => approve(here),
    r: () => ask("reject", here),
    s: () => ask("snooze", here),
    e: () => { location.href = `${here.querySelector(".au-item-open").href}#edit`; },
    x: () => toggle(here),
    Enter: () => { location.href = here.querySelector(".au-item-open").href; },
  };
  const TYPING = "input:not([type=checkbox]), textarea, select, [contenteditable=true]";

  document.addEventListener("keydown", (event) => {
    const busy = event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && !"jk".includes(event.key);
    if (busy || event.target.closest?.(TYPING) || document.querySelector("dialog[open]")) return;
    if (event.key === "?") { event.preventDefault(); ask("help", null); return; }
    if (event.key === "u") {
      const strip = openStrips()[0];
      strip ? undo(strip) : say("There is nothing to undo.");
      return;
    }
    const arrow = { ArrowDown: "j", ArrowUp: "k" }[event.key];
    const key = arrow && list?.contains(event.target) ? arrow : event.key;
    if (key === "Enter" && event.target.closest("a, button, summary, input")) return;
    if (!KEYS[key] || !here) return;
    event.preventDefault();
    KEYS[key]();
  });

  // --- what changes meanwhile ----------------------------------------------------------------------------------------
  const news = byId("queue-news");
  async function look() {
    const ids = [...items().map(idOf), ...justDecided.keys()].slice(0, MOST_ASKED).map((id) => id.replaceAll("-", ""));
    const query = new URLSearchParams(desk.dataset.query);
    query.set("as_of", desk.dataset.asOf);
    const answer = await fetch(`${desk.dataset.liveAddress}?${query}`, { headers: { "X-Requested-With": "fetch", "X-Shown": ids.join(",") } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const told = await answer.json();
    const waiting = byId("queue-count");
    if (waiting) waiting.textContent = told.waiting;
    news.hidden = !told.new;
    const text = `${told.new} new, show`;
    if (news.textContent !== text) news.textContent = text;
    for (const item of items()) if (told.rows[idOf(item)]) changed(item, told.rows[idOf(item)]);
    for (const [id, line] of justDecided) if (told.rows[id]?.told) line.querySelector("strong").textContent = told.rows[id].told;
  }

  function changed(item, row) {
    if (item.dataset.busy) return;
    if (!row.waits) return grey(item, row.told);
    if (gone(item)) { // it came back: somebody took their decision back
      item.classList.remove("au-gone");
      const tick = item.querySelector(".au-pick input");
      if (tick) tick.disabled = false;
      markState(item, "");
    } else if (String(row.version) !== item.dataset.version) markState(item, "Changed since this page was opened; its draft is fetched anew.");
    if (String(row.version) !== item.dataset.version) item.dataset.version = row.version;
    return undefined;
  }

  async function bringIn() {
    if (!list) return location.reload();
    const query = new URLSearchParams(desk.dataset.query);
    query.set("since", desk.dataset.asOf);
    const answer = await fetch(`${desk.dataset.address}?${query}`).catch(() => null);
    if (!answer?.ok || answer.redirected) return location.reload();
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const known = new Set(items().map(idOf));
    const fresh = [...page.querySelectorAll("#queue-list > .au-item")].filter((item) => !known.has(item.dataset.id)).map((item) => document.importNode(item, true));
    for (const old of items()) if (gone(old) && old !== here) old.remove();
    for (const item of fresh) { item.classList.add("au-fresh"); removed.delete(idOf(item)); place(adopt(item)); }
    desk.dataset.asOf = page.querySelector(".au-queue[data-queue]").dataset.asOf;
    news.hidden = true;
    byId("queue-over").hidden = items().length > 0;
    choose(here?.isConnected ? here : items()[0] || null, { focus: false });
    say(fresh.length ? `${fresh.length} brought in.` : "Nothing else came.");
    count();
    return undefined;
  }

  news.addEventListener("click", (event) => {
    if (!list) return;
    event.preventDefault();
    bringIn();
  });

  async function watch() {
    if (!document.hidden) await look();
    setTimeout(watch, POLL_MS);
  }
  setTimeout(watch, POLL_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); });
  wide.addEventListener("change", () => { if (here && wide.matches) show(here); });

  if (location.hash.startsWith("#action-")) history.replaceState(null, "", location.pathname + location.search);
  begin();
});
