// The place where a sheet is dropped: shows that it would be taken, and takes it. Choosing a file works without this.
"use strict";
(() => {
  const area = document.querySelector("[data-drop]");
  const field = area.querySelector("input");
  const over = (isOver) => (event) => {
    event.preventDefault();
    area.classList.toggle("is-over", isOver);
  };
  area.addEventListener("dragover", over(true));
  area.addEventListener("dragleave", over(false));
  area.addEventListener("drop", (event) => {
    over(false)(event);
    if (event.dataTransfer.files.length) field.files = event.dataTransfer.files;
  });
})();
