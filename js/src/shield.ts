/** Keeps a notebook's shortcuts away from a view that has the focus. */

/**
 * With the focus in an output, a notebook takes plain keys as commands: "x" would cut the cell. It spares the element
 * with this attribute; plain keys only, so that Ctrl+S and Shift+Enter work as always, and those that are the view's
 * `own`. The result ends it.
 */
export function shield(root: { contains(node: Node): boolean }, own: (event: KeyboardEvent) => boolean = () => false): () => void {
  const mark = (event: KeyboardEvent): void => {
    const { target } = event;
    if (!(target instanceof Element) || !root.contains(target)) return;
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !(event.key === "Enter" && event.shiftKey);
    target.toggleAttribute("data-lm-suppress-shortcuts", plain || own(event));
  };
  window.addEventListener("keydown", mark, true);
  return () => window.removeEventListener("keydown", mark, true);
}
