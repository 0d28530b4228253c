// The night's sheet: ticking all that wait, how many are ticked, the stamp after an export, and printing.
// Without this file everything still works: "accept all" needs no ticks, and the stamp shows on the next page.
"use strict";
(() => {
  const boxes = (scope = "") => [...document.querySelectorAll(`.decide input[name=pick]${scope}`)];

  function count() {
    const line = document.getElementById("ticked");
    const all = document.querySelector("[data-pick-waiting]");
    if (!line || !all) return;
    const ticked = boxes(":checked").length;
    const waiting = boxes("[data-waits]");
    const chosen = waiting.filter((box) => box.checked).length;
    line.textContent = ticked ? line.dataset.words.replace("%n", ticked) : "";
    all.checked = chosen > 0 && chosen === waiting.length;
    all.indeterminate = chosen > 0 && chosen < waiting.length;
  }

  document.addEventListener("change", ({ target }) => {
    if (target.matches("[data-pick-waiting]")) {
      for (const box of boxes("[data-waits]")) box.checked = target.checked;
    }
    if (target.matches(".decide .pick input")) count();
  });

  document.addEventListener("click", ({ target }) => {
    // The file is on its way when the stamp is asked for again: it was written before the first byte.
    if (target.closest("[data-export]")) {
      setTimeout(() => document.body.dispatchEvent(new Event("desk:exported")), 1500);
    }
    if (target.closest("[data-print]")) window.print();
  });

  document.addEventListener("keydown", ({ key }) => {
    const panel = key === "Escape" && document.querySelector(".send-back[open]");
    if (panel) {
      panel.open = false;
      panel.querySelector("summary").focus();
    }
  });

  document.addEventListener("htmx:afterSettle", () => {
    if (boxes(":checked").length) count();
  });
  for (const button of document.querySelectorAll("[data-print]")) button.hidden = false;
})();
