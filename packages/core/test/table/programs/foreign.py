"""Other readers and writers of a Delta table: `foreign.py <verb> <table folder>`; prints JSON."""

import datetime
import json
import os
import sys

import polars
import pyarrow
from deltalake import DeltaTable, write_deltalake


def plain(value):
    """A value as JSON has it: maps as objects, days and times as ISO text."""
    if isinstance(value, datetime.datetime):
        return value.isoformat(timespec="milliseconds")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, polars.Series)):
        return [plain(v) for v in value]
    return value


def as_map(value):
    """pyarrow gives a map as pairs, Polars as structs of key and value."""
    if value is None or isinstance(value, dict):
        return value
    return dict((v["key"], v["value"]) if isinstance(v, dict) else v for v in value)


def rows(found):
    out = [{k: plain(as_map(v) if k == "parameters" else v) for k, v in row.items()} for row in found]
    return sorted(out, key=lambda row: row["n"])


def read(folder):
    table = DeltaTable(folder)
    return {
        "delta-rs": rows(table.to_pyarrow_table().to_pylist()),
        "polars": rows(polars.read_delta(folder).to_dicts()),
        "version": table.version(),
        "operations": [h.get("operation") for h in table.history()],
        "types": {f.name: str(f.type) for f in table.to_pyarrow_table().schema},
    }


def read_day(folder, day):
    table = DeltaTable(folder)
    adds = table.to_pyarrow_dataset().get_fragments(
        pyarrow.dataset.field("date") == datetime.date.fromisoformat(day)
    )
    return {"files": len(list(adds))}


def append(folder, first, count):
    table = DeltaTable(folder)
    schema = table.to_pyarrow_table().schema
    data = [
        {
            "n": first + i,
            "eventtime": datetime.datetime(2024, 5, 1 + i % 3, 12, 0, 0, 123000),
            "eventname": f"Foreign{i}",
            "identity": {"arn": "arn", "since": datetime.datetime(2024, 5, 1)},
            "parameters": [("a", "b"), ("c", None)],
            "tags": ["x", None],
            "account": "999988887777",
            "region": "eu-west-1" if i % 2 else None,
            "date": datetime.date(2024, 5, 1 + i % 3),
        }
        for i in range(count)
    ]
    write_deltalake(folder, pyarrow.Table.from_pylist(data, schema=schema), mode="append")
    return {"version": DeltaTable(folder).version()}


def compact(folder):
    return DeltaTable(folder).optimize.compact()


def checkpoint(folder):
    DeltaTable(folder).create_checkpoint()
    return {}


verbs = {"read": read, "read_day": read_day, "append": append, "compact": compact, "checkpoint": checkpoint}
verb, folder, *rest = sys.argv[1:]
print(json.dumps(verbs[verb](folder, *[int(r) if r.isdigit() else r for r in rest]), default=str), flush=True)
# Threads of the libraries may abort the process while the interpreter shuts down; the work is done.
os._exit(0)
