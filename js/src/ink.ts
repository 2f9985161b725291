/** The colours that a canvas takes from the page's theme, and when they change. */
import { h } from "./dom";

export interface Ink {
  text: string;
  quiet: string;
  line: string;
  accent: string;
}

/** Reads the theme's colours where `element` stands: it is a hidden part of the view. */
export class Palette {
  readonly element = h("span", { hidden: true });

  read(): Ink {
    const colour = (name: string): string => {
      this.element.style.color = `var(--lrpw-${name})`;
      return getComputedStyle(this.element).color;
    };
    return { text: colour("text"), quiet: colour("quiet"), line: colour("line"), accent: colour("accent") };
  }
}

/** Calls back when the theme may have changed; the result ends it. */
export function onTheme(callback: () => void): () => void {
  const themes = new MutationObserver(callback);
  for (const element of [document.body, document.documentElement]) themes.observe(element, { attributes: true });
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", callback);
  document.addEventListener("load", callback, true); // a theme's style sheet may arrive after its name
  return () => {
    themes.disconnect();
    scheme.removeEventListener("change", callback);
    document.removeEventListener("load", callback, true);
  };
}
