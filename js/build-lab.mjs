// Builds the prebuilt JupyterLab extension into ../lrpwidgets/labextension: the same bytes for the same sources.
// Calls the builder that jupyter-builder calls, with the Lab metadata that npm installed, so that no Python
// and no download takes part.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const output = join(here, "..", "lrpwidgets", "labextension");

execFileSync(
  process.execPath,
  [
    require.resolve("@jupyter/builder/lib/build-labextension.js"),
    "--core-package-file",
    require.resolve("@jupyterlab/core-meta/core.package.json"),
    here
  ],
  { cwd: here, stdio: "inherit" }
);

// Lab reads name, version and jupyterlab from this manifest; scripts and development tools are no part of it.
const manifest = join(output, "package.json");
const { name, version, description, license, jupyterlab } = JSON.parse(readFileSync(manifest, "utf8"));
const { extension, mimeExtension, outputDir, _build } = jupyterlab;
writeFileSync(
  manifest,
  JSON.stringify({ name, version, description, license, jupyterlab: { extension, mimeExtension, outputDir, _build } }, null, 2) + "\n"
);
writeFileSync(join(output, "schemas", name, "package.json.orig"), JSON.stringify({ name, version }, null, 2) + "\n");
// The builder always writes a stylesheet entry and a report of bundled packages: we have neither.
rmSync(join(output, "static", "style.js"), { force: true });
const report = join(output, "static", "third-party-licenses.json");
if (existsSync(report) && JSON.parse(readFileSync(report, "utf8")).packages.length === 0) rmSync(report);
