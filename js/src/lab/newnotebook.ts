/** A new notebook file with given content. */
import type { Contents } from "@jupyterlab/services";
import type { PartialJSONObject } from "@lumino/coreutils";

/**
 * Writes a new notebook and returns its path: `stem.ipynb`, or `stem-2.ipynb` and so on where that is taken.
 * The server chooses a free name first and a rename never overwrites, so nobody's file is lost, not even in a race.
 */
export async function createNotebook(
  contents: Contents.IManager,
  folder: string,
  stem: string,
  notebook: PartialJSONObject,
): Promise<string> {
  const prefix = folder === "" || folder.endsWith(":") ? folder : `${folder}/`;
  const untitled = await contents.newUntitled({ path: folder, type: "notebook" });
  try {
    await contents.save(untitled.path, { type: "notebook", format: "json", content: notebook });
    const { content } = await contents.get(folder, { content: true });
    const taken = new Set((content as Contents.IModel[]).map((file) => file.name));
    for (let number = 1; number < 1000; number++) {
      const name = number === 1 ? `${stem}.ipynb` : `${stem}-${number}.ipynb`;
      if (taken.has(name)) continue;
      try {
        return (await contents.rename(untitled.path, prefix + name)).path;
      } catch (error) {
        // 409: somebody took the name since the folder was read.
        if ((error as { response?: Response }).response?.status !== 409) throw error;
      }
    }
    return untitled.path;
  } catch (error) {
    await contents.delete(untitled.path).catch(() => undefined);
    throw error;
  }
}
