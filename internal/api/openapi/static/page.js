// Filters the operations by what is typed, and opens the one that the address names.
const filter = document.querySelector("[data-filter]");
const operations = [...document.querySelectorAll("[data-op]")].map((element) => ({
  element,
  text: (element.querySelector("summary") ?? element).textContent.toLowerCase(),
}));

function show() {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  let some = false;
  for (const { element, text } of operations) {
    element.hidden = !words.every((word) => text.includes(word));
    some ||= !element.hidden;
  }
  for (const group of document.querySelectorAll("[data-group]")) {
    group.hidden = !group.querySelector("[data-op]:not([hidden])");
  }
  document.querySelector(".none").hidden = some;
}

function open() {
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target instanceof HTMLDetailsElement) {
    target.open = true;
    target.scrollIntoView();
  }
}

filter.addEventListener("input", show);
addEventListener("hashchange", open);
if (filter.value) show();
open();
