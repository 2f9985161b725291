/** The side panel as a plugin: its commands, and its state over a reload. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { IStateDB } from "@jupyterlab/statedb";
import type { PartialJSONObject } from "@lumino/coreutils";

import { CATEGORY } from "./names";
import { SidePanel } from "./panel";

const ID = "lrpwidgets:panel";
const SHOW = "lrpwidgets:show-panel";
const PIN = "lrpwidgets:pin-panel";

export const panel: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: "Keeps an explanation in sight beside its notebook.",
  autoStart: true,
  optional: [ILayoutRestorer, IStateDB, ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    restorer: ILayoutRestorer | null,
    state: IStateDB | null,
    palette: ICommandPalette | null,
  ) => {
    const side = new SidePanel(app.serviceManager.contents);
    app.shell.add(side, "right", { rank: 900 });
    restorer?.add(side, side.id);
    if (state) {
      const known = Promise.all([state.fetch(ID), app.restored]);
      void known.then(([kept]) => {
        if (kept) side.restore(kept);
        side.keptChanged.connect(() => void state.save(ID, side.kept as unknown as PartialJSONObject));
      });
    }
    app.commands.addCommand(SHOW, {
      label: "LRP: keep the explanation in sight",
      caption: "Show the last explanation that was touched in a panel beside the notebook",
      execute: () => app.shell.activateById(side.id),
    });
    app.commands.addCommand(PIN, {
      label: "LRP: pin the explanation in sight",
      caption: "Keep this one, whatever is clicked",
      isToggled: () => side.pinned,
      execute: () => side.setPinned(!side.pinned),
    });
    for (const command of [SHOW, PIN]) palette?.addItem({ command, category: CATEGORY });
  },
};
