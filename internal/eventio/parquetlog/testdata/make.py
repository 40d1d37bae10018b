# Makes the files of this folder with pyarrow: python make.py FOLDER
import datetime as d, decimal, sys
import pyarrow as pa, pyarrow.parquet as pq

out = sys.argv[1] + "/"
ts = [d.datetime(2024, 3, 31, 1, 30), d.datetime(2024, 3, 31, 2, 30), d.datetime(2024, 10, 27, 2, 30), None]
utc = pa.array([d.datetime(2024, 3, 31, 1, 30, 0, 5, tzinfo=d.timezone.utc)] * 4, pa.timestamp("ns", "UTC"))
D = decimal.Decimal
t = pa.table({
    "case:concept:name": pa.array(["A1", "A1", "A2", "A3"]),
    "concept:name": pa.array(["Create", "Send", "Create", "Send"]).dictionary_encode(),
    "time:timestamp": utc,
    "org:resource": pa.array(["561", None, "", "张"]),
    "case:amount": pa.array([1.5, 1.5, None, 3.0]),
    "n32": pa.array([1, None, 3, 4], pa.int32()),
    "u64": pa.array([1, 2, 2**63, 4], pa.uint64()),
    "f32": pa.array([1.5, None, float("nan"), 2.25], pa.float32()),
    "dec": pa.array([D("12.34"), None, D("-0.01"), D("5")], pa.decimal128(10, 2)),
    "dec38": pa.array([D("12.34"), None, D("-0.01"), D("5")], pa.decimal128(30, 2)),
    "flag": pa.array([True, False, None, True]),
    "day": pa.array([d.date(2024, 1, 1), None, d.date(1969, 12, 31), d.date(2024, 2, 29)]),
    "ms": pa.array(ts, pa.timestamp("ms")),
    "local": pa.array(ts, pa.timestamp("us")),
    "tod": pa.array([d.time(9, 10), None, d.time(23, 59, 59), d.time(0)], pa.time64("us")),
    "tags": pa.array([["a", "b"], [], None, ["c", None]], pa.list_(pa.string())),
    "large": pa.array(["x", "y", None, "z"], pa.large_string()),
    "bin": pa.array([b"x", b"y", None, b"z"], pa.binary()),
    "nulls": pa.nulls(4),
})
for comp, ver in [("snappy", "1.0"), ("zstd", "2.0"), ("gzip", "1.0"), ("brotli", "2.0"), ("lz4", "2.0"), ("none", "1.0")]:
    pq.write_table(t, out + f"a-{comp}-{ver}.parquet", compression=comp, data_page_version=ver, row_group_size=3)
pq.write_table(t, out + "plain.parquet", use_dictionary=False)
pq.write_table(t, out + "int96.parquet", use_deprecated_int96_timestamps=True)
pq.write_table(t.drop(["f32"]), out + "delta.parquet", use_dictionary=False, column_encoding={
    "case:concept:name": "DELTA_BYTE_ARRAY", "concept:name": "DELTA_LENGTH_BYTE_ARRAY", "n32": "DELTA_BINARY_PACKED",
    "time:timestamp": "DELTA_BINARY_PACKED", "u64": "DELTA_BINARY_PACKED", "flag": "RLE", "case:amount": "BYTE_STREAM_SPLIT"})
nested = t.append_column("st", pa.array([{"a": 1}] * 4))
nested = nested.append_column("m", pa.array([[("k", "v")]] * 4, pa.map_(pa.string(), pa.string())))
pq.write_table(nested.append_column("lol", pa.array([[["a"]]] * 4)), out + "nested.parquet")
pq.write_table(pa.table({"case_id": pa.array([1, 2, 3, 4]), "activity": pa.array(["a", "a", None, "a"]),
    "ts": pa.array(["2024-01-01", "2024-01-01 10:00", "2024-01-01T10:00:00+02:00", "junk"])}), out + "text.parquet")
