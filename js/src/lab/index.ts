/** The plugins that need JupyterLab's own packages. Each can be disabled alone. */
import { copyCode } from "./code";
import { documents } from "./documents";
import { panel } from "./insight";
import { paper } from "./paper";
import { quickstart } from "./quickstart";
import { settings } from "./settings";

export default [documents, quickstart, copyCode, panel, paper, settings];
