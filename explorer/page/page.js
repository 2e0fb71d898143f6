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

  // The picture that was clicked last, and the tab in which it stands.
  let picked = null;
  document.addEventListener(
    "click",
    (event) => {
      const pictures = "img, canvas";
      const around = event.target.closest?.(`${pictures}, button, figure, label`);
      const picture = around?.matches(pictures) ? around : around?.querySelector(pictures);
      if (picture && tab !== "enlarge" && picture.closest("[role=tabpanel]")) picked = { picture, tab };
    },
    true,
  );

  const linked = new URLSearchParams(location.search).get("tab");
  let tab = linked;
  let begun = false;
  const filled = new Set();
  const write = () => {
    const query = new URLSearchParams({ tab, ...views[tab] });
    const kept = new URLSearchParams(location.search).get("__theme");
    if (kept) query.set("__theme", kept);
    history.replaceState(history.state, "", `${location.pathname}?${query}`);
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
      views[name] = values;
      if (begun && name === tab) write();
    },
    // Remember the view of a tab given as `values` of the `names` in its link. Those of `optional` are left out while they
    // are empty; while another one is, as when somebody types, the last view stays. A tab's script may add to the view
    // what only the browser knows, by a function in `extras`.
    link(name, names, optional, values) {
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
      if (views[name]) this.view(name, { ...views[name], ...values });
    },
    // The linked tab is open, or the first of those with these `names`.
    begin(names) {
      if (!names.includes(tab)) tab = names[0];
      begun = true;
      filled.add(tab);
      fold(true);
      mark();
      if (views[tab]) write();
    },
    open(name) {
      // Until the linked tab is open, Gradio shows the first one, which is nobody's wish.
      if (name === tab || (linked && !begun)) return;
      const first = tab === null;
      tab = name;
      mark();
      if (!first) write();
      // The first tab is filled with the page, all others when somebody wants to see them.
      if (!first && !filled.has(name)) document.getElementById(`open-${name}`).click();
      filled.add(name);
    },
    toggleTheme() {
      const theme = document.body.classList.contains("dark") ? "light" : "dark";
      localStorage.setItem("theme", theme);
      paint(theme);
    },
    // On a phone what was asked for appears below or above who asked, and moves as pictures come.
    reveal(id) {
      const place = document.getElementById(id);
      const growing = new ResizeObserver(() => place.scrollIntoView({ block: "nearest" }));
      growing.observe(document.body);
      setTimeout(() => growing.disconnect(), 5000);
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
    // The picture that was clicked last, as a data URI; of those which the server can draw anew it knows better.
    picture() {
      if (!picked || picked.tab === "sample") return "";
      const { naturalWidth, naturalHeight, width, height } = picked.picture;
      const copy = Object.assign(document.createElement("canvas"), {
        width: naturalWidth ?? width,
        height: naturalHeight ?? height,
      });
      copy.getContext("2d").drawImage(picked.picture, 0, 0);
      return copy.toDataURL();
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
