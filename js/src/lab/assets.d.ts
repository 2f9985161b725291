declare module "*.svg" {
  const source: string;
  export default source;
}

declare module "*.ipynb" {
  const notebook: import("@lumino/coreutils").PartialJSONObject;
  export default notebook;
}
