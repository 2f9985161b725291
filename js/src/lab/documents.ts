/** Opens `*.lrp.json` files in the viewer of the cells. */
import { ILayoutRestorer, type JupyterFrontEnd, type JupyterFrontEndPlugin } from "@jupyterlab/application";
import { WidgetTracker } from "@jupyterlab/apputils";
import { type MimeDocument, MimeDocumentFactory } from "@jupyterlab/docregistry";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";

import { icon } from "./icon";
import { EXPLANATION, FILE_EXTENSION, FILE_TYPE } from "./names";
import { ExplanationOutput } from "./output";

const FACTORY = "Explanation";

function page(): ExplanationOutput {
  const output = new ExplanationOutput();
  Object.assign(output.node.style, { overflow: "auto", padding: "12px", background: "var(--jp-layout-color0)" });
  return output;
}

export const documents: JupyterFrontEndPlugin<void> = {
  id: "lrpwidgets:documents",
  description: "Opens explanations saved as .lrp.json.",
  autoStart: true,
  requires: [IRenderMimeRegistry],
  optional: [ILayoutRestorer],
  activate: (app: JupyterFrontEnd, rendermime: IRenderMimeRegistry, restorer: ILayoutRestorer | null) => {
    app.docRegistry.addFileType({
      name: FILE_TYPE,
      displayName: "Explanation",
      extensions: [FILE_EXTENSION],
      mimeTypes: [EXPLANATION],
      contentType: "file",
      fileFormat: "text",
      icon,
    });
    const factory = new MimeDocumentFactory({
      name: FACTORY,
      rendermime,
      // As bytes, not text: a file that is no text at all then still reaches the viewer, which says so.
      modelName: "base64",
      dataType: "string",
      primaryFileType: app.docRegistry.getFileType(FILE_TYPE),
      fileTypes: [FILE_TYPE, "json"],
      defaultFor: [FILE_TYPE],
      factory: { safe: true, mimeTypes: [EXPLANATION], createRenderer: page },
    });
    app.docRegistry.addWidgetFactory(factory);

    const tracker = new WidgetTracker<MimeDocument>({ namespace: "lrpwidgets-documents" });
    factory.widgetCreated.connect((_, document) => {
      document.context.pathChanged.connect(() => void tracker.save(document));
      void tracker.add(document);
    });
    if (restorer) {
      void restorer.restore(tracker, {
        command: "docmanager:open",
        args: (document) => ({ path: document.context.path, factory: FACTORY }),
        name: (document) => document.context.path,
      });
    }
  },
};
