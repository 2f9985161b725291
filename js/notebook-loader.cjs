// A notebook as a module: its cells without outputs, execution counts or editor metadata,
// so that the bundle changes only when what a reader would run changes.
module.exports = function (source) {
  const { cells, metadata, nbformat, nbformat_minor } = JSON.parse(source);
  const bare = cells.map(({ id, cell_type, source: lines }) => ({
    ...(id === undefined ? {} : { id }),
    cell_type,
    metadata: {},
    source: Array.isArray(lines) ? lines.join("") : lines,
    ...(cell_type === "code" ? { execution_count: null, outputs: [] } : {})
  }));
  const { kernelspec } = metadata;
  return JSON.stringify({ cells: bare, metadata: { kernelspec }, nbformat, nbformat_minor });
};
