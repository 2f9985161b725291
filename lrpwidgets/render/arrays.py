"""Arrays in JSON: type, shape, base64 of their little-endian bytes; and back, trusting nothing."""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

from lrpwidgets.errors import FileFormatError, unknown

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Name in the file -> how numpy holds it. numpy has no bfloat16, so its bits travel as int16.
DTYPES: dict[str, str] = {
    "uint8": "|u1",
    "bool": "|b1",
    "int8": "|i1",
    "int16": "<i2",
    "int32": "<i4",
    "int64": "<i8",
    "float16": "<f2",
    "bfloat16": "<i2",
    "float32": "<f4",
    "float64": "<f8",
}
MOST_ELEMENTS = 64 * 2**20
MOST_AXES = 8
ENCODINGS = ("zlib", "raw")


def pack(array: NDArray[Any], dtype: str, *, scale: float | None = None) -> dict[str, Any]:
    """The JSON of an array; compressed if that is shorter. With `scale` the values mean array * scale."""
    raw = np.ascontiguousarray(array, dtype=DTYPES[dtype]).tobytes()
    small = zlib.compress(raw, 6)
    encoding, data = ("zlib", small) if len(small) < len(raw) else ("raw", raw)
    packed: dict[str, Any] = {"dtype": dtype, "shape": list(array.shape), "encoding": encoding}
    if scale is not None:
        packed["scale"] = scale
    return {**packed, "data": base64.b64encode(data).decode("ascii")}


def unpack(value: object, where: str, dtypes: tuple[str, ...]) -> tuple[NDArray[Any], str]:
    """The array and the name of its type. `FileFormatError` that names `where`, unless all of it is right.

    Sizes are checked before anything is decoded, and inflating stops at the first byte too many.
    """
    if not isinstance(value, dict):
        raise FileFormatError(f"{where} must be an object that describes an array.")
    dtype = value.get("dtype")
    if not isinstance(dtype, str) or dtype not in dtypes:
        raise FileFormatError(f"{where}: {unknown('dtype', dtype, dtypes)}")
    shape = checked_shape(value.get("shape"), where)
    expected = math.prod(shape) * np.dtype(DTYPES[dtype]).itemsize
    raw = _bytes(value, where, expected)
    array = np.frombuffer(raw, DTYPES[dtype]).reshape(shape)
    if dtype == "bool" and (np.frombuffer(raw, np.uint8) > 1).any():
        raise FileFormatError(f"{where} holds values that are neither true nor false.")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise FileFormatError(f"{where} holds values that are not finite.")
    return array, dtype


def unpack_relevance(value: object, where: str) -> NDArray[np.float32]:
    """Relevance for display, float32: as it is, or int16 times a finite scale > 0 (in float64)."""
    array, dtype = unpack(value, where, ("int16", "float32"))
    if dtype == "float32":
        return array
    scale = number(value.get("scale") if isinstance(value, dict) else None, f"{where}.scale")
    if scale <= 0:
        raise FileFormatError(f"{where}.scale must be > 0, not {scale}.")
    with np.errstate(over="ignore"):
        relevance: NDArray[np.float32] = (array.astype(np.float64) * scale).astype(np.float32)
    if not np.isfinite(relevance).all():
        raise FileFormatError(f"{where}: values times scale {scale} are not finite.")
    return relevance


def number(value: object, where: str) -> float:
    """A finite number as float; true, false, text and integers beyond any float are not."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise FileFormatError(f"{where} must be a number, not {type(value).__name__}.")
    try:
        converted = float(value)
    except OverflowError:
        converted = math.inf
    if not math.isfinite(converted):
        raise FileFormatError(f"{where} must be a finite number.")
    return converted


def checked_shape(value: object, where: str) -> tuple[int, ...]:
    """A shape of whole numbers >= 0 with at most `MOST_ELEMENTS` elements."""
    if not isinstance(value, list) or len(value) > MOST_AXES:
        raise FileFormatError(f"{where}.shape must be a list of at most {MOST_AXES} whole numbers.")
    elements = 1
    for side in value:
        if isinstance(side, bool) or not isinstance(side, int) or not 0 <= side <= MOST_ELEMENTS:
            raise FileFormatError(f"{where}.shape must hold whole numbers from 0 to {MOST_ELEMENTS}.")
        elements *= max(side, 1)
    if elements > MOST_ELEMENTS:
        raise FileFormatError(f"{where} has more than {MOST_ELEMENTS} elements.")
    return tuple(value)


def _bytes(value: dict[Any, Any], where: str, expected: int) -> bytes:
    """Exactly `expected` decoded bytes."""
    encoding, data = value.get("encoding"), value.get("data")
    if encoding not in ENCODINGS:
        raise FileFormatError(f"{where}: {unknown('encoding', encoding, ENCODINGS)}")
    if not isinstance(data, str):
        raise FileFormatError(f"{where}.data must be base64 text.")
    # What zlib cannot shrink grows by a few bytes a block, so much longer text cannot be right.
    if len(data) > 4 * (expected + expected // 100 + 1024) // 3 + 4:
        raise FileFormatError(f"{where} has more data than its shape allows.")
    try:
        packed = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FileFormatError(f"{where}.data is not base64.") from error
    if encoding == "zlib":
        packed = _inflate(packed, where, expected)
    if len(packed) != expected:
        raise FileFormatError(f"{where} has {len(packed)} bytes, but its shape needs {expected}.")
    return packed


def _inflate(packed: bytes, where: str, expected: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        raw = stream.decompress(packed, expected + 1)
    except zlib.error as error:
        raise FileFormatError(f"{where} is damaged: it does not unpack as zlib.") from error
    if len(raw) > expected:
        raise FileFormatError(f"{where} unpacks to more than the {expected} bytes of its shape.")
    if not stream.eof or stream.unused_data:
        raise FileFormatError(f"{where} is damaged: its compressed data ends too early or too late.")
    return raw
