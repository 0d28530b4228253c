// The list of guests by keyboard: "/" to the box, arrows through the results, Enter opens, Escape clears.
// Without this file everything still works by tab and thumb.
const box = document.getElementById("q");
const rows = () => [...document.querySelectorAll("#rows a.item")];

function step(event, by) {
  const found = rows();
  const at = found.indexOf(document.activeElement);
  if (document.activeElement !== box && at < 0) return;
  event.preventDefault();
  const next = at + by;
  if (next < 0) box.focus();
  else found[Math.min(next, found.length - 1)]?.focus();
}

function clear() {
  box.focus();
  if (!box.value) return;
  box.value = "";
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

document.addEventListener("keydown", (event) => {
  // While a Chinese word is being composed, its keys are the keyboard's own.
  if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const inField = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !inField) {
    event.preventDefault();
    box.focus();
    box.select();
  } else if (event.key === "ArrowDown") step(event, 1);
  else if (event.key === "ArrowUp") step(event, -1);
  else if (event.key === "Escape" && (event.target === box || rows().includes(event.target))) {
    event.preventDefault();
    clear();
  }
});

// The panel of filters answers as one chooses; its last button only closes it.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-close-menu]")) document.getElementById("filters").open = false;
});
