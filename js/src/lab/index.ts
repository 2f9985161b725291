/** The plugins that need JupyterLab's own packages. Each can be disabled alone. */
import { copyCode } from "./code";
import { documents } from "./documents";
import { quickstart } from "./quickstart";

export default [documents, quickstart, copyCode];
