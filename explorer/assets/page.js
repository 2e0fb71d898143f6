// What the page does in the browser alone: language, light and dark, and the link to the present view.
(() => {
  const html = document.documentElement;
  html.lang = (navigator.language || "en").toLowerCase().startsWith("ko") ? "ko" : "en";

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
    new MutationObserver(keep).observe(document.body, { attributes: true, attributeFilter: ["class"] });
  };
  if (document.body) watch();
  else document.addEventListener("DOMContentLoaded", watch);

  const views = {};
  let tab = new URLSearchParams(location.search).get("tab");
  const write = () => {
    if (!views[tab]) return;
    const query = new URLSearchParams({ tab, ...views[tab] });
    const kept = new URLSearchParams(location.search).get("__theme");
    if (kept) query.set("__theme", kept);
    history.replaceState(history.state, "", `${location.pathname}?${query}`);
  };

  window.explorer = {
    // Remember the view of a tab; the address bar shows the one of the open tab.
    view(name, values) {
      for (const key in values) if (typeof values[key] === "boolean") values[key] = values[key] ? 1 : 0;
      views[name] = values;
      tab ??= name;
      write();
    },
    open(name) {
      tab = name;
      write();
    },
    toggleTheme() {
      const theme = document.body.classList.contains("dark") ? "light" : "dark";
      localStorage.setItem("theme", theme);
      paint(theme);
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
