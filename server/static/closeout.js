// Keys, and the pages that renew themselves. Everything works without this file; it only saves a hand's way to the mouse.
"use strict";

const typing = (element) => element instanceof HTMLElement && (element.isContentEditable || /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName));

// A page names its keys in the markup: data-key="a" on the link, button or field that the key stands for.
function press(key) {
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!target) return false;
  if (typing(target)) {
    target.focus();
    target.select?.();
  } else {
    target.click();
  }
  return true;
}

// In a list, j and k walk the rows: the first link of a row takes the focus, so that Enter opens it.
function walk(step) {
  const rows = [...document.querySelectorAll("[data-rows] tbody tr")].filter((row) => row.querySelector("a"));
  if (!rows.length) return false;
  const here = rows.findIndex((row) => row.classList.contains("here"));
  const next = rows[Math.min(Math.max(here + step, 0), rows.length - 1)];
  rows[here]?.classList.remove("here");
  next.classList.add("here");
  next.querySelector("a").focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  return true;
}

// On a narrow screen the navigation is one line that scrolls: the page that is shown stands in sight in it.
document.querySelector(".nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const step = { j: 1, k: -1 }[event.key];
  if (press(event.key) || (step && walk(step))) event.preventDefault();
});

// A field that chooses what a list shows sends its form at once; without scripts there is a button.
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-send]")) event.target.form.requestSubmit();
});

// What was typed into a form that the server refused is put back into it, with the sentence that says why at its head.
const TYPED = "closeout-typed";
const typedFields = (form) => [...form.elements].filter((one) => one.name && !/^(hidden|password|file|submit|button|fieldset)$/.test(one.type));
const sameForm = (form) => form.getAttribute("action") + [...form.querySelectorAll("[type=hidden]:not([name=csrfmiddlewaretoken], [name=seen])")].map((one) => `&${one.name}=${one.value}`).join("");

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  const values = typedFields(form).map((one) => (one.type === "checkbox" || one.type === "radio" ? one.checked : one.multiple ? [...one.selectedOptions].map((each) => each.value) : one.value));
  sessionStorage.setItem(TYPED, JSON.stringify({ form: sameForm(form), values }));
});

function putBack() {
  const kept = JSON.parse(sessionStorage.getItem(TYPED));
  sessionStorage.removeItem(TYPED);
  const trouble = document.querySelector("main > .note.error[role]");
  const form = kept && trouble && [...document.forms].find((one) => sameForm(one) === kept.form);
  const fields = form ? typedFields(form) : [];
  if (!fields.length || fields.length !== kept.values.length) return;
  fields.forEach((one, at) => {
    const value = kept.values[at];
    if (typeof value === "boolean") one.checked = value;
    else if (Array.isArray(value)) for (const each of one.options) each.selected = value.includes(each.value);
    else one.value = value;
  });
  for (let part = form.closest("details"); part; part = part.parentElement.closest("details")) part.open = true;
  form.prepend(trouble);
  fields[0].focus({ preventScroll: true });
  trouble.scrollIntoView({ block: "center" });
}
putBack();

// A table that is wider or higher than its place scrolls there, and by the arrow keys as well.
for (const part of document.querySelectorAll(".scroll, .chart")) {
  const wide = part.scrollWidth > part.clientWidth;
  if (wide) part.classList.add("wide");
  if (wide || part.scrollHeight > part.clientHeight) part.tabIndex = 0;
}

// An open menu closes on a click elsewhere and on Escape.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keyup", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
});

// While something runs, its status is asked for; when it has moved on, the live parts of the page are fetched anew.
const PAUSE = 1500;

async function renew() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok || answer.redirected) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-live]")) {
    const other = fresh.getElementById(part.id);
    if (other) part.replaceWith(other);
  }
}

async function follow(element) {
  let known = element.dataset.version;
  for (;;) {
    await new Promise((resume) => setTimeout(resume, PAUSE));
    const answer = await fetch(element.dataset.poll, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) return;
    const status = await answer.json();
    if (status.onward) return location.replace(status.onward);
    if (status.version !== known) await renew();
    known = status.version;
    if (!status.running) return;
  }
}

// On a narrow screen the names of the pages stand in a line: the page that is shown is moved into sight.
const nav = document.querySelector(".nav");
const current = nav?.querySelector("[aria-current]");
if (current && nav.scrollWidth > nav.clientWidth) nav.scrollLeft = current.offsetLeft - (nav.clientWidth - current.offsetWidth) / 2;

for (const element of document.querySelectorAll("[data-poll]")) follow(element).catch(() => {});
