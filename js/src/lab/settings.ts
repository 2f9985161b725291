/** The settings page: the look of views in which nobody chose one. Read by every view on the page; see defaults.ts. */
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { ISettingRegistry } from "@jupyterlab/settingregistry";

import { setDefaults } from "..";
import { CATEGORY } from "./names";

const ID = "lrpwidgets:plugin";
const COMMAND = "lrpwidgets:open-settings";
const PACKAGE = "package";

export const settings: JupyterFrontEndPlugin<void> = {
  id: ID,
  description: "Reads the settings of lrpwidgets: colour map, limit and theme where nobody chose one.",
  autoStart: true,
  requires: [ISettingRegistry],
  optional: [ICommandPalette],
  activate: (app: JupyterFrontEnd, registry: ISettingRegistry, palette: ICommandPalette | null) => {
    app.commands.addCommand(COMMAND, {
      label: "LRP: settings",
      caption: "Colour map, limit and theme of views in which nobody chose them",
      execute: () => app.commands.execute("settingeditor:open", { query: "lrpwidgets" }),
    });
    palette?.addItem({ command: COMMAND, category: CATEGORY });
    void registry.load(ID).then((loaded) => {
      loaded.changed.connect(() => apply(loaded.composite));
      apply(loaded.composite);
    }, console.warn); // a host that serves no settings leaves the looks to the package
  },
};

/** "package" leaves a look to lrpwidgets, "jupyter" the theme to JupyterLab. */
export function apply({ colourMap, limitRule, theme }: Record<string, unknown>): void {
  const own = (value: unknown): string | undefined =>
    typeof value === "string" && value !== PACKAGE ? value : undefined;
  setDefaults({ cmap: own(colourMap), limit_rule: own(limitRule) });
  const page = document.documentElement;
  if (theme === "light" || theme === "dark") page.dataset.lrpwTheme = theme;
  else delete page.dataset.lrpwTheme;
}
