/** The names that files, outputs and plugins agree on. */

/** An explanation: picture, relevance and numbers, shown with no kernel. */
export const EXPLANATION = "application/vnd.lrpwidgets.explanation+json";

/** Any other view of ours: it names its widget, and the bundle's image/png stands in where no kernel runs. */
export const VIEW = "application/vnd.lrpwidgets.view+json";

/** The standard type of a live widget. */
export const WIDGET_VIEW = "application/vnd.jupyter.widget-view+json";

export const FILE_TYPE = "lrpwidgets-explanation";
export const FILE_EXTENSION = ".lrp.json";

export const OUTPUT_CLASS = "lrpwidgets-output";
/** Marks the outputs whose code can be copied. */
export const CODE_CLASS = "lrpwidgets-has-code";

/** Where the command palette lists our commands. */
export const CATEGORY = "lrpwidgets";
