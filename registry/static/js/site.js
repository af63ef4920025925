// Small comforts on top of pages that work without any script.
"use strict";

const narrow = window.matchMedia("(max-width: 48rem)");
let speaking;

// Menu and filters come open in the page; a phone starts with them folded.
function fold() {
  for (const details of document.querySelectorAll("details[data-fold]:not([data-ready])")) {
    details.open = !narrow.matches;
    details.dataset.ready = "";
  }
}

// What a screen reader should hear of a changed result: the text of [data-status], a moment after the last change.
function announce(root) {
  const words = root.querySelector?.("[data-status]")?.textContent.trim();
  if (!words) return;
  clearTimeout(speaking);
  speaking = setTimeout(() => { document.getElementById("status").textContent = words; }, 400);
}

// An instant search changes the address: what points at this very answer (in other languages, as a feed, as a file) follows it.
function readdress() {
  const heading = document.getElementById("answer-title");
  if (!heading) return;
  for (const link of document.querySelectorAll("link[rel=canonical], link[rel=alternate], .languages a")) {
    const address = new URL(link.href);
    address.search = location.search;
    if (link.type) address.searchParams.delete("side");
    if (link.title) link.title = heading.textContent;
    link.href = address.href;
  }
}

const SHORTCUTS_OFF = "registry.shortcuts.off"; // the review room's keys go by it too

function shortcutsOff() {
  try { return localStorage.getItem(SHORTCUTS_OFF) === "1"; } catch { return false; }
}

// The box in the footer turns single keys off for this browser (WCAG 2.1.4). Without script there are none, and no box.
function offerShortcuts() {
  const chosen = document.querySelector("[data-shortcut-choice]");
  if (!chosen || document.querySelector("[data-shortcuts]")) return; // the review room has its own box for the same choice
  chosen.checked = !shortcutsOff();
  chosen.closest("[hidden]").hidden = false;
  chosen.addEventListener("change", () => {
    try { localStorage.setItem(SHORTCUTS_OFF, chosen.checked ? "" : "1"); } catch { /* not remembered */ }
  });
}

// "/" goes to the search field unless somebody is writing or has turned it off.
function shortcut(event) {
  const writing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || writing || event.ctrlKey || event.metaKey || event.altKey) return;
  const field = document.querySelector("input[data-search]");
  if (!field || shortcutsOff()) return;
  event.preventDefault();
  field.focus();
  field.select();
}

// A filter or sorting choice in a plain form takes effect at once; its button stays for everyone without script.
function submitOnChange(event) {
  const form = event.target.closest("form[data-instant]");
  if (form && event.target.matches("select, input[type=checkbox], input[type=radio]")) form.requestSubmit();
}

// What is written above a long list of filters hides the others at once; without script the form's button does the same.
function lookInList(event) {
  if (!event.target.matches("[data-look-in-list]")) return;
  const plain = (text) => text.normalize("NFC").toLocaleLowerCase("nb");
  const list = event.target.closest("fieldset");
  const wanted = plain(event.target.value.trim());
  let seen = 0;
  for (const option of list.querySelectorAll(".option")) {
    const label = option.querySelector("label > span").textContent;
    option.hidden = !option.querySelector("input").checked && !plain(label).includes(wanted);
    if (!option.hidden) seen += 1;
  }
  const rest = list.querySelector("details.more");
  if (rest) rest.open = wanted !== "";
  list.querySelector("[data-none-of-list]").hidden = seen > 0;
}

// An instant search without an answer: the old hits stay, and it is said that they are old.
function unanswered(isSo) {
  const notice = document.querySelector("[data-unanswered]");
  if (notice) notice.hidden = !isSo;
}

narrow.addEventListener("change", () => {
  if (narrow.matches) return;
  for (const details of document.querySelectorAll("details[data-fold]")) details.open = true;
});
document.addEventListener("keydown", shortcut);
offerShortcuts();
document.addEventListener("change", submitOnChange);
document.addEventListener("input", lookInList);
document.addEventListener("htmx:after:swap", (event) => {
  const refused = event.detail?.ctx?.response?.status >= 400; // htmx says so too, though it swaps nothing then
  unanswered(refused);
  if (!refused) { fold(); announce(document); readdress(); }
});
document.addEventListener("htmx:error", () => unanswered(true));
fold();
document.querySelector("[data-focus]")?.focus();
