// The tray: the picture in hand, the last ones before it, and those kept under a name; all of it stays in the browser's storage.
(() => {
  const { texts, takers, tabs, models } = window.trayKnows;
  const language = document.documentElement.lang === "ko" ? "ko" : "en";
  const say = (key) => texts[key][language];
  const MOST = 12;
  const MOST_SIDE = 512; // pixels of a picture that is kept in the storage
  const read = (key) => {
    try {
      return JSON.parse(localStorage.getItem(key)) ?? [];
    } catch {
      return [];
    }
  };
  // The first is in hand. Each has `picture`, a data URI, and `point` where a model can draw it again.
  let pictures = read("tray");
  let kept = read("kept");
  // Larger pictures are sent as they are while the page stays open.
  let full = null;

  const store = (key, list) => {
    for (let count = list.length; count >= 0; count -= 1) {
      try {
        localStorage.setItem(key, JSON.stringify(list.slice(0, count)));
        return;
      } catch {
        // The storage is full: without the oldest.
      }
    }
  };

  const copied = (picture, most) => {
    const width = picture.naturalWidth || picture.width;
    const height = picture.naturalHeight || picture.height;
    const scale = Math.min(1, most / Math.max(width, height));
    const canvas = Object.assign(document.createElement("canvas"), {
      width: Math.max(1, Math.round(width * scale)),
      height: Math.max(1, Math.round(height * scale)),
    });
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL();
  };

  const isSame = (one, other) =>
    one.point && other.point ? JSON.stringify(one.point) === JSON.stringify(other.point) : one.picture === other.picture;
  const openTab = () => new URLSearchParams(location.search).get("tab") ?? Object.keys(tabs)[0];
  const title = (item) => {
    if (item.name || item.point?.name) return item.name || item.point.name;
    if (item.point && "seed" in item.point) return `${say("seed")} ${item.point.seed}`;
    return item.title || say("picture");
  };
  const from = (item) => models[item.point?.model]?.[language] ?? tabs[item.tab]?.[language] ?? "";

  const hold = (item) => {
    pictures = [item, ...pictures.filter((each) => !isSame(each, item))].slice(0, MOST + 1);
    store("tray", pictures);
    draw();
  };
  const take = (picture) => {
    const width = picture.naturalWidth || picture.width;
    if (!width) return;
    const marked = picture.closest("[data-point]")?.dataset.point;
    const point = marked ? JSON.parse(marked) : null;
    full = point || Math.max(width, picture.naturalHeight || picture.height) <= MOST_SIDE ? null : copied(picture, Infinity);
    hold({ picture: copied(picture, MOST_SIDE), point, tab: openTab(), title: picture.alt || "" });
  };
  document.addEventListener(
    "click",
    (event) => {
      const pictures = "img, canvas";
      const around = event.target.closest?.(`${pictures}, button, figure, label`);
      const picture = around?.matches(pictures) ? around : around?.querySelector(pictures);
      // Canvases to draw on, and small signs on buttons, are no pictures to take.
      if (!picture?.closest("#tabs [role=tabpanel]") || picture.closest(".toolbar-wrap, .image-container, .lab-stage")) return;
      take(picture);
    },
    true,
  );
  // The picture that a tab is about: its largest.
  const main = () => {
    const panel = [...document.querySelectorAll("#tabs [role=tabpanel]")].find((each) => each.offsetParent);
    const area = (each) => each.clientWidth * each.clientHeight;
    const marked = [...(panel?.querySelectorAll("[data-point] img") ?? [])];
    const all = marked.length ? marked : [...(panel?.querySelectorAll(".pictures img, .pictures canvas") ?? [])];
    return all.filter(area).sort((one, other) => area(other) - area(one))[0];
  };

  // A tab that nobody has opened is filled first: its answer would replace what is sent.
  const filled = new Set();
  const waiting = {};
  const view = window.explorer.view;
  window.explorer.view = function (name, values) {
    view.call(this, name, values);
    filled.add(name);
    waiting[name]?.();
    if (name === "sample" && !pictures.length) {
      const first = document.querySelector("#stage [data-point] img");
      if (first) first.decode().then(() => take(first), () => {});
    }
  };
  const press = (tab) => {
    const button = document.getElementById(`take-${tab}`);
    if (button) button.click();
    else requestAnimationFrame(() => press(tab));
  };
  const send = (tab) => {
    window.explorer.go(tab);
    document.getElementById("tabs").scrollIntoView({ block: "start" });
    if (filled.has(tab)) press(tab);
    else
      waiting[tab] = () => {
        delete waiting[tab];
        press(tab);
      };
  };

  const element = (kind, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(kind), properties);
    made.append(...children.filter(Boolean));
    return made;
  };
  const button = (text, act, properties = {}) => element("button", { type: "button", textContent: text, onclick: act, ...properties });
  const thumbnail = (item, act) => {
    const made = button("", act, { className: "tray-thumb", title: title(item) });
    made.setAttribute("aria-label", `${title(item)}, ${say("from")} ${from(item)}`);
    made.append(element("img", { src: item.picture, alt: "" }));
    return made;
  };
  const takes = (tab, item) => {
    const { models: wanted } = takers[tab];
    return wanted === null || (item.point && (wanted.includes(item.point.model) || !(item.point.model in models)));
  };

  const named = (name) => {
    const [item] = pictures;
    if (!item || !name) return;
    const point = item.point && { ...item.point, name };
    kept = [{ ...item, point, name }, ...kept.filter((each) => each.name !== name)];
    changed();
  };
  const changed = () => {
    store("kept", kept);
    restore();
    draw();
  };
  const restore = () => document.getElementById("kept-restore")?.click();
  const save = () => {
    const content = new Blob([JSON.stringify({ kept, pictures })], { type: "application/json" });
    const address = URL.createObjectURL(content);
    element("a", { href: address, download: "gan-explorer-pictures.json" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 10_000);
  };
  const isItem = (each) =>
    typeof each?.picture === "string" && each.picture.startsWith("data:image/") && [null, undefined, "object"].includes(each.point && typeof each.point);
  const load = async (file) => {
    let found = null;
    try {
      found = JSON.parse(await file.text());
    } catch {
      // Told below.
    }
    isRefused = !Array.isArray(found?.kept) || !Array.isArray(found?.pictures) || ![...found.kept, ...found.pictures].every(isItem);
    if (isRefused) {
      draw();
      return;
    }
    const names = new Set(found.kept.map((each) => each.name));
    kept = [...found.kept, ...kept.filter((each) => !names.has(each.name))];
    for (const item of found.pictures.reverse()) pictures = [item, ...pictures.filter((each) => !isSame(each, item))];
    pictures = pictures.slice(0, MOST + 1);
    store("tray", pictures);
    changed();
  };

  const tray = element("section", { id: "tray", className: "tray" });
  tray.setAttribute("aria-label", say("title"));
  let isOpen = false;
  let isRefused = false;
  const drawer = () => {
    const name = element("input", { type: "text", maxLength: 40, placeholder: say("name"), id: "tray-name" });
    name.setAttribute("aria-label", say("name"));
    name.onkeydown = (event) => event.key === "Enter" && named(name.value.trim());
    const file = element("input", { type: "file", accept: ".json,application/json", id: "tray-file", hidden: true });
    file.onchange = () => file.files[0] && load(file.files[0]);
    const cell = (item) =>
      element("li", {}, thumbnail(item, () => hold(item)), element("span", { textContent: title(item) }),
        button("×", () => { kept = kept.filter((each) => each !== item); changed(); }, { className: "tray-forget", ariaLabel: `${say("forget")}: ${title(item)}` }));
    return element(
      "div",
      { className: "tray-drawer" },
      pictures.length > 1 && element("h3", { textContent: say("recent") }),
      pictures.length > 1 && element("div", { className: "tray-row", id: "tray-recent" }, ...pictures.slice(1).map((item) => thumbnail(item, () => hold(item)))),
      kept.length > 0 && element("h3", { textContent: say("kept") }),
      kept.length > 0 && element("ul", { className: "tray-row", id: "tray-kept" }, ...kept.map(cell)),
      element("div", { className: "tray-row" },
        pictures.length > 0 && name,
        pictures.length > 0 && button(say("keep"), () => named(name.value.trim()), { id: "tray-keep" }),
        button(say("take"), () => main() && take(main()), { id: "tray-take" }),
        button(say("export"), save, { id: "tray-export" }),
        button(say("import"), () => file.click(), { id: "tray-import" }), file),
      isRefused && element("p", { className: "tray-refused", role: "alert", textContent: say("refused") }),
    );
  };
  // On a phone, where buttons would not fit beside each other.
  const choice = (targets) => {
    const made = element("select", { id: "send-any", ariaLabel: say("send") }, element("option", { textContent: `${say("send")}…`, value: "" }),
      ...targets.map((tab) => element("option", { textContent: takers[tab].name[language], value: tab })));
    made.onchange = () => {
      send(made.value);
      made.value = "";
    };
    return made;
  };
  const draw = () => {
    const [item] = pictures;
    const more = button(say("more"), () => { isOpen = !isOpen; isRefused = false; draw(); document.getElementById("tray-more").focus(); }, { id: "tray-more" });
    more.setAttribute("aria-expanded", String(isOpen));
    const targets = item ? Object.keys(takers).filter((tab) => takes(tab, item)) : [];
    tray.replaceChildren(
      ...[isOpen && drawer(),
        element("div", { className: "tray-bar" },
          item ? element("img", { src: item.picture, alt: "", className: "tray-picture" }) : null,
          element("p", { className: item ? "tray-title" : "tray-title tray-nothing" }, element("strong", { textContent: item ? title(item) : say("title") }),
            element("span", { textContent: item ? from(item) : say("empty") })),
          item && element("div", { className: "tray-targets", role: "group", ariaLabel: say("send") }, element("span", { textContent: say("send") }),
            ...targets.map((tab) => button(takers[tab].name[language], () => send(tab), { id: `send-${tab}` }))),
          targets.length > 0 && choice(targets),
          more)].filter(Boolean),
    );
  };

  window.explorer.inHand = (values) => {
    const [item] = pictures;
    const picture = item && !item.point ? full ?? item.picture : "";
    return [...values.slice(0, -2), item?.point ? JSON.stringify(item.point) : "", picture];
  };
  window.explorer.tray = {
    kept() {
      return JSON.stringify(kept.filter((each) => each.point).map((each) => each.point).reverse());
    },
    // What tabs keep is told by the server, without pictures; those it does not know any more were forgotten.
    keep(text) {
      const points = JSON.parse(text || "[]");
      const known = (point) => kept.find((each) => each.point && each.name === point.name && each.point.model === point.model);
      const fresh = points.filter((point) => !known(point)).map((point) => ({ point, name: point.name, tab: openTab(), picture: shown() }));
      if (!fresh.length) return;
      kept = [...fresh.reverse(), ...kept];
      store("kept", kept);
      draw();
    },
  };
  const shown = () => {
    const picture = main();
    return picture ? copied(picture, MOST_SIDE) : "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
  };

  const begin = window.explorer.begin;
  window.explorer.begin = function (names) {
    begin.call(this, names);
    // Gradio applies what a style sheet says of some screens only inside this.
    document.querySelector(".gradio-container .contain").append(tray);
    draw();
    if (kept.some((each) => each.point)) restore();
  };
})();
