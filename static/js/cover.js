// Covers a manager's screen that nobody has touched for the idle time of a session, by the tablet's own clock, with a
// network or without: a found tablet shows nothing. The service worker counts for itself and decides what opens without
// a network; here stands what is on the screen already.
"use strict";
(() => {
  const { body } = document;
  const cover = document.getElementById("cover");
  const idle = Number(body.dataset.idle) * 1000;
  if (!cover || !idle) return;

  const KEY = "desk-touched", EVERY = 5000, BACK = 90_000;
  const isCapture = location.pathname === cover.dataset.capture;
  const tell = async (word) => (await navigator.serviceWorker?.getRegistration())?.active?.postMessage(word);
  // When somebody last touched a screen, and the highest moment that this tablet's clock has shown.
  const read = () => JSON.parse(localStorage.getItem(KEY) || '{"last":0,"high":0}');
  const write = (state) => localStorage.setItem(KEY, JSON.stringify(state));

  function isIdle() {
    const { last, high } = read(), now = Date.now();
    if (now > high) write({ last, high: now });
    return now < high - BACK || Math.max(now, high) - last > idle;
  }

  function opened() {
    write({ last: Date.now(), high: Date.now() });
    cover.hidden = true;
    document.documentElement.classList.remove("is-covered");
    for (const part of body.querySelectorAll("main, .top, .nav-bar")) part.inert = false;
  }

  let told = 0;
  function touched() {
    const now = Date.now();
    if (!cover.hidden || (now >= told && now - told < EVERY)) return;
    if (check(blank)) return;
    blank = isEmptyCapture();
    told = now;
    write({ last: now, high: Math.max(now, read().high) });
    tell("touch");
  }

  // The empty form of a new guest stays: it shows nothing of anybody, and without a network it is what goes on.
  function isEmptyCapture() {
    const form = isCapture && document.getElementById("capture");
    if (!form) return false;
    const fields = form.querySelectorAll("input:not([type=hidden], [type=radio], [type=checkbox]), textarea");
    return [...fields].every((field) => !field.value);
  }

  let blank = isEmptyCapture(); // as it was before what is typed now
  function check(isBlank = (blank = isEmptyCapture())) {
    if (!cover.hidden) return true;
    if (!isIdle()) return false;
    if (isBlank) {
      for (const name of ["capture-answer", "phone-answer"]) document.getElementById(name)?.replaceChildren();
      return false;
    }
    tell("lock");
    cover.hidden = false;
    document.documentElement.classList.add("is-covered");
    for (const part of body.querySelectorAll("main, .top, .nav-bar")) part.inert = true;
    for (const open of document.querySelectorAll("dialog[open]:not(#signin, #other)")) open.close();
    cover.querySelector("[data-open]").focus();
    return true;
  }

  cover.querySelector("[data-open]").addEventListener("click", () => desk.signInAgain());
  document.addEventListener("desk:signedin", () => {
    opened();
    tell(`open ${body.dataset.idle}`);
  });
  for (const name of ["pointerdown", "keydown", "input"]) document.addEventListener(name, touched, true);
  for (const name of ["visibilitychange", "pageshow"]) window.addEventListener(name, () => check(), true);
  setInterval(() => check(), EVERY);
  // A screen that the desk itself has shown just now is its person's; one that was kept is not, by itself.
  if (body.dataset.asOf === undefined) opened();
  else check();
  const pill = document.getElementById("locked");
  if (pill) pill.hidden = body.dataset.locked === undefined;
})();
