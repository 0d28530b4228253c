// What is typed on a tablet is written down on it first, sealed to the desk's key, and forgotten only on the desk's
// receipt: forms marked data-kept, on every screen. What could not be sent waits and goes out by itself, in order, under
// the name of whoever typed it. Without HTTPS (or this file) the forms are sent as plain forms are.
"use strict";
(() => {
  const { body } = document;
  const badge = document.getElementById("unsent");
  const able = window.isSecureContext && "serviceWorker" in navigator && crypto.subtle && window.indexedDB &&
    navigator.locks;
  if (!able || !badge || !desk.store) return;

  const { all, keyOf, put, drop, mark, refused, unrefuse, forget, fact, learn, device, seal, report } = desk.store;
  const GAP = 550, SPREAD = 250; // ms between two requests: never more than two a second, and not all tablets in step
  const BATCH = 20, LONGEST = 60_000, FRESH = 10 * 60_000, PATIENCE = 15_000;
  const FREE = 2800, WRITING = 1500; // ms after which a form is free again, and in which it should be written down
  const words = badge.dataset;
  const me = () => body.dataset.user || "";
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  // --- a form is sent: first it is written down ----------------------------------------------------------------------

  const held = new Map(); // of this page's own forms: how to let go of each
  const written = new Map(); // stand on the disk for certain, and with which content
  const behind = new Set(); // let go of, for the queue to send
  const sent = new Map(); // what was sent under a UUID that the desk has not answered
  const isWritten = (id) => written.has(id) && written.get(id) === sent.get(id)?.fields; // typed on meanwhile, it is not

  // Held by a living page alone, so that nobody sends what somebody still has under their fingers.
  function hold(id) {
    if (held.has(id)) return Promise.resolve();
    return new Promise((ready) =>
      navigator.locks.request(`form ${id}`, { ifAvailable: true }, () =>
        new Promise((free) => {
          held.set(id, free);
          ready();
        }))
    );
  }

  function letGo(id) {
    held.get(id)?.();
    held.delete(id);
    sent.delete(id);
  }

  // Of a guest who has not agreed nothing is written down, not even sealed.
  const isRefusal = (form) => form.elements.consent?.checked === false;

  const fieldsOf = (form) =>
    [...new FormData(form)].filter(([name, value]) =>
      typeof value === "string" && !["csrfmiddlewaretoken", "client_id"].includes(name)
    );
  const contentOf = (form) => ({
    fields: JSON.stringify(fieldsOf(form)),
    phone: form.elements.phone?.value.replace(/\D/g, ""),
  });

  // A UUID that went out with other content and has no answer stays with that content, which may have reached the desk.
  // Where the desk has said that nobody is signed in, the same guest may be corrected under it.
  function isTaken(id, form) {
    const last = sent.get(id), now = contentOf(form);
    if (!last) return false;
    return last.isUnread ? last.phone !== now.phone : last.fields !== now.fields;
  }

  function rename(form) {
    return (form.elements.client_id.value = crypto.randomUUID());
  }

  // Resolves once the form stands on the tablet's disk, or where none is to be written down; rejects where it cannot be.
  // `isLate`: it was sent without waiting any longer.
  async function keep(form, isLate = () => false) {
    let id = form.elements.client_id?.value;
    if (id === undefined) return;
    if (isTaken(id, form)) {
      letGo(id);
      id = rename(form);
    }
    const key = await fact("key");
    if (!key || isRefusal(form)) return;
    // Only what this page itself wrote down may be written over: a screen as last seen comes with the same UUID each time.
    const isOthers = !held.has(id) && (await keyOf(id)) !== undefined;
    if (isLate()) return;
    if (!id || isOthers) id = rename(form);
    const at = Date.now(), kind = form.dataset.kept, user = me(), fields = fieldsOf(form);
    const off = (await fact("off")) ?? null;
    await hold(id);
    unrefuse(id);
    const sealed = await seal({ client_id: id, kind, user, at, off, fields }, key);
    written.delete(id);
    if (isLate()) return;
    await put({ id, kind, user, at: at + (off ?? 0), key: key.kid, sealed, why: "" });
    if (isLate() && !sent.has(id)) return drop(id); // answered meanwhile
    written.set(id, JSON.stringify(fields));
    delete form.dataset.unsaved;
  }

  const isKept = (element) => element?.matches?.("form[data-kept]") && !element.elements.held;
  const idOf = ({ elt, requestConfig }) => isKept(requestConfig?.elt ?? elt) && requestConfig?.parameters?.client_id;

  document.addEventListener("htmx:confirm", (event) => {
    const form = event.detail.elt;
    if (!isKept(form)) return;
    event.preventDefault();
    if (form.dataset.keeping !== undefined) return;
    form.dataset.keeping = String(performance.now());
    form.dataset.unsaved = ""; // until it stands on the disk or the desk has answered
    desk.untell("kept");
    let isLate = false;
    // Whatever goes wrong in writing it down, it is sent all the same.
    Promise.race([keep(form, () => isLate).catch(report), wait(WRITING)]).then(() => {
      isLate = true;
      event.detail.issueRequest(true);
    });
  });
  document.addEventListener("htmx:configRequest", ({ detail: { elt, parameters }, detail }) => {
    if (!isKept(elt)) return;
    const id = parameters.client_id, spent = performance.now() - Number(elt.dataset.keeping);
    delete elt.dataset.keeping;
    sent.set(id, contentOf(elt));
    detail.timeout = isWritten(id) ? Math.max(FREE - spent, 500) : PATIENCE;
  });

  // --- and the desk's own receipt alone ends it ----------------------------------------------------------------------

  const isReceipt = (xhr, id) => xhr.getResponseHeader("Desk-Receipt") === id;
  // Nobody is signed in, or somebody else: it stays under the fingers, and whoever signs in again sends it.
  const isUnread = (xhr) => desk.isOwn(xhr) && [401, 403].includes(xhr.status);

  body.addEventListener("htmx:beforeOnLoad", (event) => {
    const id = idOf(event.detail), { xhr, requestConfig } = event.detail;
    if (!id) return;
    if (isReceipt(xhr, id)) delete requestConfig.elt.dataset.unsaved; // the answer may lead on at once
    if (desk.isOwn(xhr)) return;
    event.preventDefault();
    event.stopPropagation(); // the shell would say that it is not saved
    desk.tellBetween();
  });

  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const id = idOf(detail), { xhr, requestConfig } = detail;
    if (!id || !sent.has(id)) return;
    const form = requestConfig.elt; // the event's own is another one where the answer took the form's place
    if (isReceipt(xhr, id)) end(form, id, xhr.status).catch(report);
    else if (isUnread(xhr)) sent.get(id).isUnread = true;
    else if (isWritten(id)) leaveBehind(form, id);
    else if (!desk.isOwn(xhr)) stay(form);
  });

  // Neither sent nor written down: what was typed stays, and leaving the page asks.
  function stay(form) {
    form.dataset.unsaved = "";
    desk.toast(isRefusal(form) ? words.noConsent : words.unwritten, "error");
    if (isRefusal(form)) form.elements.consent.focus();
  }

  async function end(form, id, status) {
    sent.delete(id);
    if (status === 409) rename(form); // both are kept by the desk: what is typed next is another form
    try {
      // Refused, its author sees why; saved again, it is written down again.
      await (status === 422 ? forget(id) : drop(id));
      if (status !== 422) letGo(id);
    } finally {
      written.delete(id);
      await show();
    }
  }

  function leaveBehind(form, id) {
    behind.add(id);
    written.delete(id);
    letGo(id);
    form.reset();
    for (const field of form.querySelectorAll("input:not([type=hidden], [type=radio], [type=checkbox]), textarea")) {
      field.value = "";
    }
    rename(form);
    for (const fold of form.querySelectorAll("details[open]")) fold.open = false;
    htmx.trigger(body, "desk:kept");
    if (form.id === "capture") htmx.trigger(body, "desk:saved");
    desk.toast(words.kept, "success", { key: "kept" });
    window.scrollTo({ top: 0 });
    show();
    later(2000);
  }

  // What this file has an answer for is no failure to the shell, which would tell people to save again.
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    body.addEventListener(name, (event) => {
      const id = idOf(event.detail), { xhr } = event.detail;
      if (!id || isReceipt(xhr, id) || isUnread(xhr)) return;
      if (behind.has(id) || isWritten(id) || !desk.isOwn(xhr)) event.stopPropagation();
    });
  }

  window.addEventListener("beforeunload", (event) => {
    if (document.querySelector("form[data-kept][data-unsaved]")) event.preventDefault();
  });

  // --- what waits goes out -----------------------------------------------------------------------------------------

  let failures = 0, timer, lastAt = -Infinity, from = 0, isAsked = false;
  const retried = new Set(); // unreadable ones that this page has tried again

  // By a clock that nobody sets: the tablet's own may jump.
  async function ask(url, options = {}) {
    await wait(Math.max(0, lastAt + GAP + Math.random() * SPREAD - performance.now()));
    lastAt = performance.now();
    const stop = AbortSignal.timeout(PATIENCE);
    return fetch(url, {
      credentials: "same-origin",
      cache: "no-store",
      signal: stop,
      ...options,
      headers: { "X-Background": "1", "HX-Request": "true", ...options.headers },
    });
  }

  // Why an answer is none that this file can use; "": it is.
  function whyNot(answer) {
    if (!desk.isOwn(answer)) {
      desk.tellBetween();
      return "between";
    }
    if (answer.status === 401) return "signedout";
    if (answer.status === 403) return "refused";
    if (!answer.ok) return "server";
    // Led on, to a new password or the second step: nobody is here yet.
    return answer.headers.get("Content-Type")?.startsWith("application/json") ? "" : "signedout";
  }

  // Who is signed in, what to seal with, and how far this tablet's clock is off; or `why` there is no such answer.
  async function contact() {
    const before = Date.now();
    try {
      const answer = await ask(words.session), why = whyNot(answer);
      if (why) return { why };
      const here = await answer.json(), after = Date.now();
      if (Math.abs(after - before) < 5000) await learn("off", Math.round(here.now - (before + after) / 2));
      if (here.key) await learn("key", here.key);
      await learn("heard", after);
      return here;
    } catch (error) {
      report(error);
      return { why: "network" };
    }
  }

  function summary(forms) {
    const found = new Map();
    for (const { user, at, key } of forms) {
      const one = found.get(user) || { user, count: 0, since: new Date(at).toISOString(), keys: [] };
      found.set(user, { ...one, count: one.count + 1, keys: [...new Set([...one.keys, key])] });
    }
    return [...found.values()];
  }

  const gist = (forms) => JSON.stringify(summary(forms).map(({ user, count }) => [user, count]));

  async function send(forms, { token }) {
    const gone = new Set(forms.map((form) => form.id)); // should this be the last word, it is the truth
    const waiting = summary((await all()).filter((form) => !gone.has(form.id)));
    const answer = await ask(words.entries, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": token },
      body: JSON.stringify({
        device: await device(),
        now: Date.now(),
        waiting,
        entries: forms.map(({ id, sealed }) => ({ id, sealed })),
      }),
    });
    const why = whyNot(answer);
    if (why) return why;
    for (const { id, state } of (await answer.json()).answers) {
      if (!gone.has(id)) continue;
      if (!["taken", "held", "conflict", "refusal"].includes(state)) await mark([id], state);
      else await drop(id);
      if (["held", "conflict", "refusal"].includes(state)) desk.toast(words[state], "warning");
    }
    await learn("told", gist(await all()));
    return "";
  }

  // The forms that nobody has under their fingers, in the order they were typed in.
  async function loose() {
    const { held: locks } = await navigator.locks.query();
    const under = new Set(locks.map((lock) => lock.name)), over = new Set(refused());
    return (await all()).filter((form) => !under.has(`form ${form.id}`) && !over.has(form.id));
  }

  // Sealed to a key that the desk did not have, it is tried again once the desk has it; by "Send now" at any time.
  function isWorthTrying(form, keys, isAskedFor) {
    if (form.why !== "unreadable" || isAskedFor) return true;
    const isNew = keys.includes(form.key) && !retried.has(form.id);
    if (isNew) retried.add(form.id);
    return isNew;
  }

  function sayExpired(forms) {
    if (forms.some((form) => form.user === me())) desk.sayExpired();
  }

  async function drain() {
    const isAskedFor = isAsked;
    isAsked = false;
    for (const id of refused()) if (!held.has(id)) await forget(id).catch(report);
    const forms = await loose();
    const news = gist(await all()) !== ((await fact("told")) ?? "[]");
    const stale = Math.abs(Date.now() - ((await fact("heard")) ?? 0)) > FRESH;
    if (!forms.length && !news && !stale && (await fact("key"))) return true;
    const here = await contact();
    if (here.why) return tried(forms, here.why);
    await mark(
      forms.filter((form) => form.user !== here.user).map((form) => form.id),
      here.user ? "other" : "signedout",
    );
    if (!here.user) sayExpired(forms);
    if (!here.is_manager) return true;
    let own = forms.filter((form) => form.user === here.user && isWorthTrying(form, here.keys ?? [], isAskedFor));
    let size = BATCH, failed = 0;
    from = own.length;
    if (from) show(); // progress is on the screen before the first answer, which may take seconds
    while (own.length) {
      const batch = own.slice(0, size);
      const why = await send(batch, here);
      show();
      if (!why) {
        own = own.slice(batch.length);
        continue;
      }
      await mark(batch.map((form) => form.id), why);
      if (why === "signedout") sayExpired(batch);
      if (why === "signedout" || why === "refused") return true;
      // One form that the desk stumbles over must not keep the others back.
      if (size === 1) own = own.slice(1);
      if (++failed > 3) return false;
      size = 1;
    }
    if (!from && news) await send([], here);
    return !failed;
  }

  async function tried(forms, why) {
    await mark(forms.map((form) => form.id), why);
    return false;
  }

  // Whatever goes wrong in one round, the network going or a disk that is full, there is a next one.
  async function run(isAskedFor = false) {
    let isFine = true, isMine = true;
    isAsked ||= isAskedFor === true;
    try {
      await navigator.locks.request("desk drain", { ifAvailable: true }, async (lock) => {
        isMine = Boolean(lock);
        if (lock) isFine = await drain();
      });
    } catch (error) {
      report(error);
      isFine = false;
    }
    from = 0;
    if (isMine) failures = isFine ? 0 : failures + 1;
    if (!(await show()).length) return;
    // Another window is sending, or one that is just closing was: looked at again soon, or nobody would send.
    if (!isMine) later(2000);
    else later(isFine ? LONGEST / 2 : Math.min(LONGEST, 1000 * 2 ** failures));
  }

  function later(ms) {
    clearTimeout(timer);
    timer = setTimeout(run, ms * (0.75 + Math.random() / 2));
  }

  window.addEventListener("online", () => later(1500));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && later(500));
  document.addEventListener("desk:signedin", async ({ detail }) => {
    later(200);
    // Screens kept for whoever was here before would put their name under what is typed next.
    if (detail.isOther) (await navigator.serviceWorker.ready).active?.postMessage("anew");
  });

  // --- how many wait, on every screen; and their list, on its own ------------------------------------------------------

  async function show() {
    let forms = [];
    try {
      forms = await all();
    } catch (error) {
      report(error); // how many wait cannot be known: the badge stays as it is
      return forms;
    }
    badge.hidden = !forms.length;
    badge.querySelector("span").textContent = words.many.replace("{n}", forms.length);
    document.dispatchEvent(new CustomEvent("desk:queue", { detail: { forms, from } }));
    return forms;
  }

  // Leaving the shift while something waits: asked once more.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-shift-ends]") || form.dataset.sure !== undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const own = (await show()).filter((one) => one.user === me()).length;
    const question = document.getElementById("unsent-first");
    const go = () => {
      form.dataset.sure = "";
      form.requestSubmit();
    };
    if (!own) return go();
    question.querySelector("[data-n]").textContent = words.many.replace("{n}", own);
    question.returnValue = "";
    question.onclose = () => question.returnValue === "leave" && go();
    question.showModal();
  }, true);

  // --- the screens that are kept ------------------------------------------------------------------------------------

  // A screen that the service worker showed as it was last seen says so.
  const asOf = document.getElementById("as-of");
  if (body.dataset.asOf && asOf) {
    for (const form of document.querySelectorAll("form[data-kept]")) {
      form.elements.client_id.value = crypto.randomUUID();
    }
    const at = new Date(body.dataset.asOf);
    asOf.hidden = false;
    asOf.querySelector("span").textContent = asOf.dataset.words.replace(
      "{time}",
      at.toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: asOf.dataset.zone }),
    );
  }

  async function start() {
    const { serviceWorker } = navigator;
    // Where its file cannot be had just now, the one that stands on the tablet goes on.
    const registering = serviceWorker.register(words.worker).catch(() => serviceWorker.getRegistration());
    const [forms, registration] = await Promise.all([show(), registering]);
    if (!registration) return;
    navigator.storage?.persist?.();
    later(forms.length || !(await fact("key")) ? 200 : 1500);
    if (body.dataset.ahead === undefined) return;
    await serviceWorker.ready;
    // A screen that the desk itself has shown opens what is kept; one as last seen does not.
    registration.active?.postMessage(body.dataset.asOf === undefined ? `open ${body.dataset.idle}` : "ahead");
  }

  window.desk.queue = { all, run, show, fact, keep, letGo };
  start();
})();
