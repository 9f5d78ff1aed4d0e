using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Monorepo.Core;

namespace Monorepo.BlobPlane.Hot;

/// <summary>
/// Where each key's envelope lies: open addressing in native memory, in shards that each have a version, so that any number of threads read without a
/// lock or a write to shared memory. A reader looks, and looks again when the version moved. One writer at a time, which its owner sees to.
/// </summary>
internal sealed unsafe class HotIndex : IDisposable
{
    public const int EntryBytes = 32;

    /// <summary>The most a key's counter says.</summary>
    public const int HitsMax = 3;

    private const int ShardBits = 6;
    private const int VersionStride = 64 / sizeof(ulong);
    private const int EntriesPerShardMin = 64;

    private readonly ulong _seed = BinaryPrimitives.ReadUInt64LittleEndian(System.Security.Cryptography.RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private readonly int _mask;
    private readonly int[] _counts = new int[1 << ShardBits];
    private Entry* _entries;
    private byte* _hits;
    private ulong* _versions;

    /// <param name="entriesMax">About so many keys fit.</param>
    public HotIndex(long entriesMax)
    {
        long perShard = (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)Math.Max(EntriesPerShardMin, entriesMax >> ShardBits));
        _mask = checked((int)(perShard - 1));
        nuint slots = (nuint)(perShard << ShardBits);
        _entries = (Entry*)NativeMemory.AllocZeroed(slots, EntryBytes);
        _hits = (byte*)NativeMemory.AllocZeroed(slots);
        _versions = (ulong*)NativeMemory.AlignedAlloc(64 << ShardBits, 64);
        new Span<byte>(_versions, 64 << ShardBits).Clear();
        Bytes = ((long)slots * (EntryBytes + 1)) + (64 << ShardBits);
    }

    /// <summary>Native memory that it takes.</summary>
    public long Bytes { get; }

    /// <summary>Keys in it. For the writer.</summary>
    public long Count { get; private set; }

    public ulong Hash(int repository, in ObjectId id)
    {
        ulong hash = BinaryPrimitives.ReadUInt64LittleEndian(id.AsSpan()) ^ _seed ^ ((ulong)(uint)repository * 0x9E37_79B9_7F4A_7C15);
        hash *= 0xD6E8_FEB8_6659_FD93;
        return hash ^ (hash >> 32);
    }

    /// <summary>Any thread. The location, or 0; what lies there is the reader's only as long as its section keeps it.</summary>
    public ulong Find(ulong hash, int repository, in ObjectId id, bool countsHit)
    {
        int shard = ShardOf(hash);
        ref ulong version = ref _versions[shard * VersionStride];
        SpinWait spin = default;
        while (true)
        {
            ulong before = Volatile.Read(ref version);
            if ((before & 1) == 0)
            {
                long slot = Probe(shard, hash, repository, in id);
                ulong location = slot < 0 ? 0 : _entries[slot].Location;
                Volatile.ReadBarrier();
                if (Volatile.Read(ref version) == before)
                {
                    // Not atomic on purpose: a lost count or one for a neighbour that moved here costs nothing, a shared cache line would.
                    if (location != 0 && countsHit && _hits[slot] < HitsMax)
                        _hits[slot]++;
                    return location;
                }
            }

            spin.SpinOnce(sleep1Threshold: -1);
        }
    }

    /// <summary>The writer's. False: no room in the key's shard.</summary>
    public bool TryAdd(ulong hash, int repository, in ObjectId id, ulong location)
    {
        int shard = ShardOf(hash);
        // Above this probes get long.
        if (_counts[shard] >= _mask - (_mask >> 3))
            return false;
        long first = (long)shard * (_mask + 1);
        int at = (int)hash & _mask;
        while (_entries[first + at].Location != 0)
            at = (at + 1) & _mask;
        BeginWrite(shard);
        _entries[first + at] = new Entry { Id = id, Repository = repository, Location = location };
        _hits[first + at] = 0;
        EndWrite(shard);
        _counts[shard]++;
        Count++;
        return true;
    }

    /// <summary>The writer's: how often a key was hit since it was last reset, or -1 when it does not lie at <paramref name="location"/>.</summary>
    public int HitsAt(ulong hash, int repository, in ObjectId id, ulong location)
    {
        long slot = Probe(ShardOf(hash), hash, repository, in id);
        return slot < 0 || _entries[slot].Location != location ? -1 : _hits[slot];
    }

    /// <summary>The writer's: a key that is there lies elsewhere now.</summary>
    public void Move(ulong hash, int repository, in ObjectId id, ulong location, int hits)
    {
        int shard = ShardOf(hash);
        long slot = Probe(shard, hash, repository, in id);
        BeginWrite(shard);
        _entries[slot].Location = location;
        _hits[slot] = (byte)hits;
        EndWrite(shard);
    }

    /// <summary>The writer's. Closes the gap, so that probes stay short without marks for the dead.</summary>
    public void Remove(ulong hash, int repository, in ObjectId id)
    {
        int shard = ShardOf(hash);
        long found = Probe(shard, hash, repository, in id);
        if (found < 0)
            return;
        long first = (long)shard * (_mask + 1);
        int gap = (int)(found - first);
        BeginWrite(shard);
        for (int at = (gap + 1) & _mask; _entries[first + at].Location != 0; at = (at + 1) & _mask)
        {
            ref Entry entry = ref _entries[first + at];
            int home = (int)Hash(entry.Repository, in entry.Id) & _mask;
            // It may move into the gap unless its home lies behind the gap.
            if (((at - home) & _mask) < ((at - gap) & _mask))
                continue;
            _entries[first + gap] = entry;
            _hits[first + gap] = _hits[first + at];
            gap = at;
        }

        _entries[first + gap] = default;
        _hits[first + gap] = 0;
        EndWrite(shard);
        _counts[shard]--;
        Count--;
    }

    public void Dispose()
    {
        NativeMemory.Free(_entries);
        NativeMemory.Free(_hits);
        NativeMemory.AlignedFree(_versions);
        _entries = null;
        _hits = null;
        _versions = null;
    }

    private static int ShardOf(ulong hash) => (int)(hash >> (64 - ShardBits));

    /// <summary>Bounded also while a writer moves entries under it: a shard is never full, but a torn view of one may look so.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private long Probe(int shard, ulong hash, int repository, in ObjectId id)
    {
        long first = (long)shard * (_mask + 1);
        int at = (int)hash & _mask;
        for (int step = 0; step <= _mask; step++)
        {
            Entry* entry = _entries + first + at;
            if (entry->Location == 0)
                return -1;
            if (entry->Repository == repository && entry->Id == id)
                return first + at;
            at = (at + 1) & _mask;
        }

        return -1;
    }

    private void BeginWrite(int shard)
    {
        ref ulong version = ref _versions[shard * VersionStride];
        Volatile.Write(ref version, version + 1);
        Volatile.WriteBarrier();
    }

    private void EndWrite(int shard)
    {
        ref ulong version = ref _versions[shard * VersionStride];
        Volatile.Write(ref version, version + 1);
    }

    [StructLayout(LayoutKind.Sequential, Size = EntryBytes)]
    private struct Entry
    {
        internal ObjectId Id;
        internal int Repository;
        internal ulong Location;
    }
}
