/** How long a change of opacity, limit or map takes, without the browser's part: `node test/run.mjs bench`. */
import { automaticLimit, lut, paintMap, paintOverlay, quantise } from "../src/colour";
import { bilinear } from "../src/resample";

/** The best of many: other programs on the machine only add. */
function best(run: () => void): string {
  const times = Array.from({ length: 21 }, () => {
    const start = performance.now();
    run();
    return performance.now() - start;
  });
  return `${Math.min(...times).toFixed(2)} ms`;
}

const SCREEN = { width: 1024, height: 1024 };
for (const side of [224, 512, 1024]) {
  const size = side * side;
  const shown = Float32Array.from({ length: size }, () => Math.random() - 0.5);
  const photo = Uint8Array.from({ length: 3 * size }, () => 256 * Math.random());
  const index = new Uint8Array(size);
  const root = new Float64Array(size);
  const out = new Uint32Array(size);
  const screen = new Uint32Array(SCREEN.width * SCREEN.height);
  const colours = lut("blue-red");
  const scale = SCREEN.width / side;
  const place = { scaleX: scale, scaleY: scale, originX: 0, originY: 0 };
  const times = {
    limit: best(() => automaticLimit(shown, "99.5%")),
    quantise: best(() => quantise(shown, 0.4, index, root)),
    overlay: best(() => paintOverlay(out, photo, index, root, colours, 0.85)),
    map: best(() => paintMap(out, index, colours)),
    "bilinear to 1024 px": best(() => bilinear(out, { width: side, height: side }, screen, SCREEN, place)),
  };
  console.log(`${side} px:`, Object.entries(times).map(([what, time]) => `${what} ${time}`).join(", "));
}
