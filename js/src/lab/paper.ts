/** Links into the paper whose words this package uses. Nothing is fetched until a person opens one. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";

import { CATEGORY } from "./names";
import { ADDRESS, SECTIONS, title } from "./sections";

const COMMAND = "lrpwidgets:paper";

export const paper: JupyterFrontEndPlugin<void> = {
  id: "lrpwidgets:paper",
  description: "Opens the paper, by section, from the help menu and the palette.",
  autoStart: true,
  optional: [ICommandPalette],
  activate: (app: JupyterFrontEnd, palette: ICommandPalette | null) => {
    app.commands.addCommand(COMMAND, {
      label: ({ section, isPalette }) => (isPalette ? `LRP: paper, ${title(section)}` : upper(title(section))),
      caption: `Read it at ${ADDRESS}`,
      // arXiv has no address for a section: the number in the label says where to look.
      execute: () => void window.open(ADDRESS, "_blank", "noopener,noreferrer"),
    });
    for (const [section] of SECTIONS) {
      palette?.addItem({ command: COMMAND, category: CATEGORY, args: { section, isPalette: true } });
    }
  },
};

function upper(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
