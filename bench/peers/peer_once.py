"""One piece of work by another program, in a process of its own; prints what it took as a line of JSON.

peer_once.py PROGRAM TASK ARGUMENT…, where PROGRAM is polars, chdb, pyiceberg or s3invsync.
"""

import contextlib
import json
import os
import re
import resource
import subprocess
import sys
import time

COLUMNS = (
    "bucket key version_id is_latest is_delete_marker size last_modified_date e_tag storage_class "
    "is_multipart_uploaded replication_status encryption_status"
).split()
COMPARED = "size e_tag last_modified_date storage_class".split()
THREADS = "2"


def main():
    program, task, *arguments = sys.argv[1:]
    os.environ["POLARS_MAX_THREADS"] = THREADS
    with contextlib.redirect_stdout(sys.stderr):  # some tell what they do
        taken = globals()[f"{program}_{task}"](*arguments)
    print_measured(*taken)


def print_measured(started_at, facts):
    """facts may have figures of their own in place of these"""
    print(json.dumps({**measured(started_at, resource.RUSAGE_SELF), **facts}))


def measured(started_at, who):
    wall_ms = (time.perf_counter() - started_at) * 1000
    used = resource.getrusage(who)
    return {"wallMs": wall_ms, "cpuMs": (used.ru_utime + used.ru_stime) * 1000, "peakBytes": used.ru_maxrss * 1024}


def median_ms(times):
    return sorted(times)[len(times) // 2]


# Polars


def polars_import(out, *files):
    import polars as pl

    started_at = time.perf_counter()
    os.makedirs(out)
    rows = pl.scan_csv(
        list(files),
        has_header=False,
        new_columns=COLUMNS,
        schema_overrides=[pl.Int64 if name == "size" else pl.String for name in COLUMNS],
    )
    key = pl.col("key").str.replace_all("+", " ", literal=True).str.replace_all("%3D", "=", literal=True)
    rows = rows.with_columns(
        key,
        pl.col("is_latest", "is_delete_marker", "is_multipart_uploaded") == "true",
        pl.col("last_modified_date").str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ"),
    )
    rows.sort("key").sink_parquet(os.path.join(out, "objects.parquet"), compression="zstd")
    return started_at, {}


def polars_rollup(pattern, out):
    import polars as pl

    started_at = time.perf_counter()
    os.makedirs(out)
    counted = [pl.len().alias("objects"), pl.col("size").sum(), pl.col("last_modified_date").max()]
    added = [pl.col("objects").sum(), pl.col("size").sum(), pl.col("last_modified_date").max()]
    direct = (
        pl.scan_parquet(pattern, hive_partitioning=False)
        .select("size", "last_modified_date", path=pl.col("key").str.replace("[^/]*$", ""))
        .group_by("path")
        .agg(counted)
        .collect(engine="streaming")
    )
    deepest = direct["path"].str.count_matches("/").max()
    levels = []
    for level in range(deepest + 1):
        names = pl.col("path").str.split("/").list.slice(0, level).list.join("/")
        at = direct.lazy().filter(pl.col("path").str.count_matches("/") >= level)
        path = names + "/" if level > 0 else pl.lit("")
        levels.append(at.with_columns(path=path).group_by("path").agg(added))
    folders = pl.concat(levels).sort("path").collect()
    folders.write_parquet(os.path.join(out, "folders.parquet"))
    return started_at, {"folders": folders.height}


def polars_files(pattern, *ranges):
    import polars as pl

    started_at = time.perf_counter()
    objects = pl.scan_parquet(pattern, hive_partitioning=False)
    times, rows = [], 0
    for first, end in zip(ranges[::2], ranges[1::2]):
        begun = time.perf_counter()
        rows += objects.filter(pl.col("key") >= first, pl.col("key") < end).sort("key").collect().height
        times.append((time.perf_counter() - begun) * 1000)
    return started_at, {"stepMs": median_ms(times), "rows": rows}


def polars_diff(base, newer):
    import polars as pl

    started_at = time.perf_counter()

    def read(pattern):
        objects = pl.scan_parquet(pattern, hive_partitioning=False)
        return objects.filter(pl.col("is_latest"), ~pl.col("is_delete_marker")).select("key", *COMPARED)

    joined = read(newer).join(read(base), on="key", how="full", coalesce=False, suffix="_before")
    differs = [pl.col(name) != pl.col(f"{name}_before") for name in COMPARED]
    changes = joined.filter(pl.any_horizontal(pl.col("key").is_null(), pl.col("key_before").is_null(), *differs))
    return started_at, {"changes": changes.collect(engine="streaming").height}


# ClickHouse, as chDB has it


def open_chdb(folder):
    from chdb import session

    os.makedirs(folder, exist_ok=True)
    opened = session.Session(folder)
    opened.query("create database if not exists bench")
    return lambda sql: str(opened.query(f"{sql} settings max_threads = {THREADS}, join_use_nulls = 1", "CSV")).strip()


def quote(text):
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def parquet(pattern):
    return f"file({quote(pattern)}, 'Parquet')"


def chdb_import(out, *files):
    started_at = time.perf_counter()
    query = open_chdb(out)
    texts = ", ".join(f"{name} {'Int64' if name == 'size' else 'String'}" for name in COLUMNS)
    kinds = {"size": "Int64", "last_modified_date": "DateTime64(3)"}
    query(
        f"create table bench.objects ({', '.join(f'{name} {kind_of(name, kinds)}' for name in COLUMNS)}) "
        "engine = MergeTree order by key"
    )
    places = files[0] if len(files) == 1 else f"{os.path.dirname(files[0])}/*.csv.gz"
    selected = ", ".join(chdb_column(name) for name in COLUMNS)
    query(f"insert into bench.objects select {selected} from file({quote(places)}, 'CSV', {quote(texts)})")
    query("optimize table bench.objects final")
    return started_at, {}


def kind_of(name, kinds):
    return kinds.get(name, "Bool" if name.startswith("is_") else "String")


def chdb_column(name):
    if name == "key":
        return "decodeURLFormComponent(key) as key"
    if name == "last_modified_date":
        return "parseDateTime64BestEffort(last_modified_date, 3, 'UTC')"
    return f"{name} = 'true'" if name.startswith("is_") else name


def chdb_rollup(pattern, out):
    started_at = time.perf_counter()
    query = open_chdb(out)
    written = os.path.join(out, "folders.parquet")
    query(
        "insert into function file(" + quote(written) + ", 'Parquet') "
        "select arrayJoin(arrayMap(n -> if(n = 0, '', arrayStringConcat(arraySlice(names, 1, n), '/') || '/'), "
        "range(length(names)))) as folder, sum(objects) as objects, sum(size) as size, max(modified) as modified from ("
        "select splitByChar('/', path) as names, objects, size, modified from ("
        "select replaceRegexpOne(key, '[^/]*$', '') as path, count() as objects, sum(size) as size, "
        f"max(last_modified_date) as modified from {parquet(pattern)} group by path)) group by folder order by folder"
    )
    return started_at, {"folders": int(query(f"select count() from {parquet(written)}"))}


def chdb_files(pattern, *ranges):
    query = open_chdb(os.path.join(os.getcwd(), "chdb"))
    started_at = time.perf_counter()
    times, rows = [], 0
    for first, end in zip(ranges[::2], ranges[1::2]):
        begun = time.perf_counter()
        where = f"key >= {quote(first)} and key < {quote(end)}"
        rows += len(query(f"select * from {parquet(pattern)} where {where} order by key").splitlines())
        times.append((time.perf_counter() - begun) * 1000)
    return started_at, {"stepMs": median_ms(times), "rows": rows}


def chdb_diff(base, newer):
    query = open_chdb(os.path.join(os.getcwd(), "chdb"))
    started_at = time.perf_counter()

    def read(pattern):
        return f"(select key, {', '.join(COMPARED)} from {parquet(pattern)} where is_latest and not is_delete_marker)"

    differs = " or ".join(f"newer.{name} <> base.{name}" for name in COMPARED)
    kept = ", ".join(f"base.{name} as {name}_before, newer.{name} as {name}_after" for name in COMPARED)
    query(
        "create table bench.changes engine = Memory as "
        f"select newer.key as newer_key, base.key as base_key, {kept} "
        f"from {read(newer)} as newer full join {read(base)} as base on newer.key = base.key "
        f"where newer.key is null or base.key is null or {differs}"
    )
    return started_at, {"changes": int(query("select count() from bench.changes"))}


# PyIceberg


def pyiceberg_commits(folder, appends):
    """Appends rows so often to a table that others append to, too, from when there is a file `go`; a lost race is tried again.
    With no appends, makes the table unless it is there. Tells what is in it.
    """
    import pyarrow as pa
    from pyiceberg.catalog.sql import SqlCatalog
    from pyiceberg.exceptions import CommitFailedException

    catalog = SqlCatalog("bench", uri=f"sqlite:///{folder}/catalog.db", warehouse=f"file://{folder}/warehouse")
    rows = pa.table({"key": [f"k{i}" for i in range(100)], "size": list(range(100))})
    name = "bench.bench_v1"
    catalog.create_namespace_if_not_exists("bench")
    catalog.create_table_if_not_exists(name, schema=rows.schema)
    if int(appends) > 0:
        open(os.path.join(folder, f"ready-{os.getpid()}"), "w").close()
        while not os.path.exists(os.path.join(folder, "go")):
            time.sleep(0.01)
    started_at, before = time.perf_counter(), cpu_ms()
    for _ in range(int(appends)):
        while True:
            try:
                catalog.load_table(name).append(rows)
                break
            except CommitFailedException:
                continue
    facts = {"wallMs": (time.perf_counter() - started_at) * 1000, "cpuMs": cpu_ms() - before}
    found = catalog.load_table(name)
    return started_at, {**facts, "rows": found.scan().count(), "commits": len(found.metadata.snapshots)}


def cpu_ms():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return (used.ru_utime + used.ru_stime) * 1000


# s3invsync


def s3invsync_read(program, endpoint, report, scratch):
    """Reads a report's rows from S3 and takes no object, as no key is empty; then again, to have it tell how many they were."""
    credentials = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
    env = {**os.environ, **credentials, "AWS_ENDPOINT_URL": endpoint, "TMPDIR": scratch}

    def read(level):
        command = [program, "--log-level", level, "--compress-filter-msgs", str(10**12), "--path-filter", "^$"]
        done = subprocess.run([*command, report, os.path.join(scratch, "backup")], env=env, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(done.stderr)
        return done.stderr

    started_at = time.perf_counter()
    read("ERROR")
    taken = measured(started_at, resource.RUSAGE_CHILDREN)
    return started_at, {**taken, "rows": int(re.search(r"Skipped (\d+) keys", read("INFO"))[1])}


if __name__ == "__main__":
    main()
