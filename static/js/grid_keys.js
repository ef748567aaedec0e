/* The grid is remembered for the way back, which ends at a card. Arrow keys go from card to card in the image grid, Home and End to its ends; Tab works as everywhere. */
import { rememberGrid } from "./back.js";
import { cardAt } from "./grid_place.js";

export function start(grid) {
  rememberGrid();
  document.getElementById(location.hash.slice(1))?.querySelector(".name").focus();
  grid.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const links = [...grid.querySelectorAll(".name")];
    const here = links.indexOf(document.activeElement);
    if (here < 0) return;
    const next = cardAt(event.key, here, links.length, columnsOf(links));
    if (next === null) return;
    event.preventDefault();
    links[next].focus();
    links[next].closest(".image-card").scrollIntoView({ block: "nearest" });
  });
}

function columnsOf(links) {
  const tops = links.map((link) => link.closest(".image-card").offsetTop);
  return tops.filter((top) => top === tops[0]).length;
}
