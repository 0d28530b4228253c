// The capture form: asks who has the number while it is typed, says the birthday in words, and makes the form ready for
// the next guest once the server has answered with a receipt. Without this file the form still works, page by page.
"use strict";
(() => {
  const later = (wait, act) => {
    let timer;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(act, wait);
    };
  };
  const digits = (text) => text.normalize("NFKC").replace(/\D/g, "").length;
  const tell = (element, name) => element.dispatchEvent(new CustomEvent(name, { bubbles: true }));

  const askNumber = later(250, () => {
    const phone = document.getElementById("id_phone");
    if (phone && digits(phone.value) >= 8) tell(phone, "desk:phone");
    else document.getElementById("phone-answer")?.replaceChildren();
  });
  const askBirthday = later(250, () => {
    const month = document.getElementById("id_birthday_month");
    const day = document.getElementById("id_birthday_day");
    if (month?.value && day?.value) tell(month.closest("fieldset"), "desk:birthday");
    else document.getElementById("birthday-answer")?.replaceChildren();
  });
  const showLeap = () => {
    const lunar = document.querySelector("[name=birthday_calendar][value=lunar]");
    const leap = document.querySelector(".leap");
    if (lunar && leap) leap.hidden = !lunar.checked;
  };
  const freshId =
    () => (crypto.randomUUID
      ? crypto.randomUUID()
      : "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) =>
        (+c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (+c / 4)))).toString(16)));

  document.addEventListener("input", (event) => {
    if (event.target.id === "id_phone") askNumber();
    if (event.target.closest?.(".birthday")) {
      showLeap();
      askBirthday();
    }
  });
  document.body.addEventListener("desk:saved", () => {
    const form = document.getElementById("capture");
    form.reset();
    form.querySelectorAll("input:not([type=hidden]):not([type=radio]):not([type=checkbox]), textarea").forEach(
      (field) => {
        field.value = "";
      },
    );
    form.querySelectorAll("[type=checkbox]").forEach((box) => {
      box.checked = false;
    });
    form.querySelector("[name=birthday_calendar][value=solar]").checked = true;
    form.querySelectorAll(".is-invalid").forEach((field) => field.classList.remove("is-invalid"));
    form.querySelectorAll(".invalid-feedback, .note").forEach((note) => note.remove());
    document.getElementById("phone-answer").replaceChildren();
    document.getElementById("birthday-answer").replaceChildren();
    form.elements.client_id.value = freshId();
    form.elements.party?.remove();
    showLeap();
    document.getElementById("id_phone").focus();
  });
  // Without a network nobody can say whose number it is; should it be on file, that is settled when the form comes in.
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(name, (event) => {
      if (event.target.id === "phone-answer") event.target.textContent = event.target.dataset.offline;
    });
  }
  document.body.addEventListener("htmx:afterSettle", (event) => {
    showLeap();
    if (event.target.id === "capture") {
      event.target.querySelector("[name=sure]:not(:checked), .is-invalid")?.focus();
    }
  });
  showLeap();
})();
