// The patches of which the pre-filter could not say whether they hold animals: outlined, and one after another in view.

const STYLE = { className: "uncertain-patch", fill: false, interactive: false };

export class UncertainPatches {
  constructor(element, scene, patches) {
    for (const patch of patches) L.rectangle(scene.boundsOf(patch), STYLE).addTo(scene.map);
    [...element.querySelectorAll("[data-patch]")].forEach((button, i) =>
      button.addEventListener("click", () => scene.map.fitBounds(scene.boundsOf(patches[i]))),
    );
  }
}
