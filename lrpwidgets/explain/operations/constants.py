"""Operations whose result counts as a constant, whatever went in."""

# Results that depend on the shapes of their operands only.
SHAPE_ONLY = frozenset(
    "empty_like zeros_like ones_like full_like rand_like randn_like new_empty new_zeros new_ones new_full "
    "new_empty_strided empty_strided size stride sym_size numel dim is_same_size detach bernoulli".split()
)

# Results that change in steps: constants for every method, but a model that reads one takes a branch.
STEPS = frozenset(
    "argmax argmin argsort eq ne lt le gt ge isnan isinf isfinite logical_not logical_and logical_or sign floor ceil "
    "round any all equal is_nonzero _local_scalar_dense".split()
)
