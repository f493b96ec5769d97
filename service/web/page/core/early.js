// Runs before the first paint, so that a dark room is not lit by the wrong theme.
(() => {
  const root = document.documentElement;
  const theme = localStorage.getItem("cxr.theme");
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;
  root.lang = localStorage.getItem("cxr.language") ?? (navigator.language.startsWith("de") ? "de" : "en");
})();
