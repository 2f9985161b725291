import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

// A page holds the styles of every view that was ever drawn on it: what one view says of a class, all others hear.
const SHARED = new Set(["heatmap"]); // whose parts other views are made of
const STATES = /^(view|busy|wide|none|narrow)$/;
const folders = readdirSync("src", { withFileTypes: true }).filter((each) => each.isDirectory());

function sources(folder: string): string[] {
  return readdirSync(`src/${folder}`).filter((name) => name.endsWith(".ts")).map((name) => readFileSync(`src/${folder}/${name}`, "utf8"));
}

/** The classes that a style speaks of wherever they are: no class around them says in which view. */
function everywhere(css: string): Set<string> {
  const found = new Set<string>();
  for (const [, selectors] of css.matchAll(/^([^@{}`\n]*)\{/gm)) {
    for (const selector of selectors.split(/,(?![^(]*\))/)) {
      const compounds = selector.trim().split(/[\s>+~]+(?![^(]*\))/);
      const named = compounds.map((one) => [...one.matchAll(/\.lrpw-([a-z-]+)/g)].map((match) => match[1]).filter((name) => !STATES.test(name)));
      const subject = named.at(-1) ?? [];
      if (subject.length === 1 && named.slice(0, -1).every((names) => !names.length)) found.add(subject[0]);
    }
  }
  return found;
}

test("no view styles a class that another view uses", () => {
  const used = new Map(
    folders.map(({ name }) => [name, new Set(sources(name).flatMap((text) => [...text.matchAll(/(?<!--)lrpw-([a-z-]+)/g)].map((match) => match[1])))]),
  );
  used.set("all views", new Set([...readFileSync("src/theme.ts", "utf8").matchAll(/\.lrpw-([a-z-]+)/g)].map((match) => match[1])));
  const clashes: string[] = [];
  for (const { name } of folders) {
    const own = readdirSync(`src/${name}`).includes("style.ts") && !SHARED.has(name);
    const spoken = own ? everywhere(readFileSync(`src/${name}/style.ts`, "utf8")) : [];
    for (const one of spoken) {
      for (const [other, classes] of used) {
        if (other !== name && !one.startsWith(`${name}-`) && classes.has(one)) clashes.push(`.lrpw-${one} of ${name} reaches ${other}`);
      }
    }
  }
  assert.deepEqual(clashes, []);
});

test("what is scoped is told from what is not", () => {
  const css = ".lrpw-view .lrpw-one { x }\n.lrpw-two, .lrpw-three .lrpw-four { x }\n.lrpw-five.lrpw-six { x }\n.lrpw-busy .lrpw-seven:hover { x }";
  assert.deepEqual([...everywhere(css)], ["one", "two", "seven"]);
});
