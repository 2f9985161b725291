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
_STANDARD = frozenset(nn.Module().__dict__)
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


def _empty(module: nn.Module) -> nn.Module:
    """A module of the same class of which no constructor ran."""
    kind: Any = type(module)
    found: nn.Module = _layout(kind)[0].__new__(kind)
    return found


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
    """The copy of `model` as `module`, its modules by `paths`, and whether any was in `training` mode."""

    def __init__(self, model: nn.Module) -> None:
        self.paths: dict[str, nn.Module] = {}  # the first path of a module that has several
        self.training = False
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
        self.training |= module.training
        if isinstance(module, torch.jit.ScriptModule):
            return module  # compiled code cannot be copied
        if id(module) in self._copies:
            return self._copies[id(module)]  # type: ignore[no-any-return]
        found = _empty(module)
        self._copies[id(module)] = found
        if path is not None:
            self.paths[path] = found
        if isinstance(module, LazyModuleMixin) and module.has_uninitialized_params():
            raise ModelError(f"the lazy module {path} has no shape yet; run the model once on an input first")
        state = dict(module.__dict__)
        # Parameters are shared. Buffers are cloned: a forward may count its calls or write into them.
        state["_parameters"] = module._parameters.copy()
        state["_buffers"] = {name: self._clone(buffer) for name, buffer in module._buffers.items()}
        prefix = f"{path}." if path else ""
        for name, parameter in module._parameters.items():
            if type(parameter) is not nn.Parameter and parameter is not None:
                _check_kind(prefix + name, parameter)
        # What computes a weight has no path of its own: it belongs to the layer.
        state["_modules"] = {
            name: None
            if child is None
            else self._copy_module(
                child, None if path is None or name == "parametrizations" else prefix + name
            )
            for name, child in module._modules.items()
        }
        state["training"] = False
        found.__dict__.update(state)
        self._unfinished.append((module, found))
        return found

    def _copy_attributes(self, original: nn.Module, found: nn.Module) -> None:
        mine, theirs = found.__dict__, original.__dict__
        for key in _HOOKS:
            value = theirs[key]
            mine[key] = self._copy(value) if value else type(value)()
        for key in theirs.keys() - _STANDARD:
            value = theirs[key]
            if type(value) in _PLAIN or (type(value) is tuple and _PLAIN.issuperset(map(type, value))):
                continue  # shared already, and quicker told here
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
            self._copies[id(buffer)] = buffer.detach().clone()
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
                enter, leave, fail = self._around(path)
                module.register_forward_pre_hook(lambda module, args, enter=enter: enter(), prepend=True)
                module.register_forward_hook(_leaving(leave, fail), always_call=True)
            else:  # several times cheaper than hooks
                module.__dict__["forward"] = self._followed(path, module.forward)

    def forget(self, modules: dict[str, nn.Module]) -> None:
        """Let go of them: a ring of references would hold every activation until garbage is collected."""
        self._returned = _nothing
        for module in modules.values():
            module.__dict__.pop("forward", None)

    def _followed(self, path: str, forward: Callable[..., Any]) -> Callable[..., Any]:
        enter, leave, fail = self._around(path)

        def followed(*args: Any, **kwargs: Any) -> Any:
            enter()
            try:
                result = forward(*args, **kwargs)
            except BaseException:
                fail()
                raise
            leave(result)
            return result

        followed.__wrapped__ = forward  # type: ignore[attr-defined]  # for who asks for its signature
        return followed

    def _around(self, path: str) -> tuple[Callable[[], None], Callable[[Any], None], Callable[[], None]]:
        """What to do when a call of the module begins, ends and fails."""
        calls = 0

        def enter() -> None:
            nonlocal calls
            calls += 1
            self.failed = None
            name = path if calls == 1 else f"{path}#{calls}"
            self.paths.append(name)
            self.outputs[name] = ()

        def leave(result: Any) -> None:
            left = self.paths.pop()
            self.failed = None
            self.outputs[left] = self._returned(left, result)

        def fail() -> None:
            left = self.paths.pop()
            if self.failed is None:
                self.failed = left

        return enter, leave, fail


def _nothing(path: str, result: Any) -> tuple[Value, ...]:
    return ()


def _leaving(leave: Callable[[Any], None], fail: Callable[[], None]) -> Callable[..., None]:
    def left(module: nn.Module, args: Any, result: Any) -> None:
        if result is None:  # what torch hands to hooks that it calls after an exception
            fail()
        else:
            leave(result)

    return left
