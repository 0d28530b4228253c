// Pages that other apps have cards on: those that did not load say so in their place and offer to try again. What is
// not for this person leaves. Without this file a card that is lost keeps saying that it loads.
"use strict";
(() => {
  const { body } = document; // a form may bring the whole content anew

  body.addEventListener("htmx:beforeRequest", ({ target }) => target.classList.remove("is-lost"));
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    body.addEventListener(name, (event) => {
      const { target, detail } = event;
      if (!target.matches("[data-frame]")) return;
      const status = detail.xhr?.status;
      if (status === 403 || status === 404) target.remove();
      else target.classList.add("is-lost");
      // The shell would tell it a second time; but it alone signs in again.
      if (status !== 401) event.stopPropagation();
    });
  }
})();
