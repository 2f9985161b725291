/** The exported page's film: the state of the widget, with its bytes as text. */
import { inflate, PayloadError } from "../decode";
import { LocalStore } from "../store";

export const FILM = "lrpwidgets.film";
const VERSION = 1;
const MAX_BYTES = 512 * 2 ** 20;

/** A store that holds what the page brought along. */
export async function filmStore(payload: Record<string, unknown>): Promise<LocalStore> {
  if (payload.version !== VERSION) {
    throw new PayloadError(`This film has version ${String(payload.version)}; this viewer reads version ${VERSION}.`);
  }
  const budget = { left: MAX_BYTES };
  const state = (await revived(payload.state, "state", budget)) as Record<string, unknown>;
  const view = payload.view as Record<string, unknown>;
  return new LocalStore({ ...view, ...state, status: "ready", error: "", progress: null });
}

/** The same value with each {bytes, zlib} as the bytes it stands for. */
async function revived(value: unknown, where: string, budget: { left: number }): Promise<unknown> {
  if (Array.isArray(value)) return Promise.all(value.map((part, i) => revived(part, `${where}[${i}]`, budget)));
  if (typeof value !== "object" || value === null) return value;
  const { bytes, zlib } = value as { bytes?: unknown; zlib?: unknown };
  if (typeof zlib === "string") {
    const size = Number(bytes);
    if (!Number.isSafeInteger(size) || size < 0) throw new PayloadError(`${where} does not say how large it is.`);
    budget.left -= size;
    if (budget.left < 0) throw new PayloadError(`The film holds more than ${MAX_BYTES / 2 ** 20} MB.`);
    let text: string;
    try {
      text = atob(zlib);
    } catch {
      throw new PayloadError(`${where} holds text that is not base64.`);
    }
    return inflate(Uint8Array.from(text, (letter) => letter.charCodeAt(0)), size, where);
  }
  const parts = await Promise.all(
    Object.entries(value).map(async ([key, part]) => [key, await revived(part, `${where}.${key}`, budget)] as const),
  );
  return Object.fromEntries(parts);
}
