// A visitor's own choice of a language goes before the browser's: for Gradio, which asks the navigator, and for the server.
(() => {
  const remember = (language) => {
    document.cookie = `language=${language}; path=/; max-age=31536000; samesite=lax`;
  };
  const chosen = localStorage.getItem("language");
  if (chosen) {
    for (const [name, value] of Object.entries({ language: chosen, languages: [chosen] }))
      Object.defineProperty(navigator, name, { value, configurable: true });
    remember(chosen);
  }
  window.switchLanguage = () => {
    const language = document.documentElement.lang === "ko" ? "en" : "ko";
    localStorage.setItem("language", language);
    remember(language);
    location.reload();
  };
})();
