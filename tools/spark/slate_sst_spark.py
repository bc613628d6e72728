"""A Spark job that makes a new SlateDB database of a DataFrame: Spark sorts and cuts the rows into ranges of keys, a `slate-sst write` beside each task writes
an SST, and `slate-sst commit` makes the database of those that Spark counts. See README.md.

    spark-submit slate_sst_spark.py --input 's3a://lake/users/*.parquet' --db s3://bucket/users --key "concat('user:', lpad(id, 12, '0'))" --value "to_json(struct(*))"
"""
import argparse
import json
import os
import struct
import subprocess
import sys
import tempfile

# Bytes that are handed to the writer at once.
PIECE_BYTES = 1 << 20


def parse_arguments(argv=None):
    parser = argparse.ArgumentParser(description="Makes a new SlateDB database of what Spark reads.")
    parser.add_argument("--input", required=True, nargs="+", help="what Spark reads: paths or URLs as it knows them")
    parser.add_argument("--format", default="parquet", help="of the input, as spark.read.format knows it; parquet unless given")
    parser.add_argument("--option", action="append", default=[], metavar="NAME=VALUE", help="of spark.read, such as header=true")
    parser.add_argument("--db", required=True, help="where the database will lie, as slate-sst knows it: a URL, or a folder that all machines share")
    parser.add_argument("--key", required=True, help="the key as a Spark SQL expression: text is written as UTF-8, binary as it is")
    parser.add_argument("--value", default="to_json(struct(*))", help="the value, likewise; the row as JSON unless given")
    parser.add_argument("--partitions", type=int, required=True, help="SSTs: the bytes of all keys and values by 256 MiB")
    parser.add_argument("--on-duplicate", default="error", choices=["error", "keepFirst", "keepLast"], help="of rows with one key, which Spark has in no order")
    parser.add_argument("--compression", default="none", help="of the SSTs")
    parser.add_argument("--slate-sst", default="slate-sst", help="the command, there on every machine; several words are one command with arguments")
    return parser.parse_args(argv)


def write_command(options):
    root = options.db.rstrip("/")
    return [*options.slate_sst.split(), "write", "-", "--format", "rows", "--out", root + "/compacted/", "--on-duplicate", options.on_duplicate, "--compression", options.compression]


def write_partition(rows, command):
    """Sends rows, sorted by their keys, to one writer. Gives the SST's metadata as JSON; nothing where there are no rows. Each attempt of a task writes an SST
    with a name of its own, whole or not at all."""
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return
    with tempfile.TemporaryFile() as errors:
        writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors)
        try:
            send(first, rows, writer.stdin)
        except BrokenPipeError:
            pass  # The writer says why.
        except BaseException:
            # Half of the rows would be an SST, too.
            writer.kill()
            writer.wait()
            raise
        metadata, _ = writer.communicate()
        errors.seek(0)
        if writer.returncode != 0:
            ended = f"was ended by signal {-writer.returncode}" if writer.returncode < 0 else f"ended with {writer.returncode}"
            raise RuntimeError(f"slate-sst write {ended}: " + errors.read().decode("utf-8", "replace").strip())
    yield metadata.decode("utf-8").strip()


def send(first, rows, stream):
    """Length-prefixed rows: length of the key, key, length of the value, value."""
    piece = bytearray()

    def add(row):
        for part in row:
            if part is None:
                raise ValueError("a key or a value is null")
            piece.extend(struct.pack("<I", len(part)))
            piece.extend(part)

    add(first)
    for row in rows:
        add(row)
        if len(piece) >= PIECE_BYTES:
            stream.write(piece)
            piece.clear()
    stream.write(piece)
    stream.flush()


def commit(metadata, options):
    """Makes the database. SSTs of attempts that Spark did not count are removed before."""
    path = None
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
            path = file.name
            file.write("\n".join(metadata))
        done = subprocess.run([*options.slate_sst.split(), "commit", path, "--db", options.db, "--discard-others"], capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError("slate-sst commit: " + done.stderr.strip())
        return json.loads(done.stdout)
    finally:
        if path is not None:
            os.unlink(path)


def run(spark, options):
    reader = spark.read.format(options.format)
    for option in options.option:
        name, _, value = option.partition("=")
        reader = reader.option(name, value)
    # Binary sorts by unsigned bytes, as SlateDB does; rows with one key lie in one range.
    rows = reader.load(options.input).selectExpr(f"CAST({options.key} AS BINARY) AS key", f"CAST({options.value} AS BINARY) AS value")
    ranges = rows.repartitionByRange(options.partitions, "key").sortWithinPartitions("key")
    command = write_command(options)
    metadata = ranges.rdd.mapPartitions(lambda part: write_partition(((row["key"], row["value"]) for row in part), command)).collect()
    if not metadata:
        raise RuntimeError("there are no rows: nothing was created")
    return commit(metadata, options)


def main():
    options = parse_arguments()
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        sys.exit("this job needs PySpark: run it with spark-submit, or pip install pyspark")
    spark = SparkSession.builder.appName("slate-sst").getOrCreate()
    try:
        print(json.dumps(run(spark, options)))
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
