// What pages do beyond HTML. Without this file everything works but copying.
(() => {
  "use strict";
  const each = (root, selector, fn) => root.querySelectorAll(selector).forEach(fn);

  // Copy buttons say so when it is done.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("button[data-copy], button[data-copy-from]");
    if (!button) return;
    const from = button.dataset.copyFrom;
    await navigator.clipboard.writeText(from ? document.getElementById(from).textContent : button.dataset.copy);
    const label = button.querySelector("span");
    const before = button.dataset.before ?? (button.dataset.before = label.textContent);
    label.textContent = button.dataset.done;
    button.classList.add("copied");
    setTimeout(() => { label.textContent = before; button.classList.remove("copied"); }, 2000);
    kept(button);
  });

  // A form is sent once. What it downloads leaves the page where it is.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.dataset.again !== undefined) {
      if (form.dataset.again !== undefined) kept(form);
      return;
    }
    if (form.dataset.sent !== undefined) { event.preventDefault(); return; }
    form.dataset.sent = "";
    leaving = true;
    setTimeout(() => lock(form, true));
    setTimeout(() => lock(form, false), 10000); // whoever stopped waiting may send it again
  });
  const lock = (form, on) => {
    each(form, "button[type=submit]", (b) => { b.disabled = on; });
    if (!on) delete form.dataset.sent;
  };
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    if (once) location.replace(once.dataset.back);
    each(document, "form[data-sent]", (form) => lock(form, false));
  });

  // A secret is shown once: closing without having kept it asks first.
  let once, leaving = false;
  const kept = (element) => {
    if (!once || !once.contains(element)) return;
    once.dataset.kept = "";
    each(once, "input[name=kept]", (i) => { i.value = "yes"; });
  };
  const leave = (dialog) => { leaving = true; wipe(dialog); location.replace(dialog.dataset.back); };
  const wipe = (dialog) => { each(dialog, "code, pre, input", (e) => { e.textContent = ""; e.value = ""; }); each(dialog, "[data-copy]", (e) => { e.dataset.copy = ""; }); };
  const showToken = (root) => {
    const token = root.querySelector("#token");
    if (token) { token.focus({ preventScroll: true }); token.scrollIntoView({ block: "start" }); }
  };
  const open = (dialog) => {
    once = dialog;
    if (dialog.dataset.once === "kept") kept(dialog);
    dialog.close();
    dialog.showModal();
    showToken(dialog);
    const ask = document.getElementById("ask");
    const close = () => { if (dialog.dataset.kept !== undefined) leave(dialog); else ask.showModal(); };
    dialog.addEventListener("cancel", (event) => { if (event.cancelable) { event.preventDefault(); close(); } });
    // Where nobody has touched the page yet, browsers close it without asking: it comes back.
    dialog.addEventListener("close", () => { if (!leaving && !dialog.open) { dialog.showModal(); close(); } });
    dialog.querySelector("[data-close]").addEventListener("click", (event) => { event.preventDefault(); close(); });
    ask.querySelector("[data-leave]").addEventListener("click", () => leave(dialog));
    ask.querySelector("[data-stay]").addEventListener("click", () => ask.close());
    addEventListener("beforeunload", (event) => { if (!leaving && dialog.dataset.kept === undefined) event.preventDefault(); });
    addEventListener("pagehide", () => wipe(dialog));
  };

  // Roles: a filter, and all of a group at once.
  const roles = (root) => {
    const filter = root.querySelector("[data-filter]");
    if (filter && !filter.dataset.ready) {
      filter.dataset.ready = "";
      filter.hidden = false;
      const field = filter.querySelector("input");
      field.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
      field.addEventListener("input", (event) => {
        const wanted = event.target.value.trim().toLowerCase();
        each(root, ".roles-of", (group) => {
          let some = false;
          each(group, "label[data-role]", (label) => {
            label.hidden = !label.dataset.role.toLowerCase().includes(wanted);
            some ||= !label.hidden;
          });
          group.hidden = !some;
        });
      });
    }
    each(root, "button[data-all]", (button) => {
      if (button.dataset.ready) return;
      button.dataset.ready = "";
      button.addEventListener("click", (event) => {
        event.preventDefault();
        const boxes = [...button.closest("fieldset").querySelectorAll("label:not([hidden]) input[type=checkbox]")];
        const on = boxes.some((b) => !b.checked);
        boxes.forEach((b) => { b.checked = on; });
      });
    });
  };

  const arrange = (root) => {
    each(root, "button[data-copy], button[data-copy-from]", (b) => { b.hidden = false; });
    each(root, "[data-with-script]", (e) => { e.hidden = false; });
    each(root, "[data-without-script]", (e) => { e.hidden = true; });
    each(root, "time[datetime]", (time) => {
      const at = new Date(time.dateTime);
      if (!isNaN(at)) time.title = at.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" });
    });
    each(root, "form[data-on-change]:not([data-ready])", (form) => { form.dataset.ready = ""; form.addEventListener("change", () => form.requestSubmit()); });
    roles(root);
  };

  document.addEventListener("DOMContentLoaded", () => {
    arrange(document);
    const dialog = document.querySelector("dialog[data-once]");
    if (dialog) open(dialog);
    // The code of an invitation travels behind the # and never to the server by itself.
    const code = document.querySelector("input[data-from-fragment]");
    if (code && location.hash.length > 1) {
      code.value = decodeURIComponent(location.hash.slice(1));
      history.replaceState(null, "", location.pathname);
    }
  });
  // Within the dialog htmx draws the request again, so that no address in the
  // browser's history carries the secret.
  document.addEventListener("htmx:after:swap", () => { arrange(document); if (once) showToken(once); });

  // Ctrl or ⌘ and K: to the search of the page.
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "k") {
      const search = document.querySelector("[data-search]");
      if (search) { event.preventDefault(); search.focus(); search.select(); }
    }
  });
})();
