// The list of what waits on this tablet: kind, time and why, never what was typed, which nobody can read here.
"use strict";
(() => {
  const box = document.getElementById("waiting");
  const words = box.dataset, part = (id) => document.getElementById(id);
  const clock = (at) =>
    new Date(at).toLocaleString("sv-SE", { timeZone: words.zone, dateStyle: "short", timeStyle: "short" });
  const said = (name) => box.getAttribute(`data-${name}`);
  const [sendNow, underWay, signedOut] = [part("send-now"), part("under-way"), part("signed-out")];

  function line(who, what) {
    const item = part("one").content.cloneNode(true);
    item.querySelector(".who").textContent = who;
    item.querySelector(".what").textContent = what;
    return item;
  }

  function fill(id, items) {
    part(id).hidden = !items.length;
    part(id).querySelector("ul").replaceChildren(...items);
  }

  document.addEventListener("desk:queue", ({ detail: { forms, from } }) => {
    const own = forms.filter((form) => form.user === document.body.dataset.user);
    const others = new Map();
    for (const form of forms) if (!own.includes(form)) others.set(form.user, (others.get(form.user) || 0) + 1);
    fill("own", own.map((form) => line(said(`kind-${form.kind}`), `${clock(form.at)} · ${said(`why-${form.why}`)}`)));
    fill("others", [...others].map(([who, n]) => line(words.others.replace("{n}", n).replace("{who}", who), "")));
    part("none").hidden = Boolean(forms.length);
    sendNow.hidden = !own.length;
    signedOut.hidden = !own.some((form) => form.why === "signedout");
    underWay.hidden = !from || !own.length;
    if (from) {
      const done = Math.max(0, from - own.length), bar = underWay.querySelector("progress");
      [bar.max, bar.value] = [from, done];
      underWay.querySelector("[data-text]").textContent = words.of.replace("{done}", done).replace("{all}", from);
    }
  });
  sendNow.addEventListener("click", () => window.desk.queue?.run(true));
  signedOut.querySelector("button").addEventListener("click", () => window.desk.signInAgain());
  window.desk.queue?.show();
})();
