// What is typed on a tablet is written down on it first, sealed to the desk's key, and forgotten only on the desk's
// receipt: forms marked data-kept, on every screen. What could not be sent waits and goes out by itself, in order, under
// the name of whoever typed it. Without HTTPS (or this file) the forms are sent as plain forms are.
"use strict";
(() => {
  const { body } = document;
  const badge = document.getElementById("unsent");
  const able = window.isSecureContext && "serviceWorker" in navigator && crypto.subtle && window.indexedDB &&
    navigator.locks;
  if (!able || !badge) return;

  const GAP = 550, SPREAD = 250; // ms between two requests: never more than two a second, and not all tablets in step
  const BATCH = 20, LONGEST = 60_000, FRESH = 10 * 60_000, PATIENCE = 15_000;
  const words = badge.dataset;
  const me = () => body.dataset.user || "";
  const wait = (ms) => new Promise((done) => setTimeout(done, ms));

  // --- what is kept: sealed forms in order, and a few facts of this tablet -----------------------------------------

  const store = idb.openDB("desk", 1, {
    upgrade(db) {
      db.createObjectStore("forms", { keyPath: "n", autoIncrement: true }).createIndex("id", "id", { unique: true });
      db.createObjectStore("facts");
    },
    blocking: (_at, _to, { target }) => target.close(),
  });
  const fact = async (name) => (await store).get("facts", name);
  const learn = async (name, value) => (await store).put("facts", value, name);
  const all = async () => (await store).getAll("forms");

  async function put(form) {
    const lock = (await store).transaction("forms", "readwrite", { durability: "strict" });
    const known = await lock.store.index("id").getKey(form.id);
    await lock.store.put(known === undefined ? form : { ...form, n: known });
    await lock.done;
  }

  async function drop(id) {
    const lock = (await store).transaction("forms", "readwrite");
    const n = await lock.store.index("id").getKey(id);
    if (n !== undefined) await lock.store.delete(n);
    await lock.done;
  }

  // Refused, and its author has seen why. Noted at once, by its UUID alone: a page that is left takes back what it has
  // begun in the database, and the form would go out from the next page.
  const SEEN = "desk-refused";
  const seen = () => JSON.parse(localStorage.getItem(SEEN) || "[]");
  const note = (ids) => localStorage.setItem(SEEN, JSON.stringify(ids));
  const unsee = (id) => note(seen().filter((one) => one !== id));

  async function forget(id) {
    note([...seen(), id]);
    await drop(id);
    unsee(id);
  }

  async function mark(ids, why) {
    const lock = (await store).transaction("forms", "readwrite");
    for (const form of await lock.store.getAll()) {
      if (ids.includes(form.id) && form.why !== why) await lock.store.put({ ...form, why });
    }
    await lock.done;
  }

  async function device() {
    const known = await fact("device");
    if (!known) await learn("device", crypto.randomUUID());
    return known || fact("device");
  }

  // --- sealing: a JWE in compact form, RSA-OAEP-256 around a fresh AES-256-GCM key (RFC 7516) ------------------------

  const text = new TextEncoder();
  const base64url = (bytes) =>
    btoa(Array.from(new Uint8Array(bytes), (byte) => String.fromCharCode(byte)).join(""))
      .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  async function seal(said, { kid, n, e }) {
    const outer = await crypto.subtle.importKey(
      "jwk",
      { kty: "RSA", n, e },
      { name: "RSA-OAEP", hash: "SHA-256" },
      false,
      ["wrapKey"],
    );
    const inner = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, true, ["encrypt"]);
    const head = base64url(text.encode(JSON.stringify({ alg: "RSA-OAEP-256", enc: "A256GCM", kid })));
    const wrapped = await crypto.subtle.wrapKey("raw", inner, outer, "RSA-OAEP");
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv, additionalData: text.encode(head) },
      inner,
      text.encode(JSON.stringify(said)),
    );
    return [head, ...[wrapped, iv, sealed.slice(0, -16), sealed.slice(-16)].map(base64url)].join(".");
  }

  // --- a form is sent: first it is written down ----------------------------------------------------------------------

  const held = new Map(); // of this page's own forms: how to let go of each
  const behind = new Set(); // let go of, for the queue to send

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
  }

  // Of a guest who has not agreed nothing is written down, not even sealed.
  const isRefusal = (form) => form.elements.consent?.checked === false;

  async function keep(form) {
    const key = await fact("key");
    if (!key || !form.elements.client_id || isRefusal(form)) return;
    const named = form.elements.client_id.value;
    // Only what this page itself wrote down may be written over: a screen as last seen comes with the same UUID each time.
    const isOthers = !held.has(named) && (await (await store).getKeyFromIndex("forms", "id", named)) !== undefined;
    const id = isOthers || !named ? (form.elements.client_id.value = crypto.randomUUID()) : named;
    const at = Date.now(), off = (await fact("off")) ?? null, kind = form.dataset.kept, user = me();
    const fields = [...new FormData(form)].filter(([name, value]) =>
      typeof value === "string" && !["csrfmiddlewaretoken", "client_id"].includes(name)
    );
    await hold(id);
    unsee(id);
    const sealed = await seal({ client_id: id, kind, user, at, off, fields }, key);
    await put({ id, kind, user, at: at + (off ?? 0), key: key.kid, sealed, why: "" });
  }

  const isKept = (element) => element?.matches?.("form[data-kept]") && !element.elements.held;

  document.addEventListener("htmx:confirm", (event) => {
    const form = event.detail.elt;
    if (!isKept(form)) return;
    event.preventDefault();
    if (form.dataset.keeping !== undefined) return;
    form.dataset.keeping = "";
    // Whatever goes wrong in writing it down, it is sent all the same.
    keep(form).catch((error) => console.error(error.name)).finally(() => {
      delete form.dataset.keeping;
      event.detail.issueRequest(true);
    });
  });
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (isKept(detail.elt) && held.has(detail.elt.elements.client_id.value)) detail.timeout = PATIENCE;
  });

  document.addEventListener("htmx:afterRequest", async ({ detail: { xhr, requestConfig } }) => {
    const elt = requestConfig?.elt; // the event's own is another one where the answer took the form's place
    const id = isKept(elt) && requestConfig.parameters?.client_id;
    if (!id || !held.has(id)) return;
    const { status } = xhr;
    if (status >= 200 && status < 300) {
      if (xhr.getResponseHeader("Desk-Receipt") !== id) return;
      await drop(id);
      letGo(id);
    } else if (status === 409) {
      await drop(id); // the desk kept both
      letGo(id);
    } else if (status === 422) await forget(id); // its author sees why; saved again, it is written down again
    // 401 and 403: it stays under the fingers; whoever signs in again sends it. Else: no network, or a desk in trouble.
    else if (status !== 401 && status !== 403) leaveBehind(elt, id);
    show();
  });

  function leaveBehind(form, id) {
    behind.add(id);
    letGo(id);
    form.reset();
    for (const field of form.querySelectorAll("input:not([type=hidden], [type=radio], [type=checkbox]), textarea")) {
      field.value = "";
    }
    form.elements.client_id.value = crypto.randomUUID();
    for (const fold of form.querySelectorAll("details[open]")) fold.open = false;
    htmx.trigger(body, "desk:kept");
    if (form.id === "capture") htmx.trigger(body, "desk:saved");
    desk.toast(words.kept);
    window.scrollTo({ top: 0 });
    later(2000);
  }

  // A failed form that is written down is no failure to the shell, which would tell people to save again.
  for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
    body.addEventListener(name, (event) => {
      const { elt, requestConfig, xhr } = event.detail;
      const id = isKept(elt) && requestConfig?.parameters?.client_id;
      if (id && isRefusal(elt) && !xhr?.status) {
        event.stopPropagation();
        desk.toast(words.noConsent, "warning");
        elt.elements.consent.focus();
      }
      if (id && (held.has(id) || behind.has(id)) && ![401, 403, 409, 422].includes(xhr?.status)) {
        event.stopPropagation();
      }
    });
  }

  // --- what waits goes out -----------------------------------------------------------------------------------------

  let failures = 0, timer, lastAt = 0, from = 0;

  async function ask(url, options = {}) {
    await wait(Math.max(0, lastAt + GAP + Math.random() * SPREAD - Date.now()));
    lastAt = Date.now();
    const stop = AbortSignal.timeout(PATIENCE);
    return fetch(url, {
      credentials: "same-origin",
      cache: "no-store",
      signal: stop,
      ...options,
      headers: { "X-Background": "1", ...options.headers },
    });
  }

  // Who is signed in, what to seal with, and how far this tablet's clock is off; null: nobody answers.
  async function contact() {
    const before = Date.now();
    try {
      const answer = await ask(words.session);
      if (!answer.ok) return null;
      const said = await answer.json(), after = Date.now();
      if (after - before < 5000) await learn("off", Math.round(said.now - (before + after) / 2));
      if (said.key) await learn("key", said.key);
      await learn("heard", after);
      return said;
    } catch {
      return null;
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
    if (!answer.ok) return answer.status;
    for (const { id, state } of (await answer.json()).answers) {
      if (!["taken", "held", "conflict", "refusal"].includes(state)) await mark([id], state);
      else await drop(id);
      if (["held", "conflict", "refusal"].includes(state)) desk.toast(words[state], "warning");
    }
    await learn("told", gist(await all()));
    return 200;
  }

  // The forms that nobody has under their fingers, in the order they were typed in.
  async function loose() {
    const { held: locks } = await navigator.locks.query();
    const under = new Set(locks.map((lock) => lock.name));
    return (await all()).filter((form) => !under.has(`form ${form.id}`));
  }

  async function drain() {
    for (const id of seen()) await forget(id);
    const forms = await loose();
    const news = gist(await all()) !== ((await fact("told")) ?? "[]");
    const stale = Date.now() - ((await fact("heard")) ?? 0) > FRESH;
    if (!forms.length && !news && !stale && (await fact("key"))) return true;
    const here = await contact();
    if (!here) return tried(forms, "network");
    await mark(
      forms.filter((form) => form.user !== here.user).map((form) => form.id),
      here.user ? "other" : "signedout",
    );
    if (!here.is_manager) return true;
    let own = forms.filter((form) => form.user === here.user && form.why !== "unreadable");
    let size = BATCH, failed = 0;
    from = own.length;
    if (from) show(); // progress is on the screen before the first answer, which may take seconds
    while (own.length) {
      const batch = own.slice(0, size);
      const status = await send(batch, here);
      show();
      if (status === 200) {
        own = own.slice(batch.length);
        continue;
      }
      await mark(batch.map((form) => form.id), status === 401 ? "signedout" : status === 403 ? "refused" : "server");
      if (status === 401 || status === 403) return true;
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

  async function run() {
    let isFine = true, isMine = true;
    try {
      await navigator.locks.request("desk drain", { ifAvailable: true }, async (lock) => {
        isMine = Boolean(lock);
        if (lock) isFine = await drain();
      });
    } catch (error) {
      if (!(error instanceof TypeError) && error.name !== "TimeoutError" && error.name !== "AbortError") throw error;
      isFine = false; // the network went in the middle of it
    }
    from = 0;
    if (isMine) failures = isFine ? 0 : failures + 1;
    await show();
    if (!(await all()).length) return;
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
    const forms = await all();
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
    const own = (await all()).filter((one) => one.user === me()).length;
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
    const [forms, registration] = await Promise.all([show(), navigator.serviceWorker.register(words.worker)]);
    navigator.storage?.persist?.();
    if (body.dataset.ahead !== undefined) {
      await navigator.serviceWorker.ready;
      // A screen that the desk itself has shown opens what is kept; one as last seen does not.
      registration.active?.postMessage(body.dataset.asOf === undefined ? `open ${body.dataset.idle}` : "ahead");
    }
    later(forms.length || !(await fact("key")) ? 200 : 1500);
  }

  window.desk.queue = { all, run, show, fact, keep, letGo };
  start();
})();
