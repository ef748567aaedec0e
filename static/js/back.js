/* The way back from an image leads to the grid as it was: with its filters and its page, and to the card of the image. */
const KEY = "grid ";

export function rememberGrid() {
  sessionStorage.setItem(KEY + location.pathname, location.search);
}

export function wayBack(address, search, image) {
  return `${address}${search ?? ""}#image-${image}`;
}

export function start(link) {
  const address = new URL(link.href).pathname;
  link.href = wayBack(address, sessionStorage.getItem(KEY + address), link.dataset.image);
}
