"""A model's structural copy: same parameters and hooks, copied buffers, in eval mode, with module paths.

The user's model is never touched, not even for a moment: a training loop that runs at the same time in
another thread sees no flag flip and no hook come and go.
"""

from __future__ import annotations

import copy
from collections import OrderedDict, defaultdict
from collections.abc import Callable
from dataclasses import is_dataclass
from functools import lru_cache, partial
from types import MemberDescriptorType, MethodType, SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.lazy import LazyModuleMixin

from ..errors import ModelError
from .node import Value

# Attributes of every nn.Module, which need no look inside. Hook tables are copied: the recorder adds its own.
# Nor does our own description of a model.
_STANDARD = frozenset({*nn.Module().__dict__, "lrpwidgets_card"})
_PLAIN = frozenset({int, float, bool, str, type(None)})
_HOOKS = tuple(key for key in nn.Module().__dict__ if key.startswith("_forward"))
# Set in the flags of every class that was written in Python.
_HEAP = 1 << 9
_CONTAINERS = (list, set, dict, OrderedDict, defaultdict)


def _is_record(item: Any) -> bool:
    return is_dataclass(item) and not isinstance(item, (type, dict, list))


@lru_cache(maxsize=1024)
def _layout(kind: Any) -> tuple[Any, tuple[MemberDescriptorType, ...]]:
    """The class of Python's own that `kind` is made on, and what `kind` and its bases declare in ``__slots__``."""
    written = [base for base in kind.__mro__ if base.__flags__ & _HEAP]
    slots = (
        item for base in written for item in vars(base).values() if isinstance(item, MemberDescriptorType)
    )
    return next(base for base in kind.__mro__ if base not in written), tuple(slots)


def _check_kind(name: str, parameter: Tensor) -> None:
    if type(parameter).__torch_dispatch__ is not Tensor.__torch_dispatch__:
        raise ModelError(
            f"the parameter {name} is a {type(parameter).__name__}, which handles torch's operations itself "
            "(quantised or distributed weights); explain the model with plain floating point weights"
        )


def check_model(model: object) -> None:
    """Raise if `model` is no module."""
    if not isinstance(model, nn.Module):
        raise ModelError(f"the model must be a torch.nn.Module, not {type(model).__name__}")


def eager(model: nn.Module) -> nn.Module:
    """The module itself, or the original that a compiled one runs."""
    while isinstance(getattr(model, "_orig_mod", None), nn.Module):
        model = model._orig_mod  # type: ignore[assignment]
    return model


class Shadow:
    """The copy of `model` as `module`, its modules by `paths`, and whether any was in `training` mode.

    `owned` are the parameters and buffers of the original.
    """

    def __init__(self, model: nn.Module) -> None:
        self.paths: dict[str, nn.Module] = {}  # the first path of a module that has several
        self.training = False
        self.owned: list[Tensor] = []
        self._copies: dict[int, Any] = {}  # by the identity of the original
        self._unfinished: list[tuple[nn.Module, nn.Module]] = []
        self.module: nn.Module = self._copy_module(model, "")
        # The tree first, so that every module gets its path; then what else the modules refer to.
        for original, found in self._unfinished:
            self._copy_attributes(original, found)

    def _copy(self, item: Any) -> Any:
        """`item` with every module and buffer in it replaced by its copy; what a forward may write to is copied."""
        if isinstance(item, nn.Module):
            return self._copy_module(item, None)
        if isinstance(item, MethodType):
            owner = self._copy(item.__self__)
            return item if owner is item.__self__ else MethodType(item.__func__, owner)
        if isinstance(item, partial):
            return partial(self._copy(item.func), *self._copy(item.args), **self._copy(item.keywords))
        if isinstance(item, tuple):
            make = tuple if type(item) is tuple else getattr(type(item), "_make", None)
            return item if make is None else make(self._copy(part) for part in item)
        if id(item) not in self._copies:  # shared, or inside itself
            if type(item) is Tensor and not item.requires_grad:
                self._clone(item)
            elif type(item) in _CONTAINERS or type(item) is SimpleNamespace or _is_record(item):
                self._copy_parts(item)
        return self._copies.get(id(item), item)

    def _copy_parts(self, item: Any) -> None:
        """Make a copy of a container or a record, and of what is in it."""
        if type(item) is list and _PLAIN.issuperset(map(type, item)):  # quicker told here
            self._copies[id(item)] = item.copy()
            return
        found = self._copies[id(item)] = copy.copy(item)
        if type(item) in _CONTAINERS:
            self._fill(found, item)
            return
        for name, value in vars(item).items() if hasattr(item, "__dict__") else ():
            found.__dict__[name] = self._copy(value)  # also if it is frozen
        self._copy_slots(item, found)

    def _copy_slots(self, item: Any, found: Any) -> None:
        kind: Any = type(item)
        for slot in _layout(kind)[1]:
            try:
                value = slot.__get__(item)
            except AttributeError:  # never set
                continue
            slot.__set__(found, self._copy(value))

    def _fill(self, found: Any, item: Any) -> None:
        """Put copies of the parts of the list, set or dictionary `item` into `found`."""
        if isinstance(item, dict):
            dict.update(found, {key: self._copy(value) for key, value in dict.items(item)})
        elif isinstance(item, list):
            list.__init__(found, [self._copy(part) for part in list.__iter__(item)])
        elif isinstance(item, set):
            set.__init__(found, [self._copy(part) for part in set.__iter__(item)])

    def _copy_module(self, module: nn.Module, path: str | None) -> nn.Module:
        known = self._copies.get(id(module))
        if known is not None:
            return known  # type: ignore[no-any-return]
        self.training |= module.training
        if isinstance(module, torch.jit.ScriptModule):  # compiled code cannot be copied
            self.owned += (*module.parameters(), *module.buffers())
            return module
        kind: Any = type(module)
        found: nn.Module = _layout(kind)[0].__new__(kind)  # no constructor runs
        self._copies[id(module)] = found
        if path is not None:
            self.paths[path] = found
        if isinstance(module, LazyModuleMixin) and module.has_uninitialized_params():
            raise ModelError(f"the lazy module {path} has no shape yet; run the model once on an input first")
        state = found.__dict__
        state.update(module.__dict__)
        prefix = f"{path}." if path else ""
        parameters, buffers, children = module._parameters, module._buffers, module._modules
        # Parameters are shared. Buffers are cloned: a forward may count its calls or write into them.
        state["_parameters"] = parameters = parameters.copy()
        for name, parameter in parameters.items():
            if parameter is not None:
                self.owned.append(parameter)
                if type(parameter) is not nn.Parameter:
                    _check_kind(prefix + name, parameter)
        state["_buffers"] = {name: self._clone(buffer) for name, buffer in buffers.items()} if buffers else {}
        # What computes a weight has no path of its own: it belongs to the layer.
        state["_modules"] = copies = {}
        for name, child in children.items():
            at = None if path is None or name == "parametrizations" else prefix + name
            copies[name] = None if child is None else self._copy_module(child, at)
        state["training"] = False
        self._unfinished.append((module, found))
        return found

    def _copy_attributes(self, original: nn.Module, found: nn.Module) -> None:
        mine = found.__dict__
        for key in _HOOKS:
            value = mine[key]
            mine[key] = self._copy(value) if value else type(value)()
        for key, value in tuple(mine.items()):
            # Plain numbers are shared already, and quicker told here.
            if type(value) in _PLAIN or key in _STANDARD:
                continue
            if type(value) is not tuple or not _PLAIN.issuperset(map(type, value)):
                mine[key] = self._copy(value)
        kind: Any = type(original)
        built_in, slots = _layout(kind)
        if slots:
            self._copy_slots(original, found)
        if built_in is not object:
            self._fill(found, original)  # a dictionary or a list as well

    def _clone(self, buffer: Tensor | None) -> Tensor | None:
        """A buffer's copy; one that two modules share stays shared."""
        if buffer is None:
            return None
        if id(buffer) not in self._copies:
            self.owned.append(buffer)
            self._copies[id(buffer)] = (buffer.detach() if buffer.requires_grad else buffer).clone()
        return self._copies[id(buffer)]  # type: ignore[no-any-return]


def copy_of(model: nn.Module) -> Shadow:
    """The structural copy. Raises `ModelError` for what cannot be copied."""
    if isinstance(model, torch.jit.ScriptModule) and model.training:
        raise ModelError(
            "a scripted model cannot be copied, so it must be in eval mode: call model.eval() first"
        )
    return Shadow(model)


class Calls:
    """The paths of the modules being called, innermost last; ``path#2`` is a second call.

    `returned` is told what each call returned; what it makes of that is found in `outputs`, by path, in the
    order in which the calls began.
    """

    def __init__(self, returned: Callable[[str, Any], tuple[Value, ...]]) -> None:
        self.paths: list[str] = []
        self.outputs: dict[str, tuple[Value, ...]] = {}
        self._returned = returned
        self._numbers: dict[str, int] = {}  # of calls
        self.failed: str | None = None  # the innermost module that an exception left

    @property
    def path(self) -> str:
        """The module being called; ``""`` is the model's own forward."""
        return self.paths[-1] if self.paths else ""

    def follow(self, modules: dict[str, nn.Module]) -> None:
        """Hear of every call of these modules, which are the shadow's own."""
        for path, module in modules.items():
            if module._forward_hooks or module._forward_pre_hooks:
                # The user's own hooks belong to the call, and may change what it returns.
                module.register_forward_pre_hook(
                    lambda module, args, path=path: self.begin(path), prepend=True
                )
                module.register_forward_hook(self._left, always_call=True)
            else:  # several times cheaper than hooks
                module.__dict__["forward"] = self._followed(path, module.forward)

    def forget(self, modules: dict[str, nn.Module]) -> None:
        """Let go of them: a ring of references would hold every activation until garbage is collected."""
        self._returned = _nothing
        for module in modules.values():
            module.__dict__.pop("forward", None)

    def _followed(self, path: str, forward: Callable[..., Any]) -> Callable[..., Any]:
        def followed(*args: Any, **kwargs: Any) -> Any:
            self.begin(path)
            try:
                result = forward(*args, **kwargs)
            except BaseException:
                self.fail()
                raise
            self.end(result)
            return result

        followed.__wrapped__ = forward  # type: ignore[attr-defined]  # for who asks for its signature
        return followed

    def begin(self, path: str) -> None:
        """A call of the module at `path` begins."""
        number = self._numbers[path] = self._numbers.get(path, 0) + 1
        name = path if number == 1 else f"{path}#{number}"
        self.failed = None
        self.paths.append(name)
        self.outputs[name] = ()

    def end(self, result: Any) -> None:
        """The innermost call returns."""
        left = self.paths.pop()
        self.failed = None
        self.outputs[left] = self._returned(left, result)

    def fail(self) -> None:
        """The innermost call raises."""
        left = self.paths.pop()
        if self.failed is None:
            self.failed = left

    def _left(self, module: nn.Module, args: Any, result: Any) -> None:
        if result is None:  # what torch hands to hooks that it calls after an exception
            self.fail()
        else:
            self.end(result)


def _nothing(path: str, result: Any) -> tuple[Value, ...]:
    return ()
