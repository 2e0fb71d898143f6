// Tells the pad that the picture at its point has come. Runs inside Gradio's HTML component.
watch("value", () => window.explorer.padAnswered?.());
