// Bundles test/*.test.ts with esbuild and runs them under node's test runner; `node test/run.mjs bench` runs
// test/*.bench.ts and prints what they measure.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const kind = process.argv[2] ?? "test";
const names = readdirSync(here).filter((name) => name.endsWith(`.${kind}.ts`)).sort();
if (!names.length) {
  console.error(`there is no test/*.${kind}.ts`);
  process.exit(1);
}
const out = mkdtempSync(join(tmpdir(), "lrpwidgets-js-"));
await build({
  entryPoints: names.map((name) => join(here, name)),
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  platform: "node",
  format: "esm",
  sourcemap: "inline",
});
const built = names.map((name) => join(out, name.replace(/\.ts$/, ".mjs")));
const flags = kind === "test" ? ["--enable-source-maps", "--test"] : [];
const status = (kind === "test" ? [built] : built.map((path) => [path])).map(
  (paths) => spawnSync(process.execPath, [...flags, ...paths], { stdio: "inherit" }).status ?? 1,
);
rmSync(out, { recursive: true, force: true });
process.exit(Math.max(...status));
