/** Patterns of module paths, read as Python's fnmatch reads them: * and ? stand for anything, [ab] for one of these. */

export function matcher(pattern: string): (path: string) => boolean {
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const sign = pattern[at];
    if (sign === "*") source += "[^]*";
    else if (sign === "?") source += "[^]";
    else if (sign === "[") {
      const end = pattern.indexOf("]", at + (pattern[at + 1] === "!" ? 3 : 2));
      if (end < 0) source += "\\[";
      else {
        const inside = pattern.slice(at + 1, end).replace(/[\\\][&~|^]/g, "\\$&");
        source += `[${inside.startsWith("!") ? `^${inside.slice(1)}` : inside}]`;
        at = end;
      }
    } else source += sign.replace(/[.+^${}()|\\\]/]/g, "\\$&");
  }
  let expression: RegExp;
  try {
    expression = new RegExp(`^(?:${source})$`, "u");
  } catch {
    return () => false; // half typed, such as [z-a]
  }
  // A bare path means every call of a reused module, path#2 the second.
  return (path) => expression.test(path) || expression.test(path.split("#")[0]);
}
