// Light or dark: as the system has it, unless it was chosen here; the choice is kept in this browser.

import { useEffect, useState } from "preact/hooks";

export type Choice = "system" | "light" | "dark";

const KEY = "forebay-theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

/** What is chosen, and what is shown now. */
export const theme: { choice: Choice; value: "light" | "dark" } = {
  choice: "system",
  value: "light",
};

function apply(choice: Choice): void {
  theme.choice = choice;
  theme.value = choice === "system" ? (dark.matches ? "dark" : "light") : choice;
  if (choice === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = choice;
  for (const each of listeners) each();
}

export function choose(choice: Choice): void {
  try {
    localStorage.setItem(KEY, choice);
  } catch {
    // A browser that keeps nothing shows it until the page is left.
  }
  apply(choice);
}

function kept(): Choice {
  try {
    const found = localStorage.getItem(KEY);
    return found === "light" || found === "dark" ? found : "system";
  } catch {
    return "system";
  }
}

apply(kept());
dark.addEventListener("change", () => apply(theme.choice));

/** Draws the component anew when the colours change. */
export function useTheme(): typeof theme {
  const [, redraw] = useState(0);
  useEffect(() => {
    const heard = () => redraw((times) => times + 1);
    listeners.add(heard);
    return () => void listeners.delete(heard);
  }, []);
  return theme;
}
