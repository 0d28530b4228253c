// Shows the shell and the screens of the night where there is no network. Keeps nothing of what is typed: js/queue.js does.
// Screens are kept for whoever they were made for and for their night alone; a session of somebody else, signing out and
// the night's end throw them away, and so does the idle time of a session, by this tablet's own clock: then the empty
// form of a new guest is all that opens. Numbers are masked in what is kept. The queue of unsent forms is not touched here.
"use strict";

const SHELL = "desk-shell-{{ version }}";
const SCREENS = "desk-screens";
const FILES = [{% for file in files %}"{{ file|escapejs }}", {% endfor %}];
const AHEAD = [{% for url in ahead %}"{{ url|escapejs }}", {% endfor %}];
const TONIGHT = "{% url 'customers:tonight' %}", VISIT = "{% url 'visits:visit_any' %}", LOGOUT = "{% url 'staff:logout' %}";
const NEW = "{% url 'customers:new' %}";
const PARTY = /^\/visits\/parties\/\d+\/(visit\/)?$/;
const PATIENCE = 6000; // ms after which a screen as last seen is better than none
const SOON = 2000; // ms for one of its files
const AGAIN = 5 * 60000; // ms after which a screen is fetched ahead once more
const LONGEST = 20000; // ms for all screens fetched ahead: a worker that waits for an answer cannot be replaced by a new version

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const isNew = !(await caches.has(SHELL));
    try {
      await fetchShell(await caches.open(SHELL));
    } catch (error) {
      if (isNew) await caches.delete(SHELL); // not fetched whole: nothing stays of it, and the browser tries again
      throw error;
    }
    await self.skipWaiting();
  })());
});

// Each file of the shell, from the desk: what answers instead of it, such as the sign-in page of a Wi-Fi, is a page.
const isFile = (answer) => answer.ok && !answer.redirected && !(answer.headers.get("Content-Type") || "").startsWith("text/html");

async function fetchShell(shell) {
  await Promise.all(FILES.map(async (path) => {
    const answer = await fetch(path);
    if (!isFile(answer)) throw new Error(`no file: ${path}`);
    await shell.put(path, answer);
  }));
}

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("desk-shell-") && name !== SHELL) await caches.delete(name);
    await self.clients.claim();
  })());
  // What is kept asks for the files of the version before; not waited for, since screens wait for this event.
  isLocked().then((locked) => locked || fetchAhead(true));
});

self.addEventListener("message", (event) => event.waitUntil(heard(event.data)));

// What a page says: somebody touched the screen, or left it alone too long; somebody signed in; who is here has changed.
async function heard(said) {
  const [word, idle] = String(said).split(" ");
  if (word === "touch") return touch();
  if (word === "lock") return lock();
  if (word === "open") await open(Number(idle));
  if (word === "anew") await caches.delete(SCREENS);
  if (!(await isLocked())) await fetchAhead();
}

// --- for how long nobody has touched the tablet ---------------------------------------------------------------------

// `last`: when somebody did; `high`: the highest moment this tablet's clock has shown, so that setting it back opens
// nothing. Once locked, only an answer of the desk to a person who is signed in opens it. Nothing noted is locked.
const LOCK = "desk-lock", NOTE = "/desk-lock", BACK = 90_000, IDLE = 600;

async function lockState() {
  const found = await caches.match(NOTE, { cacheName: LOCK });
  return found ? found.json() : { last: 0, high: 0, idle: IDLE, isLocked: true };
}

async function setLock(state) {
  await (await caches.open(LOCK)).put(NOTE, new Response(JSON.stringify(state)));
}

let turn = Promise.resolve(); // one reads and writes the note at a time
const inTurn = (work) => (turn = turn.then(work, work));

const open = (idle) =>
  inTurn(async () => {
    const now = Date.now(), state = await lockState();
    await setLock({ last: now, high: now, idle: idle || state.idle, isLocked: false });
  });

const isLocked = () => inTurn(async () => (await look()).isLocked);
const lock = () => inTurn(async () => void (await shut(await lockState())));
const touch = () =>
  inTurn(async () => {
    const state = await look();
    if (!state.isLocked) await setLock({ ...state, last: state.high });
  });

async function look() {
  const state = await lockState(), now = Date.now(), high = Math.max(now, state.high);
  if (state.isLocked) return state;
  if (now < state.high - BACK || high - state.last > state.idle * 1000) return shut(state);
  await setLock({ ...state, high });
  return { ...state, high };
}

// Throws away every kept screen but the form that shows nothing of anybody.
async function shut(state) {
  await setLock({ ...state, isLocked: true });
  const screens = await caches.open(SCREENS);
  for (const request of await screens.keys()) if (new URL(request.url).pathname !== NEW) await screens.delete(request);
  return { ...state, isLocked: true };
}

// --- screens ----------------------------------------------------------------------------------------------------------

self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (url.origin !== self.location.origin) return;
  if (request.method !== "GET") {
    if (url.pathname === LOGOUT) event.waitUntil(caches.delete(SCREENS));
    return;
  }
  if (FILES.includes(url.pathname)) event.respondWith(file(request, url));
  else if (request.mode === "navigate") event.respondWith(screen(event, url));
});

// A file whose name holds its hash never changes; another may, and is asked for first.
async function file(request, url) {
  const kept = () => caches.match(url.pathname, { cacheName: SHELL });
  if (/\.[0-9a-f]{12}\./.test(url.pathname)) return (await kept()) || fetch(request);
  try {
    const answer = await ((await kept()) ? inTime(fetch(request), SOON) : fetch(request));
    return (isFile(answer) ? answer : await kept()) || answer;
  } catch {
    return (await kept()) || Response.error();
  }
}

async function screen(event, url) {
  const kept = await find(url.pathname);
  try {
    const answer = await (kept ? inTime(fetch(event.request)) : fetch(event.request));
    if (kept && ([502, 503, 504].includes(answer.status) || isAnothers(answer))) return lastSeen(url.pathname, kept);
    event.waitUntil(answered(url.pathname, answer.clone()));
    return answer;
  } catch {
    return lastSeen(url.pathname, kept);
  }
}

// Something between the tablet and the desk answered: every answer of the desk that can be read says whose session it is.
const isAnothers = (answer) => answer.type === "basic" && !answer.headers.has("Desk-Whose");

// The desk itself has shown a screen to a person who is signed in.
async function answered(path, answer) {
  if (answer.ok && Number(answer.headers.get("Desk-Whose")) > 0) await open(Number(answer.headers.get("Desk-Idle")));
  await note(path, answer);
}

async function lastSeen(path, kept) {
  if (!(await isLocked())) return kept ? asLastSeen(kept) : nothingKept();
  const form = await find(NEW);
  if (!form) return nothingKept();
  return path === NEW ? asLastSeen(form, "data-locked") : Response.redirect(NEW);
}

function inTime(answer, patience = PATIENCE) {
  return Promise.race([answer, new Promise((_, fail) => setTimeout(() => fail(new Error("slow")), patience))]);
}

// Keeps a screen that says for whom and until when; throws away all that was another's.
async function note(path, answer) {
  const whose = answer.headers.get("Desk-Whose"), keeps = answer.headers.get("Desk-Keeps");
  if (whose && whose !== "0") {
    const screens = await caches.open(SCREENS);
    for (const one of await screens.matchAll()) if (one.headers.get("Desk-Keeps") !== whose) { await caches.delete(SCREENS); break; }
  }
  if (!keeps || keeps !== whose || answer.redirected) return;
  const headers = new Headers(answer.headers);
  headers.set("Desk-Kept", String(Date.now()));
  headers.delete("Content-Length");
  await (await caches.open(SCREENS)).put(path, new Response(masked(await answer.text()), { headers }));
}

// Numbers as anybody may see them: of those that can be rung, and of all that look like one, the middle goes.
function masked(html) {
  const digits = (text) => text.replace(/\D/g, "");
  const hidden = (text) => `${digits(text).slice(text.trim().startsWith("+86") ? 2 : 0).slice(0, 3)}****${digits(text).slice(-4)}`;
  const rung = new Set([...html.matchAll(/tel:(\+?\d{7,})/g)].map(([, number]) => digits(number).slice(-8)));
  let text = html.replace(/ href="tel:[^"]*"/g, "");
  for (const number of rung) {
    const written = [...number].join("[\\s-]?");
    text = text.replace(new RegExp(`(?<![\\w+-])(?:\\+?\\d[\\d\\s-]{0,7})?${written}(?![\\w-])`, "g"), hidden);
  }
  text = text.replace(/(?<![\w+-])(?:\+?86[\s-]?)?1[3-9]\d[\s-]?\d{4}[\s-]?\d{4}(?![\w-])/g, hidden);
  return text.replace(/(?<![\w+])\+\d[\d\s-]{6,18}\d(?![\w-])/g, hidden);
}

async function find(path) {
  const wanted = path === "/" ? TONIGHT : PARTY.test(path) ? VISIT : path;
  const found = await caches.match(wanted, { cacheName: SCREENS });
  if (found && nightEnds(found.headers) > Date.now()) return found;
  if (found) await caches.delete(SCREENS); // the night is over, for all of them
  return undefined;
}

// By this tablet's clock, which was as far off when the screen was kept as it is now.
function nightEnds(headers) {
  const ahead = Number(headers.get("Desk-Kept")) - Date.parse(headers.get("Desk-Seen"));
  return Number(headers.get("Desk-Night-Ends")) * 1000 + ahead;
}

async function asLastSeen(kept, mark = "") {
  const text = (await kept.text()).replace("<body ", `<body ${mark} data-as-of="${kept.headers.get("Desk-Seen")}" `);
  return new Response(text, { headers: kept.headers });
}

function nothingKept() {
  const page = `<!doctype html><html lang="zh-Hans"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>vipdesk</title><link rel="stylesheet" href="${FILES.find((name) => name.includes("tokens"))}"><link rel="stylesheet" href="${FILES.find((name) => name.includes("css/desk"))}">
<body><main class="desk desk-narrow"><h1>没有网络</h1><p>这个页面没有留在本机。<a href="${TONIGHT}">今晚</a>、登记和拜访可以照常使用。</p>
<h1 lang="en">No network</h1><p lang="en">This screen is not kept on the tablet. <a href="${TONIGHT}">Tonight</a>, new guests, visits and surveys still work.</p></main>`;
  return new Response(page, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
}

// The screens of the night, before they are needed; no sign of life of whoever is signed in.
async function fetchAhead(isAnew = false) {
  const signal = AbortSignal.timeout(LONGEST);
  for (const path of AHEAD) {
    const kept = await find(path);
    const isFresh = kept && Math.abs(Date.now() - Number(kept.headers.get("Desk-Kept"))) < AGAIN;
    if (isFresh && !isAnew) continue;
    try {
      await note(path, await fetch(path, { credentials: "same-origin", headers: { "X-Background": "1" }, signal }));
    } catch {
      return; // no network, or a slow one: the rest at the next screen
    }
  }
}
