// What the page does in the browser alone: language, light and dark, and the link to the present view.
(() => {
  const html = document.documentElement;
  html.lang = (navigator.language || "en").toLowerCase().startsWith("ko") ? "ko" : "en";

  // Gradio names the two parts of a slider in English, whatever the language of its label; what they are, their roles say.
  const inEnglish = "[aria-label^='number input for '], [aria-label^='range slider for ']";
  let renaming = null;
  const rename = () => {
    renaming = null;
    for (const part of document.querySelectorAll(inEnglish))
      part.setAttribute("aria-label", part.getAttribute("aria-label").replace(/^(number input|range slider) for /, ""));
  };
  // Not at every change, of which there are thousands while the page is built.
  const renameSoon = () => {
    renaming ??= setTimeout(rename, 300);
  };

  const paint = (theme) => {
    for (const element of [html, document.body]) element?.classList.toggle("dark", theme === "dark");
  };
  // Gradio paints the system's theme when it mounts, so the visitor's own choice is put back after it.
  const keep = () => {
    const chosen = localStorage.getItem("theme");
    if (chosen && document.body.classList.contains("dark") !== (chosen === "dark")) paint(chosen);
  };
  const watch = () => {
    keep();
    const changes = { subtree: true, childList: true, attributes: true, attributeFilter: ["aria-label"] };
    if (html.lang === "ko") new MutationObserver(renameSoon).observe(document.body, changes);
    new MutationObserver(keep).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  };
  if (document.body) watch();
  else document.addEventListener("DOMContentLoaded", watch);

  const views = {};
  const waiting = new WeakMap();
  let untouched = false;
  for (const kind of ["pointerdown", "keydown", "click", "change", "drop", "paste"]) {
    document.addEventListener(
      kind,
      (event) => {
        // A click by script only hands over the brush. What is pasted may go to the whole page.
        const byHand = kind !== "click" || event.isTrusted;
        if (byHand && (kind === "paste" || event.target.closest?.("#classes-canvas"))) untouched = false;
      },
      true,
    );
  }
  // The ids of everything that somebody has touched.
  const touched = new Set();
  document.addEventListener(
    "pointerdown",
    (event) => {
      for (let element = event.target; element; element = element.parentElement) touched.add(element.id);
    },
    true,
  );
  // Gradio's editor goes blank without a word when it is given a file that is no picture, so such files are kept from it.
  const checked = new WeakSet();
  const check = async (event, files, again) => {
    event.stopImmediatePropagation();
    event.preventDefault();
    try {
      for (const file of files) (await createImageBitmap(file)).close();
    } catch {
      if (event.type === "change") event.target.value = "";
      document.getElementById("unreadable").click();
      return;
    }
    const repeated = again();
    checked.add(repeated);
    event.target.dispatchEvent(repeated);
  };
  document.addEventListener(
    "change",
    (event) => {
      if (checked.has(event) || !event.target.matches?.(".checked-upload input[type=file]")) return;
      check(event, event.target.files, () => new Event("change", { bubbles: true }));
    },
    true,
  );
  document.addEventListener(
    "drop",
    (event) => {
      // Once the event is over, it gives its files away no more.
      const files = [...(event.dataTransfer?.files ?? [])];
      if (checked.has(event) || !files.length || !event.target.closest?.(".checked-upload")) return;
      const dataTransfer = new DataTransfer();
      for (const file of files) dataTransfer.items.add(file);
      check(event, files, () => new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer }));
    },
    true,
  );

  // What lies further down, or opens only by hand, is fetched when a visitor does anything, at the latest when they have looked around.
  const LOOKED_AROUND = 10_000;
  const stirs = ["pointerdown", "keydown", "wheel", "touchstart", "scroll", "focusin"];
  const listen = () => {
    const late = setTimeout(() => stir(), LOOKED_AROUND);
    const stir = () => {
      clearTimeout(late);
      for (const kind of stirs) document.removeEventListener(kind, stir, true);
      document.getElementById("touched").click();
    };
    for (const kind of stirs) document.addEventListener(kind, stir, { capture: true, passive: true });
  };

  const linked = new URLSearchParams(location.search).get("tab");
  // A link may name, after its #, what is to be seen of the tab as soon as that is filled.
  let shown = location.hash.slice(1);
  let tab = linked;
  let begun = false;
  let tabs = [];
  const filled = new Set();
  // Put the view in the address: as a step of the visitor's, or as what the page is `given` where nobody did anything.
  const write = (given = false) => {
    const query = new URLSearchParams({ tab, ...views[tab] });
    const kept = new URLSearchParams(location.search).get("__theme");
    if (kept) query.set("__theme", kept);
    window.steps.write(`${location.pathname}?${query}`, given);
  };

  // How often each tab is still to be filled. If that is asked for while one goes on, Gradio does it once more after that.
  const filling = {};
  const fill = (name) => {
    filling[name] = Math.min(2, (filling[name] ?? 0) + 1);
    filled.add(name);
    document.getElementById(`open-${name}`).click();
  };
  // The view that comes back by a step in the history. Answers to what was asked for before may come after it; then it is
  // brought once more.
  let back = null;
  const MOST_TRIES = 3;
  const PATIENCE = 10_000;
  const bring = () => {
    clearTimeout(back.timer);
    // What goes wrong is not told here.
    back.timer = setTimeout(arrive, PATIENCE);
    back.tries += 1;
    // Meanwhile nobody can change what is about to be replaced.
    document.getElementById("tabs").classList.add("coming-back");
    fill(back.name);
  };
  const arrive = () => {
    clearTimeout(back.timer);
    filling[back.name] = 0;
    back.act = window.steps.act();
    document.getElementById("tabs").classList.remove("coming-back");
  };
  const isComing = (name) => back?.name === name && filling[name] > 0;
  // Whether nobody did anything since the view of that tab came back, so that what is told of another one is late.
  const isBack = (name) => back?.name === name && (isComing(name) || back.act === window.steps.act());
  const text = (values) => {
    const query = new URLSearchParams(values);
    query.sort();
    return String(query);
  };
  // The page as the address has it.
  const show = () => {
    const { tab: named, __theme, ...asked } = Object.fromEntries(new URLSearchParams(location.search));
    const name = tabs.includes(named) ? named : tabs[0];
    clearTimeout(back?.timer);
    back = null;
    document.getElementById("tabs").classList.remove("coming-back");
    if (name !== tab) {
      tab = name;
      mark();
      window.explorer.go(name);
    }
    if (!filled.has(name)) fill(name);
    // Of a tab that was left before it was filled the address tells nothing more.
    else if (!Object.keys(asked).length) write(true);
    else if (text(asked) !== text(views[name])) {
      views[name] = asked;
      back = { name, tries: 0 };
      bring();
    }
  };

  // The menu shows which tab is open; Gradio's own bar, which has no groups, is hidden behind it.
  const mark = () => {
    for (const button of document.querySelectorAll(".menu-tabs button")) {
      if (button.id === `menu-${tab}`) button.setAttribute("aria-current", "page");
      else button.removeAttribute("aria-current");
    }
    const current = document.getElementById(`menu-${tab}`);
    const unfold = document.getElementById("menu-open");
    if (current && unfold) unfold.dataset.current = current.textContent.trim();
  };
  const fold = (folded) => {
    document.getElementById("menu")?.classList.toggle("unfolded", !folded);
    document.getElementById("menu-open")?.setAttribute("aria-expanded", String(!folded));
  };

  window.explorer = {
    go(name) {
      fold(true);
      document.querySelector(`#tabs [role=tab][data-tab-id="${name}"]`)?.click();
    },
    unfoldMenu() {
      fold(document.getElementById("menu").classList.contains("unfolded"));
    },
    // Remember the view of a tab; the address bar shows the one of the open tab.
    view(name, values) {
      for (const key in values) if (typeof values[key] === "boolean") values[key] = values[key] ? 1 : 0;
      const given = !views[name];
      views[name] = values;
      if (begun && name === tab) write(given);
    },
    // Remember the view of a tab given as `values` of the `names` in its link. Those of `optional` are left out while they
    // are empty; while another one is, as when somebody types, the last view stays. A tab's script may add to the view
    // what only the browser knows, by a function in `extras`. `arrived` tells that the tab has just been filled.
    link(name, names, optional, values, arrived = false) {
      if (arrived) filling[name] = Math.max(0, filling[name] - 1);
      if (arrived && name === linked && shown) {
        this.reveal(shown);
        shown = "";
      }
      if (arrived && back?.name === name) {
        if (!filling[name]) arrive();
        return;
      }
      if (isBack(name)) {
        if (back.tries < MOST_TRIES) bring();
        return;
      }
      const known = {};
      for (const [index, key] of names.entries()) {
        const value = values[index];
        if ((value === null || value === "") && optional.includes(key)) continue;
        if (value === null || value === undefined) return;
        known[key] = value;
      }
      this.view(name, { ...known, ...this.extras[name]?.() });
    },
    extras: {},
    // Change some values of a tab's view, once it has one.
    amend(name, values) {
      if (views[name] && !isComing(name)) this.view(name, { ...views[name], ...values });
    },
    // The page stands: of the tabs with these `names` open the linked one, or the first. Gradio has opened the first.
    begin(names) {
      const first = names[0];
      tabs = names;
      if (!names.includes(tab)) tab = first;
      begun = true;
      window.steps.begin(show);
      mark();
      fold(true);
      if (tab !== first) this.go(tab);
      fill(tab);
      listen();
    },
    // A tab was opened; it is filled when somebody first wants to see it.
    open(name) {
      if (!begun || name === tab) return;
      // Another one may have been opened since.
      if (!document.querySelector(`#tabs [role=tab][data-tab-id="${name}"][aria-selected=true]`)) return;
      tab = name;
      mark();
      // What is filled reads the address.
      write();
      if (!filled.has(name)) fill(name);
    },
    toggleTheme() {
      const theme = document.body.classList.contains("dark") ? "light" : "dark";
      localStorage.setItem("theme", theme);
      paint(theme);
    },
    // On a phone what was asked for appears below or above who asked, and moves as pictures come.
    reveal(id) {
      const growing = new ResizeObserver(() => document.getElementById(id)?.scrollIntoView({ block: "nearest" }));
      growing.observe(document.body);
      const leave = () => growing.disconnect();
      setTimeout(leave, 5000);
      // Whoever scrolls meanwhile wants to see something else.
      for (const kind of ["wheel", "touchmove", "keydown"]) document.addEventListener(kind, leave, { once: true, passive: true });
    },
    // An image editor that offers uploads begins with them; whoever comes to draw finds the brush in hand.
    // Without uploads the brush stands in the first `place`.
    pickBrush(id, place = 2) {
      const pick = () => {
        const brush = document.querySelector(`#${id} .toolbar-wrap button:nth-of-type(${place})`);
        brush?.click();
        return brush;
      };
      if (pick()) return;
      const seen = new MutationObserver(() => pick() && seen.disconnect());
      seen.observe(document.body, { childList: true, subtree: true });
    },
    // The `values` of an event, the last of which is what the editor `id` holds; null in its place until somebody has
    // touched the editor, which tells of being there as of a stroke.
    strokes(id, values) {
      return touched.has(id) ? values : [...values.slice(0, -1), null];
    },
    // Of clicks on `element` in quick succession only the last one acts: their requests may overtake each other.
    last(element, act) {
      clearTimeout(waiting.get(element));
      waiting.set(element, setTimeout(act, 30));
    },
    // Whether the canvas was cleared, and nobody has touched it since.
    cleared() {
      untouched = true;
    },
    isCleared() {
      return untouched;
    },
    async copyLink(button) {
      try {
        await navigator.clipboard.writeText(location.href);
      } catch {
        // Without https there is no clipboard API; a selection still copies.
        const field = Object.assign(document.createElement("input"), { value: location.href });
        document.body.append(field);
        field.select();
        document.execCommand("copy");
        field.remove();
      }
      button.dataset.copied = "true";
      setTimeout(() => delete button.dataset.copied, 2000);
    },
    download(file) {
      if (!file) return;
      const link = Object.assign(document.createElement("a"), { href: file.url, download: file.orig_name });
      document.body.append(link);
      link.click();
      link.remove();
    },
  };
})();
