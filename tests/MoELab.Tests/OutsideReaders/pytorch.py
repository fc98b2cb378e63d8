"""Loads and saves state dicts with PyTorch itself, and says in JSON what is in them."""
import collections
import ctypes
import hashlib
import json
import os
import sys
import traceback

import torch


class Evil:
    """Unpickling this would run a command."""

    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


def described(tensors):
    def sha256(tensor):
        flat = tensor.detach().resolve_conj().resolve_neg().clone(memory_format=torch.contiguous_format)
        return hashlib.sha256(ctypes.string_at(flat.data_ptr(), flat.numel() * flat.element_size()) if flat.numel() else b"").hexdigest()

    return {name: {"dtype": str(t.dtype), "shape": list(t.shape), "sha256": sha256(t)} for name, t in tensors.items()}


def load(path):
    loaded = torch.load(path, weights_only=True)
    mapped = torch.load(path, weights_only=True, mmap=True)
    assert described(mapped) == described(loaded), "mmap=True reads other values"
    assert all(t.data_ptr() % 64 == 0 for t in mapped.values() if t.numel()), "a mapped tensor is not aligned"
    return described(loaded)


def save(path, case):
    numbers = torch.arange(24, dtype=torch.float32)
    layer = torch.nn.Linear(3, 2)
    cases = {
        "types": lambda: {str(t): (numbers - 3 * (t != torch.uint8)).to(t) for t in (torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool)},
        "shapes": lambda: {"scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3), "one": torch.ones(1, 1), "deep": numbers.reshape(1, 2, 3, 4, 1)},
        "ordered": lambda: collections.OrderedDict(b=numbers.clone(), a=numbers + 1),
        "module": layer.state_dict,
        "parameters": lambda: dict(layer.named_parameters()),
        "shared": lambda: {"all": numbers, "left": numbers[:5], "middle": numbers[7:13], "again": numbers},
        "transposed": lambda: {"x": numbers.reshape(4, 6).t(), "y": numbers.reshape(2, 3, 4).permute(2, 0, 1)},
        "strided": lambda: {"x": numbers[1::3], "y": numbers.reshape(4, 6)[1:3, 2:5]},
        "many": lambda: {f"t{i}": torch.full((i % 3,), float(i)) for i in range(3000)},
        "names": lambda: {"odd \"é\" \n😀": numbers, "": numbers + 1},
        "protocol": lambda: {"x": numbers},
        "unchecked": lambda: {"x": numbers},
        "expanded": lambda: {"x": torch.ones(1).expand(1000)},
        "negative": lambda: {"x": numbers._neg_view()},
        "complex": lambda: {"x": torch.zeros(3, dtype=torch.complex64)},
        "float8": lambda: {"x": torch.zeros(3).to(torch.float8_e4m3fn)},
        "sparse": lambda: {"x": torch.eye(3).to_sparse()},
        "quantized": lambda: {"x": torch.quantize_per_tensor(torch.ones(3), 0.1, 0, torch.qint8)},
        "meta": lambda: {"x": torch.empty(3, device="meta")},
        "legacy": lambda: {"x": numbers},
        "whole": lambda: layer,
        "nested": lambda: {"model": layer.state_dict(), "step": 3},
        "step": lambda: {"x": numbers, "step": 3},
        "list": lambda: [numbers],
        "tensor": lambda: numbers,
        "integers": lambda: {3: numbers},
        "system": lambda: {"x": numbers, "y": Evil(os.system, f"touch '{path}.ran'")},
        "eval": lambda: {"x": numbers, "y": Evil(eval, f"open({path + '.ran'!r}, 'w')")},
    }
    how = {"legacy": {"_use_new_zipfile_serialization": False}, "protocol": {"pickle_protocol": 4}}.get(case, {})
    torch.serialization.set_crc32_options(case != "unchecked")
    value = cases[case]()
    torch.save(value, path, **how)
    return described(value) if isinstance(value, dict) and all(isinstance(t, torch.Tensor) and not t.is_sparse and not t.is_quantized and not t.is_meta for t in value.values()) else None


def convert(path, target):
    torch.save({name: t.to(torch.bfloat16) for name, t in torch.load(path, weights_only=True).items()}, target)


def shard(path, folder):
    """Splits a state dict as transformers' save_pretrained(max_shard_size=..., safe_serialization=False) names and lists its shards."""
    weights = torch.load(path, weights_only=True)
    names, count = list(weights), 3
    parts = {f"pytorch_model-{i + 1:05}-of-{count:05}.bin": names[i::count] for i in range(count)}
    for file, part in parts.items():
        torch.save({name: weights[name].to(torch.bfloat16) for name in part}, os.path.join(folder, file))
    with open(os.path.join(folder, "pytorch_model.bin.index.json"), "w") as index:
        json.dump({"metadata": {"total_size": sum(2 * t.numel() for t in weights.values())},
                   "weight_map": {name: file for file, part in parts.items() for name in part}}, index, indent=2, sort_keys=True)


# A line asks with a function and its arguments, and a line answers.
for line in sys.stdin:
    what, *arguments = json.loads(line)
    try:
        answer = {"read": {"load": load, "save": save, "convert": convert, "shard": shard}[what](*arguments)}
    except Exception:
        answer = {"error": traceback.format_exc()}
    print(json.dumps(answer), flush=True)
