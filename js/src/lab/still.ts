/** What an output shows with no kernel: the interactive explanation, else its picture, else a sentence. */
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";

import { decodePayload, explanationStore, mountHeatmap, PayloadError, showError } from "..";
import { property } from "./ancestors";
import { EXPLANATION, VIEW } from "./names";

type Data = IRenderMime.IMimeModel["data"];

const MAX_TEXT = 128 * 2 ** 20;
const MAX_CODE = 10_000;
const NEEDS_KERNEL = "This view has no saved picture. Run its cell to see it.";

export interface Still {
  /** The Python that reproduces what is shown, where the payload carries it. */
  code: string | null;
  unmount(): void;
}

/** Fills `el`; never rejects. */
export async function mountStill(el: HTMLElement, data: Data): Promise<Still> {
  const plain: Still = { code: codeIn(data[VIEW]), unmount: () => el.replaceChildren() };
  if (data[EXPLANATION] === undefined) {
    if (!showPicture(el, data)) showError(el, NEEDS_KERNEL);
    return plain;
  }
  try {
    const payload = parsed(data[EXPLANATION]);
    const unmount = mountHeatmap(el, explanationStore(await decodePayload(payload)));
    return { code: codeIn(payload), unmount };
  } catch (error) {
    const reason = error instanceof PayloadError ? error.message : `It could not be drawn: ${String(error)}`;
    showError(el, `This explanation cannot be shown. ${reason}`);
    const picture = document.createElement("div");
    if (showPicture(picture, data)) el.append(picture);
    return plain;
  }
}

/** An output holds the payload as an object, a file as the base64 of its bytes. */
function parsed(payload: unknown): unknown {
  if (typeof payload !== "string") return payload;
  if (payload.length > MAX_TEXT) {
    throw new PayloadError(`The file is larger than ${(MAX_TEXT * 3) / 4 / 2 ** 20} MB; read it with lw.load().`);
  }
  if (payload.length === 0) throw new PayloadError("The file is empty.");
  const bytes = Uint8Array.from(atob(payload.replace(/\s/g, "")), (letter) => letter.charCodeAt(0));
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new PayloadError("The file is not JSON text: it is damaged, or of another kind.");
  }
}

/** An output carries its code beside the pictures, a file beside the exact arrays. */
export function codeIn(payload: unknown): string | null {
  const code = property(payload, "code") ?? property(property(payload, "exact"), "code");
  return typeof code === "string" && code !== "" && code.length <= MAX_CODE ? code : null;
}

function showPicture(el: HTMLElement, data: Data): boolean {
  const png = data["image/png"];
  if (typeof png !== "string" || !/^[\sA-Za-z0-9+/=]+$/.test(png)) return false;
  const text = data["text/plain"];
  const image = document.createElement("img");
  image.src = `data:image/png;base64,${png.replace(/\s/g, "")}`;
  image.alt = (Array.isArray(text) ? text.join("") : String(text ?? "picture of the view")).slice(0, 300);
  image.style.maxWidth = "100%";
  el.replaceChildren(image);
  return true;
}
