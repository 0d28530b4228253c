// What a tablet keeps: sealed forms in the order they were typed in, which of them their author has seen refused, and a few
// facts of this tablet. Nothing is sent from here: queue.js does that.
"use strict";
(() => {
  if (!window.idb || !window.indexedDB) return;

  // --- the database, opened again where the browser closed it: with a full disk it does, and the next form may fit ----

  let opening;
  const reopen = () => (opening = undefined);

  function open() {
    const database = idb.openDB("desk", 1, {
      upgrade(db) {
        db.createObjectStore("forms", { keyPath: "n", autoIncrement: true }).createIndex("id", "id", { unique: true });
        db.createObjectStore("facts");
      },
      blocking(_at, _to, { target }) {
        target.close();
        reopen();
      },
      terminated: reopen,
    });
    database.catch(reopen);
    return database;
  }

  async function write(stores, options, work) {
    const database = await (opening ||= open());
    const lock = database.transaction(stores, "readwrite", options);
    lock.done.catch(() => {}); // awaited below; where `work` fails first, its own error is the one to report
    await work(lock.store);
    await lock.done;
  }

  // --- forms ----------------------------------------------------------------------------------------------------------

  const all = async () => (await (opening ||= open())).getAll("forms");
  const keyOf = async (id) => (await (opening ||= open())).getKeyFromIndex("forms", "id", id);

  // Resolves when the transaction is complete and flushed to the disk, not before; rejects where it cannot be written.
  const put = (form) =>
    write("forms", { durability: "strict" }, async (forms) => {
      const known = await forms.index("id").getKey(form.id);
      await forms.put(known === undefined ? form : { ...form, n: known });
    });

  const drop = (id) =>
    write("forms", {}, async (forms) => {
      const n = await forms.index("id").getKey(id);
      if (n !== undefined) await forms.delete(n);
    });

  // Why a form waits is for the list alone: where it cannot be written, what waits goes out all the same.
  const mark = (ids, why) =>
    write("forms", {}, async (forms) => {
      for (const form of await forms.getAll()) {
        if (ids.includes(form.id) && form.why !== why) await forms.put({ ...form, why });
      }
    }).catch(report);

  // --- refused, and its author has seen why ---------------------------------------------------------------------------

  // Noted at once, by its UUID alone: a page that is left takes back what it has begun in the database, and the form
  // would go out from the next page.
  const REFUSED = "desk-refused";
  const inPage = new Set(); // for where nothing can be written any more
  const refused = () => [...new Set([...inPage, ...JSON.parse(localStorage.getItem(REFUSED) || "[]")])];

  function note(ids) {
    try {
      localStorage.setItem(REFUSED, JSON.stringify(ids));
    } catch (error) {
      report(error);
    }
  }

  function unrefuse(id) {
    inPage.delete(id);
    note(refused().filter((other) => other !== id));
  }

  async function forget(id) {
    note([...refused(), id]);
    inPage.add(id);
    await drop(id);
    unrefuse(id);
  }

  // --- facts: what cannot be written is known to this page at least -----------------------------------------------------

  const facts = new Map();

  async function fact(name) {
    if (facts.has(name)) return facts.get(name);
    try {
      return await (await (opening ||= open())).get("facts", name);
    } catch (error) {
      return report(error);
    }
  }

  async function learn(name, value) {
    facts.set(name, value);
    try {
      await write("facts", {}, (store) => store.put(value, name));
      facts.delete(name);
    } catch (error) {
      report(error);
    }
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

  async function seal(form, { kid, n, e }) {
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
      text.encode(JSON.stringify(form)),
    );
    return [head, ...[wrapped, iv, sealed.slice(0, -16), sealed.slice(-16)].map(base64url)].join(".");
  }

  // The kind of error alone: its message may name what was typed.
  function report(error) {
    console.error(error.name);
  }

  window.desk.store = { all, keyOf, put, drop, mark, refused, unrefuse, forget, fact, learn, device, seal, report };
})();
