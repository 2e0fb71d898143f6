// Chips: buttons that tell the text on them.
element.addEventListener("click", (event) => {
  const chip = event.target.closest("button[data-text]");
  if (chip) trigger("select", { text: chip.dataset.text });
});
