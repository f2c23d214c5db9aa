"""Other readers and writers of a store's tables: `foreign-lake.py <verb> <table folder>`; prints JSON."""

import hashlib
import json
import os
import sys

import polars
import pyarrow
import pyarrow.compute
from deltalake import DeltaTable, write_deltalake


def member(value, *names):
    for name in names:
        value = None if value is None else value[name]
    return value


def pairs(value):
    if value is None:
        return None
    entries = value.items() if isinstance(value, dict) else [(v["key"], v["value"]) if isinstance(v, dict) else v for v in value]
    text = "&".join(f"{k}={'NULL' if v is None else v}" for k, v in sorted(entries))
    return text or None


def cells(row):
    resources = row["resources"]
    return [
        row["_source"],
        row["_record"],
        row["eventid"],
        row["eventtime"].isoformat(timespec="milliseconds"),
        member(row["useridentity"], "arn"),
        member(row["useridentity"], "sessioncontext", "sessionissuer", "username"),
        row["eventname"],
        row["readonly"],
        row["account"],
        row["region"],
        row["date"].isoformat(),
        hashlib.sha256(row["eventjson"].encode()).hexdigest(),
        pairs(row["requestparameters"]),
        None if resources is None else len(resources),
        resources[0]["arn"] if resources else None,
    ]


def digest(frame):
    """Every cell of the plain columns, in an order of their own."""
    plain = [name for name, kind in frame.schema.items() if not kind.is_nested()]
    rows = frame.select(sorted(plain)).sort("_source", "_record").rows()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def read(folder):
    table = DeltaTable(folder)
    found = table.to_pyarrow_table().to_pylist()
    rows = sorted((cells(row) for row in found), key=lambda row: (row[0], row[1]))
    by_polars = polars.read_delta(folder)
    return {
        "delta-rs": rows,
        "polars": [by_polars.height, digest(by_polars)],
        "polars of delta-rs": [len(found), digest(polars.from_arrow(table.to_pyarrow_table()))],
        "files": len(table.file_uris()),
        "operations": [h.get("operation") for h in table.history()],
    }


def count(folder):
    return {"rows": polars.scan_delta(folder).select(polars.len()).collect().item()}


def previous(folder):
    version = DeltaTable(folder).version()
    return {"rows": DeltaTable(folder, version=version - 1).to_pyarrow_table().num_rows}


def append_again(folder):
    table = DeltaTable(folder).to_pyarrow_table()
    own = table.filter(pyarrow.compute.invert(pyarrow.compute.match_substring(table["_source"], "again")))
    label = pyarrow.array([f"again {DeltaTable(folder).version()} {s.as_py()}" for s in own["_source"]])
    again = own.set_column(own.schema.get_field_index("_source"), "_source", label)
    order = pyarrow.compute.sort_indices(again, sort_keys=[("eventid", "ascending")])
    write_deltalake(folder, again.take(order), mode="append")
    return {"rows": again.num_rows}


def compact(folder):
    return DeltaTable(folder).optimize.compact()


def vacuum(folder):
    table = DeltaTable(folder)
    return table.vacuum(retention_hours=0, dry_run=False, enforce_retention_duration=False)


verbs = {f.__name__: f for f in (read, count, previous, append_again, compact, vacuum)}
verb, table_folder = sys.argv[1:]
print(json.dumps(verbs[verb](table_folder), default=str), flush=True)
# Threads of the libraries may abort the process while the interpreter shuts down; the work is done.
os._exit(0)
