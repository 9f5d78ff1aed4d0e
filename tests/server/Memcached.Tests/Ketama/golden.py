"""
Prints which server libmemcached's weighted ketama picks for the keys of KetamaRingTests. Needs Debian's libmemcached11.
Without input: a line for each of the golden rings, one digit a key. With a ring a line on standard input, "host|port|weight ...": its choices,
numbers with blanks.
"""
import ctypes
import hashlib
import sys

KETAMA_WEIGHTED = 16  # memcached_behavior_t
mc = ctypes.CDLL("libmemcached.so.11")
mc.memcached_create.restype = ctypes.c_void_p
mc.memcached_create.argtypes = [ctypes.c_void_p]
mc.memcached_free.argtypes = [ctypes.c_void_p]
mc.memcached_behavior_set.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_uint64]
mc.memcached_server_add_with_weight.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint16, ctypes.c_uint32]
mc.memcached_generate_hash.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t]
mc.memcached_generate_hash.restype = ctypes.c_uint32


def choices(servers):
    client = mc.memcached_create(None)
    assert mc.memcached_behavior_set(client, KETAMA_WEIGHTED, 1) == 0
    for host, port, weight in servers:
        assert mc.memcached_server_add_with_weight(client, host.encode(), port, weight) == 0
    keys = [b"object/%d" % i for i in range(160)] + [hashlib.sha256(b"%d" % i).digest() for i in range(160)]
    chosen = [str(mc.memcached_generate_hash(client, key, len(key))) for key in keys]
    mc.memcached_free(client)
    return chosen


def parse(text):
    host, port, weight = text.split("|")
    return host, int(port), int(weight)


if sys.stdin.isatty():
    for servers in (
        [("10.0.0.1", 11211, 1), ("10.0.0.2", 11211, 1), ("10.0.0.3", 11211, 1)],
        [("127.0.0.1", 11211, 1), ("127.0.0.1", 11212, 1), ("127.0.0.1", 11213, 1), ("127.0.0.1", 11214, 1)],
        [("cache-a.example", 11211, 1), ("cache-b.example", 11311, 2), ("cache-c.example", 11211, 5)],
        [("10.1.0.%d" % i, 11000 + i, i % 3 + 1) for i in range(9)],
    ):
        print(" ".join("%s:%d:%d" % s for s in servers), "".join(choices(servers)))
else:
    for line in sys.stdin:
        print(" ".join(choices([parse(s) for s in line.split()])), flush=True)
