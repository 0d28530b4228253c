// Shows the shell and the screens of the night where there is no network. Keeps nothing of what is typed: js/queue.js does.
// Screens are kept for whoever they were made for and for their night alone; a session of somebody else, signing out and
// the night's end throw them away. The queue of unsent forms is never touched here.
"use strict";

const SHELL = "desk-shell-{{ version }}";
const SCREENS = "desk-screens";
const FILES = [{% for file in files %}"{{ file|escapejs }}", {% endfor %}];
const AHEAD = [{% for url in ahead %}"{{ url|escapejs }}", {% endfor %}];
const TONIGHT = "{% url 'customers:tonight' %}", VISIT = "{% url 'visits:visit_any' %}", LOGOUT = "{% url 'staff:logout' %}";
const PARTY = /^\/visits\/parties\/\d+\/(visit\/)?$/;
const PATIENCE = 6000; // ms after which a screen as last seen is better than none
const AGAIN = 5 * 60000; // ms after which a screen is fetched ahead once more
const LONGEST = 20000; // ms for a screen fetched ahead: a worker that waits for an answer cannot be replaced by a new version

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const isNew = !(await caches.has(SHELL));
    try {
      await (await caches.open(SHELL)).addAll(FILES);
    } catch (error) {
      if (isNew) await caches.delete(SHELL); // not fetched whole: nothing stays of it, and the browser tries again
      throw error;
    }
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("desk-shell-") && name !== SHELL) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => event.waitUntil((async () => {
  if (event.data === "anew") await caches.delete(SCREENS);
  await fetchAhead();
})()));

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
    return await fetch(request);
  } catch {
    return (await kept()) || Response.error();
  }
}

async function screen(event, url) {
  const kept = await find(url.pathname);
  try {
    const answer = await (kept ? inTime(fetch(event.request)) : fetch(event.request));
    if (kept && [502, 503, 504].includes(answer.status)) return asLastSeen(kept);
    event.waitUntil(note(url.pathname, answer.clone()));
    return answer;
  } catch {
    return kept ? asLastSeen(kept) : nothingKept();
  }
}

function inTime(answer) {
  return Promise.race([answer, new Promise((_, fail) => setTimeout(() => fail(new Error("slow")), PATIENCE))]);
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
  await (await caches.open(SCREENS)).put(path, new Response(await answer.blob(), { headers }));
}

async function find(path) {
  const wanted = path === "/" ? TONIGHT : PARTY.test(path) ? VISIT : path;
  const found = await caches.match(wanted, { cacheName: SCREENS });
  if (found && Number(found.headers.get("Desk-Night-Ends")) * 1000 > Date.now()) return found;
  if (found) await caches.delete(SCREENS); // the night is over, for all of them
  return undefined;
}

async function asLastSeen(kept) {
  const text = (await kept.text()).replace("<body ", `<body data-as-of="${kept.headers.get("Desk-Seen")}" `);
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
async function fetchAhead() {
  for (const path of AHEAD) {
    const kept = await find(path);
    if (kept && Date.now() - Number(kept.headers.get("Desk-Kept")) < AGAIN) continue;
    try {
      await note(path, await fetch(path, { credentials: "same-origin", headers: { "X-Background": "1" }, signal: AbortSignal.timeout(LONGEST) }));
    } catch {
      return; // no network: at the next screen again
    }
  }
}
