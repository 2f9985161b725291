/** The player's options, as anybody may have set them: read through `readOptions`, they are always valid. */
import { DEFAULT_MAP, MAP_NAMES } from "../colour";
import { clamp } from "../geometry";
import type { Store } from "../store";
import type { Film, Track } from "./film";

export interface Options {
  /** What is asked for; what is shown is never past what is known. */
  step: number;
  track: Track;
  score: string;
  speed: number;
  cmap: string;
  pixelated: boolean;
  recompute: boolean;
}

export const OPTION_NAMES = ["step", "method", "removal", "score", "speed", "cmap", "pixelated", "recompute"] as const;
export const [SLOWEST, FASTEST] = [0.5, 120];

export function readOptions(store: Store, film: Film): Options {
  const step = store.get("step");
  const speed = store.get("speed");
  const cmap = store.get("cmap");
  const pixelated = store.get("pixelated");
  const method = store.get("method");
  const removal = store.get("removal");
  const { tracks } = film;
  // A removal that was just chosen is not there before the model has answered: the method stays meanwhile.
  const track =
    tracks.find((each) => each.method === method && each.removal === removal) ??
    tracks.find((each) => each.method === method) ??
    tracks[0];
  const kinds = [...track.scores.keys()];
  return {
    step: typeof step === "number" && Number.isFinite(step) ? clamp(Math.trunc(step), 0, film.total) : 0,
    track,
    score: kinds.find((kind) => kind === store.get("score")) ?? kinds[0],
    speed: typeof speed === "number" && Number.isFinite(speed) ? clamp(speed, SLOWEST, FASTEST) : 5,
    cmap: MAP_NAMES.find((name) => name === cmap) ?? DEFAULT_MAP,
    pixelated: typeof pixelated === "boolean" ? pixelated : film.pixelated,
    recompute: store.get("recompute") === true,
  };
}
