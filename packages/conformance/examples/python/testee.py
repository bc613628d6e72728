"""A testee in Python: reads varints, sections, rows, blocks and indexes of SlateDB's SSTs.

Every byte is read by code that compilers made of spec/: Kaitai's (sst/*.ksy) and flatc (fbs/*.fbs). Started by run.mjs.
"""
import base64, json, struct, sys, zlib
from kaitaistruct import BytesIO, KaitaiStream
from block_v1 import BlockV1
from block_v2 import BlockV2
from section import Section
from varint import Varint
from slate_sst.SsTableIndex import SsTableIndex

text = lambda data: base64.b64encode(bytes(data)).decode()
stream = lambda data: KaitaiStream(BytesIO(data))

def whole(parser, data, *args):  # what is left over is no part of the format
    io = stream(data)
    parsed = parser(*args, io)
    if not io.is_eof(): raise ValueError("bytes are left over")
    return parsed

def row(one, shared, before):
    if shared > len(before): raise ValueError("more shared than there is")
    tail, key = one.tail, before[:shared] + one.suffix
    if tail.flags.is_tombstone and tail.flags.is_merge: raise ValueError("two kinds at once")
    kind = "DELETE" if tail.flags.is_tombstone else "MERGE" if tail.flags.is_merge else "PUT"
    found = {"kind": "ROW_KIND_" + kind, "key": text(key), "seq": str(tail.seq_num)}
    if kind != "DELETE": found["value"] = text(one.value)
    if tail.flags.has_create_ts: found["createTs"] = str(tail.create_ts)
    if tail.flags.has_expire_ts: found["expireTs"] = str(tail.expire_ts)
    return key, found

def block(version, data):
    parsed, before, rows = (BlockV1 if version == 1 else BlockV2)(stream(data)), b"", []
    if parsed.num_rows if version == 1 else parsed.num_restarts: pass
    else: raise ValueError("no offsets")
    for i, one in enumerate(parsed.body.rows):
        shared = one.shared if version == 1 else one.shared.value
        if shared and (i == 0 or version == 2 and i % 16 == 0): raise ValueError("a whole key was expected")
        key, found = row(one, shared, before)
        if version == 2 or i == 0: before = key
        rows.append(found)
    if not rows: raise ValueError("no rows")
    return {"block": {"formatVersion": version, "rows": rows}}

def decode(layer, task):
    data, version = base64.b64decode(task.get("bytes", "")), task.get("formatVersion", 2)
    if layer == "VARINT": return {"varint": whole(Varint, data).value}
    if layer == "CRC":
        section = Section(stream(data))
        if zlib.crc32(section.payload) != section.crc32: raise ValueError("the checksum does not match")
        return {"data": text(section.payload)}
    if layer == "ROW":
        before = base64.b64decode(task.get("keyBefore", ""))
        one = whole(BlockV1.Row, data) if version == 1 else whole(BlockV2.Row, data, 0)
        found = row(one, one.shared if version == 1 else one.shared.value, before)[1]
        return {"row": {"row": found, "formatVersion": version, "keyBefore": text(before)}}
    if layer == "BLOCK": return block(version, data)
    if layer == "INDEX":
        index = SsTableIndex.GetRootAs(data)
        entries = [index.BlockMeta(i) for i in range(index.BlockMetaLength())]
        return {"index": {"entries": [{"offset": str(e.Offset()), "firstKey": text(e.FirstKey(i) for i in range(e.FirstKeyLength()))} for e in entries]}}
    return None

def answer(request):
    layer, task = request["layer"].removeprefix("CONFORMANCE_LAYER_"), request["task"]
    if "decode" not in task: return {"skipped": "this testee only reads"}
    try: value = decode(layer, task["decode"])
    except Exception as error: return {"rejected": {"message": repr(error)}}
    return {"skipped": "this testee does not know the layer"} if value is None else {"decoded": value}

while length := sys.stdin.buffer.read(4):
    request = json.loads(sys.stdin.buffer.read(struct.unpack("<I", length)[0]))
    response = json.dumps({"caseId": request["caseId"], **answer(request)}).encode()
    sys.stdout.buffer.write(struct.pack("<I", len(response)) + response)
    sys.stdout.buffer.flush()
