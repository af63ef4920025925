// What this browser remembers for its owner: offers on the list and the last searches. Nothing of it is sent to anybody
// but in the address of the list, when its owner opens it. Pages say the same without script.
"use strict";

{
  const OFFERS = "remembered-offers", SEARCHES = "recent-searches";
  const MOST_OFFERS = 50, MOST_SEARCHES = 5;

  // A browser may refuse to keep anything; then there is nothing to remember and nothing breaks.
  function read(name) {
    try {
      const kept = JSON.parse(localStorage.getItem(name) ?? "[]");
      return Array.isArray(kept) ? kept : [];
    } catch { return []; }
  }
  function keep(name, values) {
    try { localStorage.setItem(name, JSON.stringify(values)); return true; } catch { return false; }
  }

  const listLinks = () => document.querySelectorAll('.menu nav a[href*="/huskeliste"]');
  const listPath = () => listLinks()[0]?.pathname;

  function listAddress(keys) {
    const query = new URLSearchParams(keys.map((key) => ["id", key]));
    return listPath() + (keys.length ? `?${query}` : "");
  }

  // Stars show what is kept, and the menu's link carries it.
  function show() {
    const keys = read(OFFERS);
    for (const button of document.querySelectorAll("button[data-remember]")) {
      button.hidden = false;
      button.setAttribute("aria-pressed", keys.includes(button.dataset.remember));
    }
    for (const link of listLinks()) {
      link.href = listAddress(keys);
      link.dataset.count = keys.length || "";
    }
  }

  function toggle(key) {
    const keys = read(OFFERS);
    const kept = keys.includes(key) ? keys.filter((one) => one !== key) : [...keys, key].slice(-MOST_OFFERS);
    if (keep(OFFERS, kept)) show();
  }

  // The list is opened without an address of its own: go to the one that this browser knows.
  function openOwnList() {
    const keys = read(OFFERS);
    if (location.pathname === listPath() && !location.search && keys.length) location.replace(listAddress(keys));
  }

  // A search is kept when its reader leaves it: what was typed on the way is no search.
  function keepSearch() {
    const name = document.querySelector("[data-search-name]")?.dataset.searchName;
    if (!name || !location.search) return;
    const search = { href: location.pathname + location.search, text: name };
    const others = read(SEARCHES).filter((one) => one.text !== search.text); // another page of it is the same search
    keep(SEARCHES, [search, ...others].slice(0, MOST_SEARCHES));
  }

  function showSearches() {
    for (const section of document.querySelectorAll("[data-recent]")) {
      const here = location.pathname + location.search;
      const searches = read(SEARCHES).filter((one) => typeof one.href === "string" && /^\/\w\w\/tilbud\?/.test(one.href) && one.href !== here);
      section.hidden = !searches.length;
      section.querySelector("ul").replaceChildren(...searches.map((one) => {
        const item = document.createElement("li"), link = document.createElement("a");
        link.className = "ds-link";
        link.href = one.href;
        link.textContent = one.text;
        item.append(link);
        return item;
      }));
    }
  }

  document.addEventListener("click", (event) => {
    const star = event.target.closest("button[data-remember]");
    if (star) toggle(star.dataset.remember);
    const forget = event.target.closest("a[data-forget]");
    if (forget && read(OFFERS).includes(forget.dataset.forget)) toggle(forget.dataset.forget);
    if (event.target.closest("[data-recent] button")) { keep(SEARCHES, []); showSearches(); }
  });
  document.addEventListener("htmx:after:swap", show);
  window.addEventListener("storage", show);
  window.addEventListener("pagehide", keepSearch);
  window.addEventListener("pageshow", () => { show(); showSearches(); });
  openOwnList();
  show();
  // Who reads the own list has no use for its stars; who was sent one may keep what is in it.
  for (const link of document.querySelectorAll("a[data-forget]")) {
    const star = document.querySelector(`button[data-remember="${CSS.escape(link.dataset.forget)}"]`);
    if (star && read(OFFERS).includes(link.dataset.forget)) star.remove();
  }
  showSearches();
}
