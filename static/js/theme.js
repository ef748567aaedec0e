/* Sets the theme before the first paint: a classic script in <head>, because a module would come too late.
   A page whose theme is its own (the viewer is always dark) says data-theme-fixed. */
(() => {
  const root = document.documentElement;
  if (root.hasAttribute("data-theme-fixed")) return;
  const darkSystem = window.matchMedia("(prefers-color-scheme: dark)");

  function chosen() {
    try {
      return localStorage.getItem("theme");
    } catch {
      return null; // storage is switched off: follow the system
    }
  }

  function apply() {
    const theme = chosen();
    const isDark = theme ? theme === "dark" : darkSystem.matches;
    root.dataset.bsTheme = isDark ? "dark" : "light";
  }

  try {
    root.dataset.density = localStorage.getItem("density") ?? ""; // of the image grid: set late, the page would jump
  } catch {
    // as above
  }
  apply();
  darkSystem.addEventListener("change", apply);
  document.addEventListener("theme-chosen", apply);
})();
