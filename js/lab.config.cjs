// What jupyter-builder"s rspack does not do by itself: TypeScript sources, icons and the notebook as modules.
const path = require("path");

module.exports = {
  // The default ids are hashes that for the entry take in the path of this folder: two clones would differ.
  optimization: { moduleIds: "natural", chunkIds: "natural" },
  resolve: { extensions: [".ts", ".js", ".json"] },
  module: {
    rules: [
      {
        test: /\.ts$/,
        loader: "builtin:swc-loader",
        options: { jsc: { parser: { syntax: "typescript" }, target: "es2022" } },
        type: "javascript/auto"
      },
      { test: /\.svg$/, issuer: /\.ts$/, type: "asset/source" },
      { test: /\.ipynb$/, use: [path.join(__dirname, "notebook-loader.cjs")], type: "json" }
    ]
  }
};
