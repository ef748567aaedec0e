/* On narrow screens a row of tabs scrolls: the page's own tab comes into view. */
export function start(tabs) {
  const current = tabs.querySelector("[aria-current]");
  if (current) tabs.scrollLeft = current.offsetLeft - (tabs.clientWidth - current.offsetWidth) / 2;
}
