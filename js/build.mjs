// Builds the notebook widget and the exported page's viewer. The same sources give the same bytes.
import { readdirSync } from "node:fs";
import { build } from "esbuild";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const common = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  target: ["es2022"],
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
};

// Every file in src/widgets is one anywidget module; style/explore.css is the workbench's own.
await build({
  ...common,
  entryPoints: [...readdirSync(join(here, "src/widgets")).sort().map((name) => `src/widgets/${name}`), "style/explore.css"],
  entryNames: "[name]",
  outdir: join(here, "../lrpwidgets/widgets/static"),
  format: "esm",
});
await build({
  ...common,
  entryPoints: ["src/viewer.ts"],
  outfile: join(here, "../lrpwidgets/render/static/viewer.js"),
  format: "iife",
  // The page embeds this text in a <script>, which "</script" would end.
  supported: { "inline-script": false },
});
