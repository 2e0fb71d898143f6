// The row of keyframes: one is pressed, and the buttons below it act on that one. Runs inside Gradio's HTML component.
let pressed = null;
let known = null;
let place = 0;

const keys = () => [...element.querySelectorAll(".key")];
const press = (key) => {
  for (const other of keys()) other.setAttribute("aria-pressed", String(other === key));
  if (!key) return;
  pressed = key.dataset.number;
  place = keys().indexOf(key);
  const label = element.querySelector("select");
  if (label) label.value = key.dataset.label;
};
// After a change the new keyframe is pressed, or the one that was, or what stands where it stood.
const settle = () => {
  const all = keys();
  if (!all.length) return;
  const fresh = known && all.find((key) => !known.has(key.dataset.number));
  press(fresh ?? all.find((key) => key.dataset.number === pressed) ?? all[Math.min(place, all.length - 1)]);
  known = new Set(all.map((key) => key.dataset.number));
};

element.addEventListener("click", (event) => {
  const key = event.target.closest(".key");
  if (key) {
    press(key);
    document.dispatchEvent(new CustomEvent("path-seek", { detail: Number(key.dataset.at) }));
  }
  const act = event.target.closest("button[data-act]")?.dataset.act;
  if (act) trigger("select", { act, number: Number(pressed) });
});
element.addEventListener("change", (event) => {
  if (event.target.matches("select[data-act]"))
    trigger("select", { act: "label", number: Number(pressed), label: Number(event.target.value) });
});
watch("value", settle);
settle();
