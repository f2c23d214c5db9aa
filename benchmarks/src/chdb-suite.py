"""Times ClickHouse in this process: {files, folder, table, queries, runs, threads} on standard input, one JSON line out."""

import json
import resource
import statistics
import sys
import time

from chdb import session


def measure(sessions, queries, runs):
    rows = [run(sessions, query)[1] for query in queries]
    times = [[] for _ in queries]
    for _ in range(runs):
        for i, query in enumerate(queries):
            times[i].append(run(sessions, query)[0])
    return [statistics.median(each) for each in times], rows


def run(chdb, query):
    started = time.perf_counter()
    result = chdb.query(query, "TabSeparated")
    text = result.bytes()
    return (time.perf_counter() - started) * 1000, text.count(b"\n")


def main():
    given = json.load(sys.stdin)
    chdb = session.Session(given["folder"])
    chdb.query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
    chdb.query("USE bench")
    chdb.query(f"SET max_threads = {given['threads']}")
    source = f"file('{given['files']}', Parquet)"
    if given["table"]:
        chdb.query(
            f"CREATE TABLE events ENGINE = MergeTree PARTITION BY calendarday "
            f"ORDER BY (recipientaccountid, awsregion, eventtime) SETTINGS allow_nullable_key = 1 AS SELECT * FROM {source}"
        )
        chdb.query("OPTIMIZE TABLE events FINAL")
    else:
        chdb.query(f"CREATE VIEW events AS SELECT * FROM {source}")
    times, rows = measure(chdb, given["queries"], given["runs"])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"ms": times, "rows": rows, "peakBytes": peak}))


main()
