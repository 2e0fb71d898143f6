// Buttons that tell what they stand for: a sentence to translate, or an answer to the question.
element.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-pick]");
  if (button) trigger("select", { pick: button.dataset.pick });
});
