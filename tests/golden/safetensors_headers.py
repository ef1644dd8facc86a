#!/usr/bin/env python3
"""safetensors_headers.py OUT: headers of safetensors files, and the verdict of the reference implementation on each.

OUT is a JSON list of {"header": its bytes as Latin-1, "data": number of zero bytes that follow, "valid": true if the
reference reads it}.
If heed is intentionally stricter, "heed" is the reason.

    pip install safetensors==0.8.0 numpy && ./safetensors_headers.py ../io/safetensors/headers.json
"""
import json
import random
import struct
import sys
from importlib.metadata import version

from safetensors import deserialize

assert version("safetensors") == "0.8.0"


def reads(header, data):
    try:
        deserialize(struct.pack("<Q", len(header)) + header + bytes(data))
        return True
    except Exception:
        return False


def tensor(dtype="F32", shape="[1]", offsets="[0,4]", more=""):
    return f'{{"dtype":"{dtype}","shape":{shape},"data_offsets":{offsets}{more}}}'


def one(**fields):
    return f'{{"a":{tensor(**fields)}}}'


PLAIN = one()
cases = []


def case(header, data=4, heed=None):
    header = header.encode() if isinstance(header, str) else header
    cases.append({"header": header.decode("latin-1"), "data": data, "valid": reads(header, data)} |
                 ({"heed": heed} if heed else {}))


# Bytes before, within and after the JSON.
for space in " ", "   ", "\t", "\n", "\r", "\r\n", "\0", "\0 ", "\0x", "\v", "\f", "x", "{}", ",", "/**/", "//", "\x1a":
    case(PLAIN + space)
    case(space + PLAIN)
    case(PLAIN.replace(":", f":{space}", 1))
for space in b"\xef\xbb\xbf", b"\xc2\xa0", b"\xff", b"\x85":
    case(space + PLAIN.encode())
    case(PLAIN.encode() + space)
for text in "", " ", "null", "[]", "3", '"a"', "true", "{", "}", "{}", "{,}", '{"a"}', '{"a":}', '{"a":null}', PLAIN[:-1]:
    case(text, 0)
case("{}", 4)
case(PLAIN[:-1] + ",}")
case(PLAIN.replace('"', "'"))
# Metadata.
for value in ("null", "{}", "[]", '"x"', "0", "false", '{"x":"y"}', '{"x":""}', '{"":"y"}', '{"x":1}', '{"x":null}',
              '{"x":{}}', '{"x":["y"]}', '{"x":"y","z":true}', '{"x":"\\u0000"}', '{"x":"\\ud800"}', "nul", "NULL"):
    case(f'{{"__metadata__":{value},"a":{tensor()}}}')
    case(f'{{"a":{tensor()},"__metadata__":{value}}}')
case('{"__metadata__":{},"__metadata__":{}}', 0)
case('{"__metadata__":null,"__metadata__":null}', 0)
case('{"__metadata__":{"x":"1","x":"2"}}', 0, "a key twice")
# Duplicate, missing and additional keys.
case(f'{{"a":{tensor()},"a":{tensor()}}}', heed="a key twice")
case(f'{{"a":{tensor(shape="[2]", offsets="[0,8]")},"a":{tensor()}}}', heed="a key twice")
for field in '"dtype":"F32"', '"shape":[1]', '"data_offsets":[0,4]':
    case(one(more="," + field))
    case(PLAIN.replace(field + ",", "").replace("," + field, ""))
for more in ('1', 'null', '{}', '[]', '"y"', '{"y":[[[{}]]]}', '1.5', '-1', '1e999', '"\\ud800"', '[' * 120 + ']' * 120,
             '[' * 125 + ']' * 125, '[' * 126 + ']' * 126, '[' * 1000 + ']' * 1000):
    case(one(more=f',"x":{more}'))
case(one(more=',"x":1,"x":2'), heed="a key twice")
case('{"a":["F32",[1],[0,4]]}', heed="an array in the place of an object")
case('{"a":["F32",[1]]}')
case('{"a":[]}')
# Dtypes.
for dtype in "f32", "F32 ", "", "X32", "float32", "F\\u00332":
    case(one(dtype=dtype))
for value in "null", "32", '["F32"]', "{}":
    case(PLAIN.replace('"F32"', value))
case(PLAIN.replace('"F32"', '{"F32":null}'), heed="an object in the place of a string")
case(one(dtype="BF16", shape="[2]"))
case(one(dtype="F16", shape="[2]"))
case(one(dtype="BOOL", shape="[4]"))
case(one(dtype="I64", shape="[1]", offsets="[0,8]"), 8)
# Shapes.
for shape in ("[1.0]", "[1e0]", "[-1]", "[-0]", "[+1]", "[01]", "[0x1]", "[NaN]", '["1"]', "[null]", "[[1]]", "[true]",
              "null", '"1"', "1", "{}", "[1,]", "[,1]", "[1 ,1]", "[]", "[1,1]", "[2]", "[0]", "[18446744073709551616]",
              "[18446744073709551615]", "[9223372036854775808]", "[4611686018427387904]",
              "[4294967296,4294967296]", "[4611686018427387904,4,0]"):
    case(one(shape=shape))
for shape in "[0]", "[0,3]", "[3,0]", "[4611686018427387904,4,0]":
    case(one(shape=shape, offsets="[0,0]"), 0)
for shape in "[18446744073709551615,0]", "[4611686018427387904,0]", "[0,4611686018427387904,4]":
    case(one(shape=shape, offsets="[0,0]"), 0, "lengths that are too large for 64 bits")
case(one(shape="[1,1,1,1,1,1,1,1]"))
case(one(shape="[1,1,1,1,1,1,1,1,1]"), heed="more than 8 axes")
# Offsets in the data.
for offsets in ("[4,0]", "[0,3]", "[0,5]", "[1,5]", "[4,8]", "[0,4,4]", "[4]", "[]", "[-0,4]", "[0,4.0]", "[-4,0]",
                "null", '"0,4"', '{"0":0}', "[0,18446744073709551616]", "[18446744073709551615,3]", "[[0,4]]"):
    for data in 4, 8:
        case(one(offsets=offsets), data)
case(PLAIN, 0)
case(PLAIN, 3)
case(PLAIN, 5)


def two(a, b, data, **fields):
    case(f'{{"b":{tensor(offsets=b, **fields)},"a":{tensor(offsets=a)}}}', data)


two("[0,4]", "[4,8]", 8)
two("[4,8]", "[0,4]", 8)
two("[0,4]", "[0,4]", 4)
two("[0,4]", "[0,4]", 8)
two("[0,4]", "[8,12]", 12)
two("[0,4]", "[2,6]", 6)
two("[4,8]", "[4,8]", 8)
for place in 0, 2, 4, 5:
    two("[0,4]", f"[{place},{place}]", 4, shape="[0]")
# Names.
for name in (b"", b"\\u0000", b"\x00", b"\x01", b"\x1f", b"\x7f", b"\\n", b"\n", b"\t", b"\\/", b"\\x", b"\\ud800",
             b"\\ud83d\\ude00", b"\\ude00\\ud83d", b"\xff", b"\xc3\xa9", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80",
             b"\xf4\x90\x80\x80", b"\xef\xbf\xbf", b"a b", b"\\u0041", b"\\U0041", b"\\"):
    case(PLAIN.encode().replace(b'"a"', b'"' + name + b'"'))
case(PLAIN.replace("dtype", "\\u0064type"))
case(PLAIN.replace("dtype", "Dtype"))
case(PLAIN.replace("dtype", "dtype "))

# Random insertions, deletions and moves. Half of those kept are valid.
random.seed(24)
begins = [PLAIN, f'{{"__metadata__":{{"format":"pt","k":"\\u00e9"}},"b.w":{tensor("I64", "[2,0,3]", "[8,8]")},'
          f'"a":{tensor("F16", "[2,2]", "[0,8]")},"c":{tensor("BOOL", "[3]", "[8,11]")}}}', PLAIN + "  "]
pieces = [b'{', b'}', b'[', b']', b',', b':', b'"', b'0', b'1', b'-', b'.', b'e', b' ', b'\t', b'\n', b'\0', b'\\',
          b'null', b'"x"', b'4', b'8', b'\xc3\xa9', b'"dtype"', b'"shape"', b'F32', b'BF16', b'I32']
kept = {True: 0, False: 0}
while min(kept.values()) < 60:
    header = random.choice(begins).encode()
    for _ in range(random.choice([1, 1, 2, 3])):
        at = random.randrange(len(header) + 1)
        end = min(len(header), at + random.choice([0, 0, 1, 2]))
        header = header[:at] + (random.choice(pieces) if random.random() < 0.8 else b"") + header[end:]
    data = next((n for n in range(16) if reads(header, n)), 8)
    valid = reads(header, data)
    if kept[valid] < 60:
        kept[valid] += 1
        case(header, data)

with open(sys.argv[1], "w", encoding="utf-8") as out:
    out.write("[\n" + ",\n".join(json.dumps(one) for one in cases) + "\n]\n")
