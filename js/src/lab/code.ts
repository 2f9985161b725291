/** Copies the Python that reproduces a view: from its context menu, or from the palette for the last one touched. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { Clipboard, ICommandPalette, Notification } from "@jupyterlab/apputils";

import { CATEGORY, CODE_CLASS, OUTPUT_CLASS } from "./names";
import { current } from "./output";

const COMMAND = "lrpwidgets:copy-code";

export const copyCode: JupyterFrontEndPlugin<void> = {
  id: "lrpwidgets:copy-code",
  description: "Copies the code that reproduces an explanation.",
  autoStart: true,
  optional: [ICommandPalette],
  activate: (app: JupyterFrontEnd, palette: ICommandPalette | null) => {
    app.commands.addCommand(COMMAND, {
      label: (args) => (args.isPalette ? "LRP: copy the code of the view" : "Copy Code for This View"),
      caption: "Copy the Python that reproduces this explanation",
      isEnabled: (args) => !args.isPalette || current.output !== null,
      execute: async (args) => {
        const node = args.isPalette ? undefined : app.contextMenuHitTest((one) => one.classList.contains(OUTPUT_CLASS));
        const output = outputAt(node) ?? current.output;
        const code = await output?.code();
        if (!code) {
          Notification.warning("This view does not say which code makes it.", { autoClose: 4000 });
          return;
        }
        Clipboard.copyToSystem(code);
        Notification.success("The code of this view is in the clipboard.", { autoClose: 2000 });
      },
    });
    palette?.addItem({ command: COMMAND, category: CATEGORY, args: { isPalette: true } });
    app.contextMenu.addItem({ command: COMMAND, selector: `.${OUTPUT_CLASS}.${CODE_CLASS}`, rank: 0 });
  },
};

function outputAt(node: HTMLElement | undefined) {
  return node ? current.around(node) : null;
}
