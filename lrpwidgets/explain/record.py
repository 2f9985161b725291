"""Record a forward pass: the ATen operations that depend on the input, in the order they ran.

A :class:`Recorder` is a ``TorchDispatchMode``: it sees canonical operations whatever Python wrote
(modules, ``F.relu``, ``x + y``, in-place operations). Each becomes a :class:`Node`; what flows between
nodes is a :class:`Value`. A value keeps its tensor only where a handler reads it (``Operation.reads``).
"""

from __future__ import annotations

import weakref
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from ..errors import ModelError, UnsupportedOperationError
from .aliasing import Geometry, Kept, Writes, storage_key
from .branches import Branches
from .embedding import Integers, Point
from .inputs import Inputs, ends
from .layers import LAYERS
from .node import Node, Value, tensors_in
from .operations import conserves, is_nonnegative
from .recurrent import FUSED
from .refusals import check_arguments, check_hidden, check_layout, check_owner
from .shadow import Calls
from .signature import SIGNATURES, Signature, signature_of
from .weights import owner_of


class Recorder(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Writes down what the model does to `x`; use as a context manager around one forward."""

    def __init__(
        self,
        inputs: Inputs,
        owned: Sequence[Tensor],
        layers: Collection[str] = (),
        *,
        account: bool = False,
        everything: bool = False,
        rules: bool = True,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._account = account  # keep also what only a ledger reads
        self._rules = rules  # keep also what only the denominators of rules read
        self._signatures = SIGNATURES[rules]
        self._everything = everything  # keep whatever flows, for who asks what relevance each value carries
        self._owned = owned  # the user's parameters and buffers, which no operation may write to
        self.nodes: list[Node] = []
        self.calls = Calls(self._returned)
        self._layers = frozenset(layers)  # whose outputs are kept, whether a handler reads them or not
        # What a tensor stood for when it was last looked at, in time of `_writes`; None: a constant.
        self._seen: dict[int, tuple[weakref.ref[Tensor], Value | None, int]] = {}
        self._pinned = Kept()
        self.always: set[Value] = set()  # of `layers`, and the model's output
        self._writes = Writes()
        self.constants: list[tuple[Tensor, int, Node]] = []
        self.branches = Branches()
        # The model gets copies, so that nothing it writes in place reaches what was given.
        self.fed = inputs.map(torch.clone)
        self._given = inputs
        self._floating: dict[int | str, Value] = {}
        self._integers = Integers()
        for name in inputs.floating:
            x = inputs[name]
            if x.is_floating_point():
                nonnegative = not x.numel() or ends(x)[0] >= 0
                self._floating[name] = Value(x.shape, x.dtype, nonnegative, tensor=x)
                self._remember(self.fed[name], self._floating[name])
            else:
                self._integers.begin(self.fed[name])

    def sources(self) -> tuple[dict[int | str, Value], Point]:
        """The inputs that relevance can flow to, and where the main one is explained."""
        x, main = self._given.explained, self._given.main
        if main in self._floating:
            return self._floating, Point(self._floating[main], x, None)
        embedded = self._integers.points
        if not embedded and self._integers.lost:
            raise self._integers.refusal(x)
        if len(embedded) != 1:
            raise UnsupportedOperationError(
                f"the model embeds its input of shape {tuple(x.shape)} and {x.dtype} {len(embedded)} times; "
                "relevance is found where integers become vectors, once: give the model the vectors as a "
                "floating point input"
            )
        return {**self._floating, main: embedded[0].value}, embedded[0]

    # -- what a tensor stands for ---------------------------------------------------------------

    def _remember(self, tensor: Tensor, value: Value | None) -> None:
        # A weak reference tells a reused id() from the tensor it once belonged to.
        self._seen[id(tensor)] = (weakref.ref(tensor), value, self._writes.time)

    def value_of(self, tensor: Tensor) -> Value | None:
        """The value a tensor holds now, or None if it does not depend on the input."""
        entry = self._seen.get(id(tensor))
        value, seen = (None, -1) if entry is None or entry[0]() is not tensor else entry[1:]
        if seen == self._writes.time or not self._writes.reached(tensor):
            return value
        for write in self._writes.since(seen, tensor):
            here = Geometry.of(tensor)
            if write.geometry == here:
                value = write.value
            else:
                value = self._overwrite(tensor, value, write.value, here, write.geometry)
        if value is not None:
            self._remember(tensor, value)
        return value

    def _overwrite(
        self, tensor: Tensor, old: Value | None, new: Value, here: Geometry, written: Geometry
    ) -> Value:
        """What `tensor` reads after `new` was written through another view of its storage."""
        operands = (new,) if old is None else (new, old)
        func = torch.ops.aten.as_strided_scatter.default
        # The constant around what was written, where it is not zero: the ledger's.
        around = written.outside(tensor, here) if old is None else None
        around = around if around is not None and around.any() else None
        node = Node("overwrite", func, self.calls.path, (here, written, around), {}, operands)
        nonnegative = new.nonnegative and old is not None and old.nonnegative
        node.outputs = (Value(tensor.shape, tensor.dtype, nonnegative, len(self.nodes)),)
        for operand in operands:
            operand.readers += 1
        self.nodes.append(node)
        return node.outputs[0]

    # -- what is kept ---------------------------------------------------------------------------

    def _pin(self, value: Value, tensor: Tensor) -> None:
        if value.tensor is None:
            value.tensor = tensor
            self._pinned.add(value, tensor)

    def _unpin(self, value: Value) -> None:
        if value.tensor is not None:
            self._pinned.remove(value, value.tensor)
            value.tensor = None

    def _preserve(self, tensor: Tensor) -> None:
        """Before `tensor` is written: give every kept value that overlaps it a copy of its own."""
        for value in self._pinned.overlapping(tensor):
            kept = value.tensor
            assert kept is not None
            self._unpin(value)
            self._pin(value, kept.clone())

    def _pin_operands(self, node: Node, known: Signature, pairs: list[tuple[Value, Tensor]]) -> None:
        whole = self._all(known, node)
        for value, tensor in pairs:
            if value.spare and not value.readers and self._takes_over(node, known, value):
                self._unpin(value)
                value.readers += 1
                continue
            if value.spare:
                value.spare = False
                value.rectified = node.op == "hardtanh" and len(node.args) > 1 and bool(node.args[1] >= 0)
                if self._rules:
                    self._pin(value, tensor)
                else:
                    self._unpin(value)  # only its layer's rule would read it
            value.readers += 1
            if value.readers > 1:
                value.relu = None  # relevance comes back from the other reader, too
            if whole or (known.others and len(pairs) > 1):
                self._pin(value, tensor)
            elif value.tensor is None:
                for at in known.kept_operands:
                    if at < len(node.args) and node.args[at] is value:
                        self._pin(value, tensor)

    def _all(self, known: Signature, node: Node) -> bool:
        """Whether everything that goes in and comes out is kept."""
        return known.all or (self._account and not conserves(node))

    def _takes_over(self, node: Node, known: Signature, value: Value) -> bool:
        """Whether what `node` makes of a layer's output will stand for it."""
        if known.operation is None or not known.operation.takes_over:
            return False
        return node.op == "relu" or self.nodes[value.made_by].op in LAYERS

    def _pin_outputs(self, node: Node, known: Signature, result: Any, written: list[Tensor]) -> None:
        whole = self._all(known, node)
        outputs = []
        nonnegative = not known.signed and is_nonnegative(node)
        place = len(self.nodes)
        for position, tensor in enumerate((result,) if isinstance(result, Tensor) else tensors_in(result)):
            dtype = tensor.dtype
            value = Value(tensor.shape, dtype, nonnegative, place)
            outputs.append(value)
            if known.operation is None:
                check_layout(node, tensor)
            if written and any(tensor is other for other in written):
                self._writes.add(tensor, value)
            if dtype.is_floating_point or dtype.is_complex:
                self._seen[id(tensor)] = (weakref.ref(tensor), value, self._writes.time)
            if whole or position in known.kept_outputs:
                self._pin(value, tensor)
            elif known.layer_out:
                value.spare = True
                self._pin(value, tensor)
            if self._everything and (dtype.is_floating_point or dtype.is_complex):
                self._keep(value, tensor)
        node.outputs = tuple(outputs)
        if node.op == "relu" and node.operands[0].tensor is None and node.operands[0].readers == 1:
            node.operands[0].relu = outputs[0]
            node.operands[0].rectified = True

    def _returned(self, path: str, result: Any) -> tuple[Value, ...]:
        """The values that a module's call returned; those of `layers` are kept."""
        if type(result) is Tensor and not self._layers:  # as nearly always, and quick
            value = self.value_of(result)
            return () if value is None else (value,)
        if isinstance(result, Mapping):
            result = tuple(result.values())
        pairs = [(self.value_of(tensor), tensor) for tensor in tensors_in(result)]
        if self._layers and (path in self._layers or path.partition("#")[0] in self._layers):
            for value, tensor in pairs:
                if value is not None:
                    self._keep(value, tensor)
        return tuple(value for value, _ in pairs if value is not None)

    def _keep(self, value: Value, tensor: Tensor) -> None:
        """Pin a value for good, also where a ReLU reads it too."""
        value.spare = value.rectified = False
        self.always.add(value)
        self._pin(value, tensor)

    # -- recording ------------------------------------------------------------------------------

    def _bind(self, item: Any, pairs: list[tuple[Value, Tensor]], constants: list[Tensor]) -> Any:
        """`item` with its dependent tensors replaced by their values."""
        if isinstance(item, Tensor):
            value = self.value_of(item)
            if value is None:
                constants.append(item)
                return item
            pairs.append((value, item))
            return value
        if isinstance(item, (tuple, list)):
            if item and type(item[0]) is int:  # sizes
                return item
            return [self._bind(part, pairs, constants) for part in item]
        return item

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """torch would wrap the next method for the compiler's sake, at a microsecond a call."""
        return False

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Run `func` and, if it depends on the input, add a node."""
        known = self._signatures.get(id(func)) or signature_of(func, rules=self._rules)
        pairs: list[tuple[Value, Tensor]] = []
        constants: list[Tensor] = []
        bound: list[Any] = []
        for item in args:
            if isinstance(item, Tensor):
                value = self.value_of(item)
                if value is None:
                    constants.append(item)
                    bound.append(item)
                else:
                    pairs.append((value, item))
                    bound.append(value)
            else:
                bound.append(self._bind(item, pairs, constants) if isinstance(item, (list, tuple)) else item)
        if not (
            pairs or kwargs or known.written or self._writes.time or self.branches.answers or self._integers
        ):
            return func(*args)  # nothing to do with the input: the quick way out for weights' own
        kwargs = dict(kwargs) if kwargs else {}
        # What `out=` holds before is not read.
        bound_kwargs = {
            key: self._bind(arg, pairs, constants) for key, arg in kwargs.items() if key not in known.written
        }
        if not (pairs or constants or known.written):
            return func(*args, **kwargs)  # new memory, from no tensor at all
        written = self._written(known, args, kwargs, alone=not pairs) if known.written else []
        if not pairs and self._integers:
            moved = self._follow(known, func, args, kwargs)
            if moved is not None:
                return moved
        if known.op in FUSED and pairs:
            with self:  # the fused kernel, step by step
                return FUSED[known.op](*args, **kwargs)
        if not pairs or known.constant:
            return self._run_constant(func, known, args, kwargs, bool(pairs), constants)
        if known.refusable:
            check_arguments(func, known.op, args, self.calls.path)
        return self._add(func, known, args, kwargs, bound, bound_kwargs, pairs, constants, written)

    def _add(
        self,
        func: Any,
        known: Signature,
        args: Any,
        kwargs: dict[str, Any],
        bound: list[Any],
        bound_kwargs: dict[str, Any],
        pairs: list[tuple[Value, Tensor]],
        constants: list[Tensor],
        written: list[Tensor],
    ) -> Any:
        """Run an operation and add its node."""
        if written and any(tensor is constant for tensor in written for constant in constants):
            # The constant is about to be overwritten: the node keeps what it read.
            bound = [item.clone() if any(item is t for t in written) else item for item in bound]
        operands = tuple([value for value, _ in pairs])
        node = Node(known.op, func, self.calls.path, tuple(bound), bound_kwargs, operands)
        self._pin_operands(node, known, pairs)
        for tensor in written:
            self._preserve(tensor)
        result = known.run(*args, **kwargs)
        self._pin_outputs(node, known, result, written)
        for tensor in constants:
            if not (tensor.is_inference() or (written and any(tensor is other for other in written))):
                self.constants.append((tensor, tensor._version, node))
        self.nodes.append(node)
        return result

    def _follow(self, known: Signature, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """Run an operation on integers of the main input; None if it does not move or embed them."""
        found = self._integers.follow(known.op, func, args, kwargs, self.calls.path)
        if found is None:
            return None
        result, value = found
        if value is not None:
            self._remember(result, value)
        return result

    def _run_constant(
        self,
        func: Any,
        known: Signature,
        args: Any,
        kwargs: dict[str, Any],
        direct: bool,
        constants: list[Tensor],
    ) -> Any:
        """Run an operation whose result is a constant; `direct` if it reads what depends on the input."""
        for at in known.written:
            if isinstance(at, str) and any(self.value_of(out) for out in tensors_in(kwargs.get(at))):
                raise UnsupportedOperationError(
                    f"{self.calls.path or 'the model'} overwrites an activation with a constant by "
                    f"{known.op}(..., out=...); write `activation = constant` there"
                )
        result = func(*args, **kwargs)
        if direct or self.branches.answers:
            self.branches.saw(known.op, self.calls.path, direct, constants, result)
        if self._writes.time:  # also where it shows memory that was written before: detach
            for tensor in tensors_in(result):
                self._remember(tensor, None)
        return result

    @cached_property
    def _own(self) -> set[int]:
        """The memory of the user's parameters and buffers (the copy of the model has buffers of its own)."""
        return {storage_key(tensor) for tensor in self._owned}

    def _written(self, known: Signature, args: Any, kwargs: dict[str, Any], *, alone: bool) -> list[Tensor]:
        """The tensors that an operation, of constants `alone` or not, is about to write to."""
        places = known.written
        written = list(tensors_in([args[at] if isinstance(at, int) else kwargs.get(at) for at in places]))
        check_owner(written, self._own, self.calls.path)
        if alone:
            check_hidden(written, self._followed(), known.op, self.calls.path)
        return written

    def _followed(self) -> Iterator[Tensor]:
        """The tensors that stand for a value now."""
        for reference, value, _ in self._seen.values():
            tensor = reference() if value is not None else None
            if tensor is not None:
                yield tensor

    def finish(self, output: Tensor) -> Value | None:
        """The value of the model's output; checks that no constant was written after a node read it."""
        for tensor, version, node in self.constants:
            # A parameter is written by a training loop beside; that is noted after the walk.
            if tensor._version != version and not isinstance(owner_of(tensor), torch.nn.Parameter):
                raise ModelError(
                    f"{node.where} uses {node.op} with a constant of shape {tuple(tensor.shape)} that the model "
                    "overwrites later in the same forward; give that step a copy (`constant.clone()`)"
                )
        value = self.value_of(output)
        if value is None and self._integers.lost:
            raise self._integers.refusal(self._given.explained)
        if value is not None:
            value.readers += 1  # relevance starts here: nothing that reads it too stands for it
            value.relu, value.rectified = None, False
            if value.spare:
                self._keep(value, output)
        return value
