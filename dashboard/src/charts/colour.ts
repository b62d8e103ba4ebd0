// Colours of the style sheet for what is drawn on a canvas, which takes none by name.

/** What a custom property means now, where the element stands. */
export function colour(property: string, where: Element): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${property})`;
  probe.hidden = true;
  where.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}
