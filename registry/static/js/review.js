// Keys of the review room: every [data-key] is an ordinary button or link that its key presses (WCAG 2.1.4: can be switched off).
"use strict";

const OFF = "registry.shortcuts.off";
const chosen = document.querySelector("[data-shortcuts]");
const help = document.querySelector("[data-help]");

function isOff() {
  try { return localStorage.getItem(OFF) === "1"; } catch { return false; }
}

function writing(target) {
  return target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
}

// "Wrong data" must say what is wrong: where nothing is chosen or written, its key goes to the choice instead.
function missing(button) {
  const needed = document.getElementById(button.dataset.needs ?? "");
  const words = document.getElementById("note");
  return needed && !needed.value && !words?.value.trim() ? needed : null;
}

function press(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.key === "Escape" && writing(event.target)) return void event.target.blur();
  if (isOff() || writing(event.target)) return;
  if (event.key === "?" && help) {
    help.open = !help.open;
    if (help.open) help.querySelector("summary").focus();
    return void event.preventDefault();
  }
  const key = event.key.toLowerCase();
  const target = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key);
  if (!target || target.disabled) return;
  event.preventDefault();
  const field = missing(target);
  if (field) {
    const folded = field.closest("details:not([open])");
    if (folded) folded.open = true;
    setTimeout(() => field.focus(), 50); // it can have focus once what it was folded into has been drawn
    return;
  }
  target.click();
}

if (chosen) {
  chosen.checked = !isOff();
  chosen.closest("label")?.removeAttribute("hidden");
  chosen.addEventListener("change", () => {
    try { localStorage.setItem(OFF, chosen.checked ? "0" : "1"); } catch { /* a browser that keeps nothing */ }
  });
}
document.addEventListener("keydown", press);
