// A form whose room is chosen on it: only the guests of that room are shown, and sent. Without this file all are shown
// under their room, and the server leaves the others aside.
"use strict";
(() => {
  function show() {
    const chosen = document.querySelector("[name=party]:checked")?.value;
    for (const group of document.querySelectorAll("fieldset[data-party]")) {
      group.hidden = group.disabled = group.dataset.party !== chosen;
    }
  }

  // Opened for a room that the network had not: the address still says which.
  const named = location.pathname.match(/\/visits\/parties\/(\d+)\//)?.[1] ||
    new URLSearchParams(location.search).get("party")?.replace(/\D/g, "");
  const radio = named && document.querySelector(`[name=party][value="${named}"]`);
  if (radio) radio.checked = true;
  document.addEventListener("change", ({ target }) => target.name === "party" && show());
  document.addEventListener("desk:kept", show);
  show();
})();
