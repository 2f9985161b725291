/** The paper's sections, as the palette and the help menu (schema/paper.json) list them. */

/** Montavon, Samek, Mueller: Methods for interpreting and understanding deep neural networks (2018). */
export const ADDRESS = "https://arxiv.org/abs/1706.07979";

export const SECTIONS: readonly (readonly [section: string, name: string])[] = [
  ["3.1", "Activation maximization"],
  ["3.2", "Improving activation maximization with an expert"],
  ["3.3", "Activation maximization in code space"],
  ["3.4", "From global to local analysis"],
  ["4.1", "Sensitivity analysis"],
  ["4.2", "Simple Taylor decomposition"],
  ["4.3", "Relevance propagation"],
  ["4.4", "Practical considerations"],
  ["5.1", "Propagation rules"],
  ["5.2", "LRP and deep Taylor decomposition"],
  ["5.3", "Special layers"],
  ["6.1", "How to choose the model to explain"],
  ["6.2", "How to choose the rules"],
  ["6.3", "Implementing LRP"],
  ["6.4", "Translation trick"],
  ["6.5", "Sliding window for large images"],
  ["6.6", "Relevant pattern"],
  ["7.1", "Explanation continuity"],
  ["7.2", "Explanation selectivity"],
  ["8.1", "Model validation"],
  ["8.2", "Analysis of scientific data"],
];

export function title(section: unknown): string {
  const found = SECTIONS.find(([number]) => number === section);
  return found ? `section ${found[0]}: ${found[1]}` : "all of it";
}
