"""Reads files that MoELab wrote with other people's libraries and says in JSON what is in them."""
import hashlib
import json
import struct
import sys
import traceback

import crc32c
import safetensors
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


def read_safetensors(path):
    with open(path, "rb") as file:
        data = file.read()
    tensors = {name: {"dtype": t["dtype"], "shape": list(t["shape"]), "sha256": hashlib.sha256(bytes(t["data"])).hexdigest()} for name, t in safetensors.deserialize(data)}
    # deserialize has checked the header; what it does not hand out is the free text in it.
    header = json.loads(data[8:8 + struct.unpack_from("<Q", data)[0]])
    return {"version": safetensors.__version__, "metadata": header.get("__metadata__"), "tensors": tensors}


def event_class():
    """TensorBoard's Event, as far as its published schema defines scalars."""
    field = descriptor_pb2.FieldDescriptorProto
    file = descriptor_pb2.FileDescriptorProto(name="event.proto", package="board", syntax="proto3")
    kinds = {"double": field.TYPE_DOUBLE, "float": field.TYPE_FLOAT, "int64": field.TYPE_INT64, "string": field.TYPE_STRING}

    def message(name, *fields):
        made = file.message_type.add(name=name)
        for number, label, kind in fields:
            repeated = kind.startswith("repeated ")
            kind = kind.removeprefix("repeated ")
            added = made.field.add(name=label, number=number, label=field.LABEL_REPEATED if repeated else field.LABEL_OPTIONAL)
            if kind in kinds:
                added.type = kinds[kind]
            else:
                added.type, added.type_name = field.TYPE_MESSAGE, ".board." + kind

    message("Value", (1, "tag", "string"), (2, "simple_value", "float"))
    message("Summary", (1, "value", "repeated Value"))
    message("Event", (1, "wall_time", "double"), (2, "step", "int64"), (3, "file_version", "string"), (5, "summary", "Summary"))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.MessageFactory(pool).GetPrototype(pool.FindMessageTypeByName("board.Event"))


def masked(data):
    crc = crc32c.crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def read_events(path):
    event_type, events = event_class(), []
    with open(path, "rb") as file:
        data = file.read()
    at = 0
    while at < len(data):
        (length,), (check,) = struct.unpack_from("<Q", data, at), struct.unpack_from("<I", data, at + 8)
        assert masked(data[at:at + 8]) == check, f"length's checksum at {at}"
        payload = data[at + 12:at + 12 + length]
        assert len(payload) == length and masked(payload) == struct.unpack_from("<I", data, at + 12 + length)[0], f"record's checksum at {at}"
        event = event_type.FromString(payload)
        assert not event.UnknownFields() and not event.summary.UnknownFields() and not any(v.UnknownFields() for v in event.summary.value), f"a field beyond the schema at {at}"
        # Written again by the other library, nothing is left over.
        assert event_type.FromString(event.SerializeToString()) == event
        events.append({"time": event.wall_time, "step": event.step, "version": event.file_version, "values": {v.tag: v.simple_value for v in event.summary.value}})
        at += 16 + length
    return events


def read_config(path):
    """Python's own JSON reader, which would keep the last of two equal keys and take NaN; here both are errors."""
    def unique(pairs):
        assert len(dict(pairs)) == len(pairs), "a key stands twice"
        return dict(pairs)

    def refuse(word):
        raise AssertionError(f"{word} is no JSON")

    with open(path, encoding="utf-8") as file:
        return json.load(file, object_pairs_hook=unique, parse_constant=refuse)


# A line asks with a reader and a path, and a line answers.
for line in sys.stdin:
    what, path = json.loads(line)
    try:
        answer = {"read": {"safetensors": read_safetensors, "events": read_events, "config": read_config}[what](path)}
    except Exception:
        answer = {"error": traceback.format_exc()}
    print(json.dumps(answer), flush=True)
