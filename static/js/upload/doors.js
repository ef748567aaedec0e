/* The ways in: a button with a file dialog, and dropping anywhere on the page. */
import { chosen, dropped } from "./gather.js";

export function listenToChoice(button, input, add) {
  button.addEventListener("click", () => input.click());
  const take = () => {
    const found = chosen(input.files);
    input.value = ""; // choosing the same files again is a change again
    add(found);
  };
  input.addEventListener("change", take);
  if (input.files.length > 0) take(); // chosen before this script was here
}

export function listenToDrops(zone, add) {
  const over = (isOver) => zone.classList.toggle("is-over", isOver);
  document.addEventListener("dragover", (event) => {
    event.preventDefault(); // else the browser leaves the page and shows the file
    over(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || over(false));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    dropped(event.dataTransfer).then(add);
  });
}
