// The grid of classes: one picture is pressed, and a click on another tells its seed and class.
element.addEventListener("click", (event) => {
  const button = event.target.closest(".cell");
  if (!button) return;
  for (const cell of element.querySelectorAll(".cell")) cell.setAttribute("aria-pressed", String(cell === button));
  const { seed, label } = button.dataset;
  window.explorer.last(element, () => trigger("select", { seed: Number(seed), label: Number(label) }));
});
