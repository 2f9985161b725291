/** An equation as MathML, which browsers draw themselves: built element by element, from known tags only. */

export type Tree = string | Tree[];

const SPACE = "http://www.w3.org/1998/Math/MathML";
const TAGS = new Set("math mrow mi mo mn mfrac msub msup msubsup munder".split(" "));

export function equation(tree: Tree): Element | Text {
  if (!Array.isArray(tree)) return document.createTextNode(String(tree));
  const [tag, ...children] = tree;
  if (typeof tag !== "string") return document.createTextNode("");
  if (!TAGS.has(tag)) return document.createTextNode("");
  const element = document.createElementNS(SPACE, tag);
  if (tag === "math") element.setAttribute("displaystyle", "true");
  element.append(...children.map(equation));
  return element;
}
