/** Copies the Python that reproduces a view: in the context menu of an explanation that carries it. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Clipboard } from "@jupyterlab/apputils";

import { CODE_CLASS, OUTPUT_CLASS } from "./names";
import { codeOf } from "./output";

const COMMAND = "lrpwidgets:copy-code";

export const copyCode: JupyterFrontEndPlugin<void> = {
  id: "lrpwidgets:copy-code",
  description: "Copies the code that reproduces an explanation.",
  autoStart: true,
  activate: (app: JupyterFrontEnd) => {
    app.commands.addCommand(COMMAND, {
      label: "Copy Code for This View",
      caption: "Copy the Python that reproduces this explanation",
      execute: () => {
        const output = app.contextMenuHitTest((node) => codeOf.has(node));
        const code = output && codeOf.get(output);
        if (code) Clipboard.copyToSystem(code);
      },
    });
    app.contextMenu.addItem({ command: COMMAND, selector: `.${OUTPUT_CLASS}.${CODE_CLASS}`, rank: 0 });
  },
};
