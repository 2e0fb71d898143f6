// The equation, and the pool below it: buttons tell what they are for. Runs inside Gradio's HTML components.
let pressed = null;
let focused = null;

const acts = (row) => element.querySelector(`.exemplar-acts[data-row="${row}"]`);
const press = (exemplar) => {
  for (const other of element.querySelectorAll(".exemplar")) other.setAttribute("aria-expanded", String(other === exemplar));
  for (const desk of element.querySelectorAll(".exemplar-acts")) desk.hidden = desk.dataset.row !== exemplar?.dataset.row;
  pressed = exemplar ? { row: Number(exemplar.dataset.row), place: Number(exemplar.dataset.place) } : null;
  if (!exemplar) return;
  const desk = acts(exemplar.dataset.row);
  desk.querySelector("input").value = exemplar.dataset.weight;
  desk.querySelector("output").textContent = `×${exemplar.dataset.weight}`;
};
const tell = (told, from) => {
  focused = from;
  trigger("select", told);
};

element.addEventListener("click", (event) => {
  const exemplar = event.target.closest(".exemplar");
  if (exemplar) press(exemplar.getAttribute("aria-expanded") === "true" ? null : exemplar);
  if (event.target.closest("[data-remove]")) {
    const told = { act: "remove", ...pressed };
    press(null);
    tell(told);
  }
  const button = event.target.closest("button[data-told]");
  if (!button) return;
  const told = JSON.parse(button.dataset.told);
  // A field beside the button says what is meant.
  const field = button.parentElement.querySelector("[data-name]");
  if (field) told[field.dataset.name] = field.type === "number" ? field.valueAsNumber : field.value;
  tell(told, button.dataset.told);
});
element.addEventListener("input", (event) => {
  if (event.target.type === "range")
    event.target.closest(".exemplar-acts").querySelector("output").textContent = `×${event.target.value}`;
});
element.addEventListener("change", (event) => {
  if (event.target.matches(".trait-choice") && event.target.value) tell(JSON.parse(event.target.value));
  if (event.target.type === "range") tell({ act: "weight", ...pressed, weight: Number(event.target.value) }, "weight");
});
// What was pressed and what had the focus are so again after a change.
let open = false;
watch("value", () => {
  // The pool opens below the equation, out of sight of who asked for it.
  const picking = element.querySelector(".picking");
  if (picking && !open) picking.scrollIntoView({ block: "start" });
  open = Boolean(picking);
  const { row, place } = pressed ?? {};
  press(pressed && element.querySelector(`.exemplar[data-row="${row}"][data-place="${place}"]`));
  if (!focused || document.activeElement !== document.body) return;
  const buttons = [...element.querySelectorAll("[data-told]")];
  const target = focused === "weight" ? acts(row)?.querySelector("input") : buttons.find((b) => b.dataset.told === focused);
  target?.focus({ preventScroll: true });
  focused = null;
});
