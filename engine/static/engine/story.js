// Why was this sent?: printing it, with everything that is folded on the screen laid open on paper.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const folded = () => document.querySelectorAll(".au-story details:not([open])");
  let opened = [];

  window.addEventListener("beforeprint", () => {
    opened = [...folded()];
    opened.forEach((fold) => { fold.open = true; });
  });
  window.addEventListener("afterprint", () => {
    opened.forEach((fold) => { fold.open = false; });
    opened = [];
  });

  document.querySelector(".au-story [data-print]")?.addEventListener("click", () => window.print());
});
