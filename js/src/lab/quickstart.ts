/** A launcher card and commands that open a ready notebook as a new file. The notebook is in this bundle. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, showErrorMessage } from "@jupyterlab/apputils";
import { IDefaultFileBrowser } from "@jupyterlab/filebrowser";
import { ILauncher } from "@jupyterlab/launcher";

import { icon } from "./icon";
import { CATEGORY } from "./names";
import { createNotebook } from "./newnotebook";

const COMMAND = "lrpwidgets:open-quickstart";
const STEM = "lrpwidgets-quickstart";

export const quickstart: JupyterFrontEndPlugin<void> = {
  id: "lrpwidgets:quickstart",
  description: "Opens the quickstart as a new notebook, from the launcher and the command palette.",
  autoStart: true,
  optional: [ILauncher, ICommandPalette, IDefaultFileBrowser],
  activate: (
    app: JupyterFrontEnd,
    launcher: ILauncher | null,
    palette: ICommandPalette | null,
    browser: IDefaultFileBrowser | null,
  ) => {
    app.commands.addCommand(COMMAND, {
      label: (args) => (args.isPalette ? "lrpwidgets: open the quickstart" : "lrpwidgets quickstart"),
      caption: "Open a new notebook that explains the decisions of a network, live",
      icon: (args) => (args.isPalette ? undefined : icon),
      execute: async (args) => {
        const folder = typeof args.cwd === "string" ? args.cwd : (browser?.model.path ?? "");
        try {
          const { default: notebook } = await import("../../../notebooks/00_quickstart.ipynb");
          const path = await createNotebook(app.serviceManager.contents, folder, STEM, notebook);
          return await app.commands.execute("docmanager:open", { path });
        } catch (error) {
          await showErrorMessage("The quickstart could not be opened", error as Error);
        }
      },
    });
    palette?.addItem({ command: COMMAND, category: CATEGORY, args: { isPalette: true } });
    // The cards of this category take their icon by address only.
    const kernelIconUrl = `data:image/svg+xml,${encodeURIComponent(icon.svgstr)}`;
    launcher?.add({ command: COMMAND, category: "Notebook", rank: 100, kernelIconUrl });
  },
};
