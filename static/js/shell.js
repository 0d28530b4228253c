/* The shell on every screen: toasts, signing in again over the page, double submits, dialogs and menus.
   Nothing typed is ever lost here: a failed request leaves the page as it is and says so. */
(() => {
  const area = document.getElementById("toasts");
  const words = area.dataset;
  const signin = document.getElementById("signin");

  // --- toasts ---------------------------------------------------------------------------------------------------

  const icon = (name, size = "") =>
    `<svg class="icon ${size}" aria-hidden="true"><use href="${words.icons}#${name}"/></svg>`;

  // `key`: takes the place of the one before it; `action`: a button, its text and what it does.
  function toast(text, level = "success", { key = "", action = null } = {}) {
    // One failure at a time, the newest; and "save again" never stands beside "kept on this tablet".
    if (level === "error") untell("kept");
    if (level !== "warning") forget();
    if (key) untell(key);
    const flash = document.createElement("div");
    flash.className = `flash flash-${level}`;
    flash.innerHTML = `${icon(level === "success" ? "tick" : "warn")}<p></p><button type="button" class="flash-close">${
      icon("cross", "icon-s")
    }</button>`;
    flash.querySelector("p").textContent = text;
    flash.querySelector("button").setAttribute("aria-label", words.close);
    if (level === "error") flash.dataset.failure = "";
    if (key) flash.dataset.key = key;
    if (action) flash.querySelector("p").after(button(action, flash));
    area.append(flash);
    if (level === "error") area.scrollIntoView({ block: "nearest" }); // on a form it stands above the fields
  }

  function button({ text, act }, flash) {
    const made = document.createElement("button");
    [made.type, made.className, made.textContent] = ["button", "btn", text];
    made.addEventListener("click", () => {
      flash.remove();
      act();
    });
    return made;
  }

  const forget = () => area.querySelectorAll("[data-failure]").forEach((flash) => flash.remove());
  const untell = (key) => area.querySelectorAll(`[data-key="${key}"]`).forEach((flash) => flash.remove());

  area.addEventListener("animationend", (event) => event.animationName === "flash-out" && event.target.remove());

  // --- an answer that is not the desk's: a sign-in page of the Wi-Fi, the error of a gateway ----------------------

  // Every answer of the desk says whose session it is.
  const isOwn = (answer) =>
    (answer.headers ? answer.headers.get("Desk-Whose") : answer.getResponseHeader("Desk-Whose")) !== null;
  const BETWEEN = "desk-between", QUIET = 10 * 60_000;
  const lastTold = () => Number(sessionStorage.getItem(BETWEEN));

  // Once, however often something is tried; again after the desk has answered for a while.
  function tellBetween() {
    if (lastTold()) return;
    sessionStorage.setItem(BETWEEN, String(Date.now()));
    toast(words.between, "warning", { key: "between" });
  }

  function heardDesk() {
    if (lastTold() && Math.abs(Date.now() - lastTold()) > QUIET) sessionStorage.removeItem(BETWEEN);
  }

  const isPressed = (element) => element.matches("form, button, a, input, select");

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { elt, xhr } = event.detail;
    if (isOwn(xhr)) return heardDesk();
    event.preventDefault(); // nothing of it is shown, and nothing it asks for is done
    if (isPressed(elt)) toast(words.between, "error", { key: "between" });
    else tellBetween();
  });

  // --- a request that failed ------------------------------------------------------------------------------------

  const KNOWN = { 403: words.refused, 404: words.missing, 409: words.conflict, 410: words.missing };

  function said(xhr) {
    const isPlain = (xhr.getResponseHeader("Content-Type") || "").startsWith("text/plain");
    const text = isPlain ? xhr.responseText.trim() : "";
    return text.length > 0 && text.length <= 200 ? text : "";
  }

  document.addEventListener("htmx:responseError", ({ detail: { xhr } }) => {
    // A stale token means that somebody signed in elsewhere meanwhile: the login page then answers with the new one.
    if (xhr.status === 401 || (xhr.status === 403 && xhr.responseText.includes("data-csrf-failure"))) signInAgain();
    else toast(said(xhr) || KNOWN[xhr.status] || words.failed, "error");
  });
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    // What a page asks by itself fails in silence: that there is no network is said above.
    document.addEventListener(
      name,
      ({ detail: { elt } }) => isPressed(elt) && toast(words.offline, "error"),
    );
  }

  // The answer 422 holds the form again: go to the first field that is wrong.
  document.addEventListener("htmx:afterSettle", ({ detail: { xhr, elt } }) => {
    if (xhr.status === 422) setTimeout(() => elt.querySelector("[name=sure]:not(:checked), .is-invalid")?.focus());
  });

  // --- signing in again, over the page --------------------------------------------------------------------------

  class NotOwn extends Error {}

  async function fetchPage(url, options) {
    const answer = await fetch(url, { credentials: "same-origin", ...options });
    if (!isOwn(answer)) throw new NotOwn();
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  }

  let isAsking = false; // several requests may fail at once; the form must not change under the fingers

  async function signInAgain() {
    if (isAsking || signin.open || document.getElementById("other").open) return;
    isAsking = true;
    try {
      await step(signin.dataset.url);
    } finally {
      isAsking = false;
    }
  }

  // Every door marks what belongs into the dialog: the pad of whoever was here, the tiles, the password form.
  function show(page) {
    const door = page.querySelector("[data-door]");
    if (!door && page.body.dataset.user) return signedIn(page);
    const box = document.getElementById("signin-form");
    box.replaceChildren(document.adoptNode(door || page.querySelector("main")));
    if (!signin.open) signin.showModal();
    box.querySelector("input:not([type=hidden])")?.focus();
    document.dispatchEvent(new CustomEvent("desk:door"));
  }

  async function step(url, options) {
    try {
      show(await fetchPage(url, options));
    } catch (error) {
      if (!(error instanceof TypeError) && !(error instanceof NotOwn)) throw error;
      toast(error instanceof NotOwn ? words.between : words.offline, "error");
    }
  }

  // Said with its button, by the queue or where somebody closes the dialog; the list of what waits says so by itself.
  function sayExpired() {
    if (document.getElementById("signed-out")) return;
    toast(words.expired, "warning", { key: "expired", action: { text: words.signIn, act: signInAgain } });
  }
  signin?.addEventListener("cancel", sayExpired);

  signin?.addEventListener("submit", async (event) => {
    const form = event.target;
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    busy(form, event.submitter, true);
    await step(form.action, { method: "POST", body: new FormData(form) });
    busy(form, event.submitter, false);
  });
  signin?.addEventListener("click", (event) => {
    const link = event.target.closest("[data-door-link]");
    if (!link) return;
    event.preventDefault();
    step(link.href);
  });

  function signedIn(page) {
    if (signin.open) signin.close();
    untell("expired");
    if (page.body.dataset.user === document.body.dataset.user) {
      takeOver(page);
      toast(words.again);
    } else askOther(page);
  }

  // The page goes on under the session there is now: its token, and who is shown to be here.
  function takeOver(page) {
    const token = JSON.parse(page.body.getAttribute("hx-headers"))["X-CSRFToken"];
    document.body.setAttribute("hx-headers", page.body.getAttribute("hx-headers"));
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token;
    const [here, now] = [document, page].map((one) => one.querySelector("[data-who-menu]"));
    if (here && now) here.replaceWith(document.adoptNode(now));
    for (const name of document.querySelectorAll("[data-who]")) name.textContent = page.body.dataset.name;
    const isOther = document.body.dataset.user !== page.body.dataset.user;
    for (const key of ["user", "name"]) document.body.dataset[key] = page.body.dataset[key];
    document.dispatchEvent(new CustomEvent("desk:signedin", { detail: { isOther } }));
    signin.dataset.url = page.getElementById("signin").dataset.url;
  }

  // Somebody else than who typed: the page keeps the old token, which the server refuses, until that has been seen.
  function askOther(page) {
    const other = document.getElementById("other");
    for (const part of other.querySelectorAll("[data-words]")) {
      part.textContent = part.dataset.words.replace("{was}", document.body.dataset.name).replace(
        "{now}",
        page.body.dataset.name,
      );
    }
    other.returnValue = "";
    other.onclose = () => {
      if (other.returnValue === "stay") takeOver(page);
      else if (other.returnValue === "back") handBack(page);
    };
    if (!other.open) other.showModal();
  }

  // Out again, and the door of whoever typed.
  async function handBack(page) {
    const headers = JSON.parse(page.body.getAttribute("hx-headers"));
    await step(document.getElementById("other").dataset.logout, { method: "POST", headers });
    if (signin.open) await step(signin.dataset.url);
  }

  // --- leaving with something typed -----------------------------------------------------------------------------

  const isTyped = () =>
    [...document.querySelectorAll("main form:not([role=search]) :is(input, textarea, select)")].some((field) => {
      if (field.type === "hidden" || !field.name) return false;
      if (field.classList.contains("is-invalid")) return true;
      if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
      if (field.options) {
        return field.selectedIndex !== Math.max(0, [...field.options].findIndex((one) => one.defaultSelected));
      }
      return field.value !== field.defaultValue;
    });

  document.addEventListener("submit", (event) => {
    const leaving = document.getElementById("leaving");
    if (!event.target.matches("[data-leaves]") || event.target.dataset.sure !== undefined || !isTyped()) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    leaving.returnValue = "";
    leaving.onclose = () => {
      if (leaving.returnValue !== "leave") return;
      event.target.dataset.sure = "";
      event.target.requestSubmit();
    };
    leaving.showModal();
  }, true);

  // --- one submit at a time -------------------------------------------------------------------------------------

  function busy(form, button, isBusy) {
    for (const one of [form, button]) {
      if (one) {
        isBusy ? one.setAttribute("aria-busy", "true") : one.removeAttribute("aria-busy");
      }
    }
  }

  const release = (root) => {
    for (const one of root.querySelectorAll("form[aria-busy], form [aria-busy], [form][aria-busy]")) {
      one.removeAttribute("aria-busy");
    }
  };

  document.addEventListener("submit", (event) => {
    if (event.target.getAttribute("aria-busy") !== "true") return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }, true);

  window.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || form.hasAttribute("data-download")) return;
    busy(form, event.submitter, true);
  });
  window.addEventListener("pageshow", () => release(document));

  document.addEventListener("htmx:beforeRequest", ({ detail: { elt, requestConfig } }) => {
    if (elt.matches("form") && requestConfig.verb !== "get") busy(elt, requestConfig.triggeringEvent?.submitter, true);
  });
  document.addEventListener("htmx:afterRequest", ({ detail: { elt, requestConfig, successful } }) => {
    if (successful && requestConfig.verb !== "get") forget();
    if (elt.matches("form")) busy(elt, requestConfig.triggeringEvent?.submitter, false);
  });

  // --- dialogs, menus, toasts that close, a value at one tap, all rows at once --------------------------------------------------------

  function fill(field, value) {
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest(selector);
    at(".flash-close")?.parentElement.remove();
    at("[data-close]")?.closest("dialog").close();
    const opener = at("[data-open]");
    if (opener) document.getElementById(opener.dataset.open).showModal();
    const filler = at("[data-fill]");
    if (filler) fill(document.getElementById(filler.dataset.fill), filler.value);
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  document.addEventListener("change", ({ target }) => {
    if (!target.matches("[data-check-all]")) return;
    for (const box of target.closest("form, table").querySelectorAll(".pick input[name]:not(:disabled)")) {
      box.checked = target.checked;
    }
  });

  // --- the network: only what is true ---------------------------------------------------------------------------

  const offline = document.getElementById("offline");
  const tell = () => offline && (offline.hidden = navigator.onLine);
  window.addEventListener("online", tell);
  window.addEventListener("offline", tell);
  tell();

  // --- without HTTPS there is no offline mode: the browser gives neither a service worker nor keys ---------------

  const isSecure = window.isSecureContext && "serviceWorker" in navigator && Boolean(window.crypto?.subtle);
  for (const one of document.querySelectorAll("[data-insecure]")) one.hidden = isSecure;
  for (const one of document.querySelectorAll("[data-secure]")) one.hidden = !isSecure;

  window.desk = { toast, untell, isOwn, tellBetween, signInAgain, sayExpired };
})();
