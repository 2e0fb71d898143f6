// What a visitor does is a step in the browser's history, so that Back and Forward, Undo and Redo go along these steps.
(() => {
  // What a visitor can act on; touching the page elsewhere, as to scroll it, does nothing.
  const CONTROLS = "button, input, textarea, select, label, a, li, canvas, svg, img, [tabindex], [contenteditable]";
  const MODIFIERS = ["Control", "Shift", "Alt", "Meta"];
  // Milliseconds within which more of the same belongs to the same act: keys while somebody types, arrows on a slider.
  const SAME = 1000;

  // The number of the last act, and of the act to which the present entry of the history belongs: what else comes of that
  // one, as the positions of a slider that is dragged and the answers to them, changes the entry and is no other step.
  let act = 0;
  let written = 0;
  let last = { control: null, at: 0 };
  let held = false;
  const notice = (event) => {
    // Scripts click too, on what stands for something else.
    if ((event.type === "click" && !event.isTrusted) || MODIFIERS.includes(event.key)) return;
    // Over anything else it scrolls the page.
    if (event.type === "wheel" && event.target !== document.activeElement) return;
    const control = event.target.closest?.(CONTROLS);
    if (!control) return;
    const at = performance.now();
    const goesOn = event.type !== "pointerdown" && (held || (control === last.control && at - last.at < SAME));
    if (!goesOn) act += 1;
    last = { control, at };
  };
  for (const kind of ["pointerdown", "keydown", "input", "change", "click", "wheel", "drop", "paste"])
    document.addEventListener(kind, notice, { capture: true, passive: true });
  document.addEventListener("pointerdown", () => (held = true), true);
  for (const kind of ["pointerup", "pointercancel"]) document.addEventListener(kind, () => (held = false), true);

  // Entries are numbered; how many there are is kept with the visitor's other things of this browser tab, which outlive a reload.
  const read = (name) => Number(sessionStorage.getItem(name) ?? 0);
  const isHere = (address) => address.split("?")[0] === location.href.split(/[?#]/)[0];
  // Whoever comes by a link of the page itself, as to a scene, goes on from where they were.
  let place = history.state?.step ?? (isHere(document.referrer) ? read("step") + 1 : 0);
  if (history.state?.step === undefined) sessionStorage.setItem("steps", place);

  const settle = () => {
    sessionStorage.setItem("step", place);
    for (const [id, possible] of [["undo", place > 0], ["redo", place < read("steps")]])
      document.getElementById(id)?.setAttribute("aria-disabled", String(!possible));
  };
  const keep = (address) => {
    history.replaceState({ step: place }, "", address);
    settle();
  };
  const add = (address) => {
    place += 1;
    history.pushState({ step: place }, "", address);
    sessionStorage.setItem("steps", place);
    settle();
  };

  const go = (way) => {
    if (way < 0 ? place > 0 : place < read("steps")) history.go(way);
  };
  // On a tab whose link does not hold all that was done, as strokes, buttons of its own take these back first.
  const turn = (way) => {
    const own = document.querySelector(`[role=tabpanel] .step-${way}:not(:disabled)`);
    if (own?.checkVisibility()) own.click();
    else go(way === "undo" ? -1 : 1);
  };
  const typed = "input:not([readonly], [type=range], [type=checkbox], [type=radio], [type=button], [type=file]), textarea, select, [contenteditable]";
  document.addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || event.altKey || !["z", "y"].includes(key)) return;
    // There they undo what is typed.
    if (event.target.matches?.(typed)) return;
    event.preventDefault();
    turn(key === "y" || event.shiftKey ? "redo" : "undo");
  });

  window.steps = {
    // The number of the last act, by which one tells whether anything was done since.
    act: () => act,
    // Show `address` as that of the page: as another step, or if it is `given` or belongs to the last act, in place of the present one.
    write(address, given) {
      if (address === location.pathname + location.search) return;
      if (given || act === written) keep(address);
      else {
        written = act;
        add(address);
      }
    },
    // `show` the page as the address has it whenever the visitor goes back or forward.
    begin(show) {
      const { lang } = document.documentElement;
      for (const button of document.querySelectorAll("#undo, #redo")) {
        button.title = `${button.dataset[lang]} (${button.dataset.keys})`;
        button.setAttribute("aria-label", button.dataset[lang]);
        button.onclick = () => go(button.id === "undo" ? -1 : 1);
      }
      // Whoever takes something back stays where they are.
      history.scrollRestoration = "manual";
      addEventListener("pagehide", () => (history.scrollRestoration = "auto"));
      keep(location.href);
      addEventListener("popstate", (event) => {
        // A link within the page makes an entry without a number.
        place = event.state?.step ?? place;
        written = act;
        settle();
        show();
      });
      addEventListener("pageshow", settle);
    },
  };
})();
