// Tabs as WAI-ARIA describes them: arrows move, the chosen one is in the address so that a reload stays there.

export class Tabs {
  /**
   * @param {NodeListOf<Element>} tabs buttons with role tab and aria-controls
   * @param {(name: string) => void} onSelect told the id of the shown panel
   */
  constructor(tabs, onSelect) {
    this._tabs = /** @type {HTMLElement[]} */ ([...tabs]);
    this._onSelect = onSelect;
    for (const tab of this._tabs) {
      tab.addEventListener("click", () => this.select(panelOf(tab)));
      tab.addEventListener("keydown", (event) => this._key(event, tab));
    }
    const wanted = location.hash.slice(1);
    if (this._tabs.some((tab) => panelOf(tab) === wanted)) queueMicrotask(() => this.select(wanted));
  }

  /** @param {string} name */
  select(name) {
    for (const tab of this._tabs) {
      const chosen = panelOf(tab) === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      const panel = document.getElementById(panelOf(tab));
      if (panel) panel.hidden = !chosen;
    }
    history.replaceState(null, "", `#${name}`);
    this._onSelect(name);
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLElement} tab
   */
  _key(event, tab) {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const next = this._tabs[(this._tabs.indexOf(tab) + step + this._tabs.length) % this._tabs.length];
    next.focus();
  }
}

/** @param {HTMLElement} tab */
function panelOf(tab) {
  return tab.getAttribute("aria-controls") ?? "";
}
