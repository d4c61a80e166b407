"""Makes test/fixtures/orc: ORC files written by pyarrow, and beside them the rows that they must give.

Usage: python scripts/makeOrcFixtures.py        (needs pyarrow; made with 26.0)

A data set has one <set>.expected.json and a file <set>.<variant>.orc for each way to write it. In the JSON, integers
and times (microseconds since 1970 UTC) are strings, as they go past 2^53. The data are the same each time it runs.
"""

import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.orc as orc

FOLDER = Path(__file__).parent.parent / "test" / "fixtures" / "orc"
MIN_64, MAX_64 = -(2**63), 2**63 - 1


def integers():
    """Columns that drive the writer to each integer encoding; 800 rows make several runs of 512."""
    rows = range(800)
    draw = random.Random(1).randrange
    return {
        "delta_up": (pa.int64(), [1000 + i * i for i in rows]),
        "delta_down": (pa.int64(), [-i * i for i in rows]),
        "fixed_delta": (pa.int64(), [i * 7 - 300 for i in rows]),
        "repeats": (pa.int64(), [(i // 5) % 3 for i in rows]),
        "direct": (pa.int32(), [draw(-100, 100) for _ in rows]),
        "direct_wide": (pa.int64(), [draw(MIN_64, MAX_64) if i % 300 < 9 else 0 for i in rows]),
        "patched": (pa.int64(), [10_000_000_000 if i % 97 == 40 else 2000 + draw(0, 200) for i in rows]),
        "patched_signed": (pa.int64(), [-70_000 if i % 150 == 33 else draw(-50, 50) for i in rows]),
        "widths": (pa.int64(), [draw(0, 2 ** (1 + i // 13)) for i in rows]),
        "extremes": (pa.int64(), [(MIN_64, MAX_64, 0, -1, None)[i % 5] for i in rows]),
        "short": (pa.int16(), [draw(-(2**15), 2**15) if i % 3 else None for i in rows]),
        "byte": (pa.int8(), [(i // 9) % 256 - 128 if i % 40 < 30 else None for i in rows]),
        "flag": (pa.bool_(), [draw(0, 4) > 0 for _ in rows]),
        "sparse_flag": (pa.bool_(), [i % 2 == 0 if i % 11 == 0 else None for i in rows]),
        "null_runs": (pa.int64(), [i if (i // 100) % 3 == 1 else None for i in rows]),
        "all_null": (pa.int64(), [None for _ in rows]),
    }


def strings():
    """Keys as people make them, some often (a dictionary pays), and all strange ones that S3 takes."""
    strange = [
        "", " ", "a b+c%20d.jpg", "line\nbreak\r\n", "nul\0nul", "tab\t\"quotes\"'\\,", "é", "e\u0301", "日本語/鍵.txt",
        "🏆/👩\u200d🚀.jpg", "\ufeffmark", "\uffff\ue000", "\U0010ffff", "a" * 1024, "ü" * 512, "x/" * 512,
    ]  # fmt: skip
    rows = range(420)
    return {
        "key": (pa.string(), [strange[i] if i < len(strange) else f"photos/2026/{i:05}.jpg" for i in rows]),
        "class": (pa.string(), [("STANDARD", "GLACIER", "ÉTÉ", None)[(i // 7) % 4] for i in rows]),
        "empty": (pa.string(), ["" for _ in rows]),
        "all_null": (pa.string(), [None for _ in rows]),
        "one": (pa.string(), ["only" if i == 300 else None for i in rows]),
    }


def times():
    """Nanoseconds, as both units that pyarrow keeps; the reader cuts them to microseconds."""
    second = 1_000_000_000
    named = [
        0, 1, 999, 1000, 1_000_000, second - 1, second, 1_420_070_400 * second, 1_420_070_399 * second + 999_999_999,
        -second, -2 * second + 1_500_000, -86_400 * second + 123_456_789, 1_715_035_068 * second, 1_715_035_068_123 * 10**6,
        253_402_300 * 10**12 // 1000, 4_102_444_800 * second + 120, None, -2_208_988_800 * second,
    ]  # fmt: skip
    draw = random.Random(2).randrange
    nanos = named + [None if i % 13 == 0 else draw(10**9, 2 * 10**9) * 10 ** draw(5, 10) for i in range(250)]
    return {
        "nanos": (pa.timestamp("ns"), nanos),
        "instant": (pa.timestamp("ns", "UTC"), list(reversed(nanos))),
        "far": (pa.timestamp("us"), [(253_402_300_799_999_999, -62_135_596_800_000_000, None)[i % 3] for i in range(len(nanos))]),
    }


def inventory():
    """A report of all versions with the columns that real ones have."""
    rows = range(120)
    draw = random.Random(3)
    marker = [i % 10 == 9 for i in rows]
    return {
        "bucket": (pa.string(), ["photo-bucket" for _ in rows]),
        "key": (pa.string(), [f"photos/2026/team {i // 3 % 9}/IMG_{i // 3:05}.jpg" for i in rows]),
        "version_id": (pa.string(), [None if i % 5 == 0 else f"{draw.getrandbits(160):032x}"[:32] for i in rows]),
        "is_latest": (pa.bool_(), [i % 3 == 0 for i in rows]),
        "is_delete_marker": (pa.bool_(), marker),
        "size": (pa.int64(), [None if marker[i] else int(draw.lognormvariate(12, 3)) for i in rows]),
        "last_modified_date": (pa.timestamp("ms"), [1_700_000_000_000 + draw.randrange(5 * 10**7) * 1000 for _ in rows]),
        "e_tag": (pa.string(), [None if marker[i] else f"{draw.getrandbits(128):032x}" for i in rows]),
        "storage_class": (pa.string(), [None if marker[i] else draw.choice(["STANDARD", "GLACIER"]) for i in rows]),
        "is_multipart_uploaded": (pa.bool_(), [i % 13 == 0 for i in rows]),
        "replication_status": (pa.string(), [None for _ in rows]),
        "encryption_status": (pa.string(), ["SSE-S3" for _ in rows]),
        "object_lock_retain_until_date": (pa.timestamp("ms"), [1_900_000_000_000 if i % 50 == 0 else None for i in rows]),
        "object_lock_mode": (pa.string(), ["GOVERNANCE" if i % 50 == 0 else None for i in rows]),
        "object_lock_legal_hold_status": (pa.string(), [None for _ in rows]),
        "intelligent_tiering_access_tier": (pa.string(), [None for _ in rows]),
        "bucket_key_status": (pa.string(), ["DISABLED" for _ in rows]),
        "checksum_algorithm": (pa.string(), [draw.choice(["CRC64NVME", None]) for _ in rows]),
    }


def stripes():
    """Row i has number i and key "key-" + i: the test knows that by itself."""
    rows = range(14_000)
    return {"number": (pa.int64(), list(rows)), "key": (pa.string(), [f"key-{i}" for i in rows])}


def other_kinds():
    """Kinds that are skipped, beside one that is read."""
    rows = range(40)
    return {
        "key": (pa.string(), [f"key-{i}" for i in rows]),
        "double": (pa.float64(), [i / 4 for i in rows]),
        "float": (pa.float32(), [i / 4 for i in rows]),
        "date": (pa.date32(), list(rows)),
        "decimal": (pa.decimal128(10, 2), list(rows)),
        "binary": (pa.binary(), [b"\xff" for _ in rows]),
        "list": (pa.list_(pa.int64()), [[i, i] for i in rows]),
        "struct": (pa.struct([("a", pa.string())]), [{"a": "b"} for _ in rows]),
        "map": (pa.map_(pa.string(), pa.int64()), [[("a", i)] for i in rows]),
        "last": (pa.int64(), list(rows)),
    }


ZLIB, PLAIN = {"compression": "zlib"}, {"compression": "uncompressed"}
V11, V12 = {"file_version": "0.11"}, {"file_version": "0.12"}
DIRECT, DICTIONARY = {"dictionary_key_size_threshold": 0}, {"dictionary_key_size_threshold": 1}
SETS = [
    (integers, {"zlib": ZLIB | V12, "plain": PLAIN | V12, "zlib-v11": ZLIB | V11}),
    (
        strings,
        {
            "direct": ZLIB | V12 | DIRECT,
            "dictionary": ZLIB | V12 | DICTIONARY,
            "direct-v11": ZLIB | V11 | DIRECT,
            "dictionary-v11": PLAIN | V11 | DICTIONARY,
        },
    ),
    (times, {"zlib": ZLIB | V12, "plain-v11": PLAIN | V11}),
    (inventory, {"zlib": ZLIB | V12 | {"dictionary_key_size_threshold": 0.8}, "plain-v11": PLAIN | V11}),
    (stripes, {"zlib": ZLIB | V12 | {"stripe_size": 10_000, "batch_size": 1000, "compression_block_size": 65536}}),
    (other_kinds, {"zlib": ZLIB | V12}),
]



def expected(kind, values):
    if pa.types.is_timestamp(kind):
        per = {"ns": lambda v: v // 1000, "us": lambda v: v, "ms": lambda v: v * 1000}[kind.unit]
        return [None if v is None else str(per(v)) for v in values]
    if pa.types.is_integer(kind):
        return [None if v is None else str(v) for v in values]
    return values


def write(name, table, options):
    orc.write_table(table, FOLDER / f"{name}.orc", **options)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for make, variants in SETS:
        columns = make()
        table = pa.table({name: pa.array(values, kind) for name, (kind, values) in columns.items()})
        for variant, options in variants.items():
            write(f"{make.__name__}.{variant}", table, options)
        if make not in (stripes, other_kinds):
            rows = {name: expected(kind, values) for name, (kind, values) in columns.items()}
            (FOLDER / f"{make.__name__}.expected.json").write_text(json.dumps(rows, separators=(",", ":")) + "\n")
    small = pa.table({"key": ["a", "b"]})
    for compression in ["snappy", "zstd", "lz4"]:
        write(f"refused.{compression}", small, {"compression": compression})
    write("empty.zlib", small.slice(0, 0), ZLIB)


if __name__ == "__main__":
    main()
