// What the frame around the pages lacks for who has no mouse: things to click on that the keyboard does not reach, a sheet
// of filters that opens behind one's back, and tables that scroll. Nothing here changes what a page does.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const REACHED = "a[href], button, input, select, textarea, summary, [tabindex]";
  const NAMES = { dock_to_right: "Show or hide the menu", close: "Close", visibility: "Show the password", visibility_off: "Hide the password" };

  // unfold listens for clicks on elements that are no buttons; its attribute stays on them.
  for (const place of document.querySelectorAll("[x-on\\:click]")) {
    if (place.matches(REACHED) || place.querySelector(REACHED)) continue;
    place.setAttribute("role", "button");
    place.tabIndex = 0;
    const name = place.id === "changelist-filter-close" ? "Close the filters" : NAMES[place.textContent.trim()];
    if (name) place.setAttribute("aria-label", name);
    place.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault();
      place.click();
    });
  }

  // Whoever opens the filters is led into them, and back when they are closed.
  const filters = document.querySelector("#changelist-filter");
  const opener = document.querySelector("[x-on\\:click='filterOpen = true']");
  if (filters && opener) {
    opener.addEventListener("click", () => setTimeout(() => filters.querySelector("a[href], input, select, button")?.focus(), 60));
    addEventListener("keydown", (event) => {
      if (event.key === "Escape" && filters.contains(document.activeElement)) opener.focus();
    });
  }

  // What scrolls sideways can be scrolled by the arrow keys, as long as it does scroll.
  const regions = document.querySelectorAll(".au-scroll");
  const reach = () => {
    for (const region of regions) {
      const scrolls = region.scrollWidth > region.clientWidth;
      region.toggleAttribute("tabindex", false);
      if (!scrolls) continue;
      region.tabIndex = 0;
      region.setAttribute("role", "region");
      region.setAttribute("aria-label", "Table, scrolls sideways");
    }
  };
  if (regions.length) {
    reach();
    addEventListener("resize", reach);
  }
});
