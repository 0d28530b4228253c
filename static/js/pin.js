// The PIN pad: dots and large keys over a plain password field, which is all there is without this file. A keyboard
// types into the field as ever; the sixth digit sends it. Works in the page and in the dialog of shell.js alike.
"use strict";
(() => {
  const LENGTH = 6;

  function prepare(root) {
    for (const pad of root.querySelectorAll("[data-pad]:not(.is-live)")) {
      const field = pad.elements.pin;
      pad.classList.add("is-live");
      field.inputMode = "none"; // the keys below take the place of the tablet's own
      field.maxLength = LENGTH;
      field.value = "";
      field.focus();
    }
  }

  function show(pad) {
    pad.querySelectorAll(".pad-dots i").forEach((dot, n) =>
      dot.classList.toggle("is-set", n < pad.elements.pin.value.length)
    );
  }

  function typed(pad) {
    const field = pad.elements.pin;
    const digits = field.value.normalize("NFKC").replace(/\D/g, "").slice(0, LENGTH);
    if (field.value !== digits) field.value = digits;
    show(pad);
    if (digits.length === LENGTH && pad.getAttribute("aria-busy") !== "true") pad.requestSubmit();
  }

  document.addEventListener("pointerdown", (event) => {
    if (event.target.closest(".pad-key")) event.preventDefault(); // the field keeps the focus
  });
  document.addEventListener("click", (event) => {
    const key = event.target.closest(".pad-key")?.dataset.key;
    if (!key) return;
    const pad = event.target.closest("[data-pad]");
    const field = pad.elements.pin;
    if (pad.getAttribute("aria-busy") === "true") return;
    if (key === "clear") field.value = "";
    else if (key === "back") field.value = field.value.slice(0, -1);
    else if (field.value.length < LENGTH) field.value += key;
    typed(pad);
  });
  document.addEventListener("input", (event) => {
    const pad = event.target.closest("[data-pad].is-live");
    if (pad) typed(pad);
  });
  document.addEventListener("desk:door", () => prepare(document));
  window.addEventListener("pageshow", () => {
    prepare(document);
    document.querySelectorAll("[data-pad]").forEach((pad) => {
      pad.elements.pin.value = "";
      show(pad);
    });
  });
  prepare(document);
})();
