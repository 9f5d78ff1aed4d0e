using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Monorepo.Core;
using Monorepo.Formats;
using Monorepo.Native.Posix;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.History;

/// <summary>
/// From commit id to position: a hash table whose hash is the id's own top bits, mapped from <c>index</c>, with what the file
/// does not hold yet in memory. Reading is thread-safe. Layout in FORMAT.md.
/// </summary>
internal sealed class CommitIndex : IDisposable
{
    private const int HeaderBytes = 32;
    private const int BitsMin = 10;
    private const int BitsMax = 30;

    private readonly CommitGraph _graph;
    private readonly MappedFile? _map;
    private readonly uint[]? _memory;
    private readonly int _bits;

    private CommitIndex(CommitGraph graph, MappedFile? map, uint[]? memory, int bits)
    {
        _graph = graph;
        _map = map;
        _memory = memory;
        _bits = bits;
    }

    private static ReadOnlySpan<byte> Magic => "MRCIDX1\n"u8;

    private ReadOnlySpan<uint> Slots => _memory ?? MemoryMarshal.Cast<byte, uint>(_map!.GetSpan()[HeaderBytes..]);

    /// <summary>Opens the file where it covers the graph; otherwise builds the table in memory from the graph.</summary>
    public static CommitIndex Open(string path, ulong epoch, CommitGraph graph)
    {
        using FileDescriptor? file = DurableFile.TryOpen(path, OpenFlags.ReadOnly);
        if (file is not null && TryReadHeader(file, epoch, out int bits, out int commits) && commits >= graph.Count)
        {
            return new CommitIndex(graph, new MappedFile(file, checked(HeaderBytes + (sizeof(uint) << bits))), null, bits);
        }

        int memoryBits = BitsFor(graph.Count);
        uint[] slots = new uint[1 << memoryBits];
        for (int position = 0; position < graph.Count; position++)
        {
            slots[FindFree(slots, memoryBits, graph.IdAt(position))] = (uint)position + 1;
        }

        return new CommitIndex(graph, null, slots, memoryBits);
    }

    /// <summary>Brings the file up to the graph; the caller holds the clone's lock. In place where there is room, else a new file.</summary>
    public static void Update(string path, ulong epoch, CommitGraph graph)
    {
        using (FileDescriptor? file = DurableFile.TryOpen(path, OpenFlags.ReadWrite))
        {
            if (file is not null && TryReadHeader(file, epoch, out int bits, out int commits) && bits >= BitsFor(graph.Count) && commits <= graph.Count)
            {
                AddInPlace(file, epoch, bits, commits, graph);
                return;
            }
        }

        // Room to double before the next rebuild.
        int freshBits = Math.Min(BitsFor(graph.Count) + 1, BitsMax);
        byte[] content = new byte[HeaderBytes + (sizeof(uint) << freshBits)];
        WriteHeader(content, epoch, freshBits, graph.Count);
        Span<uint> slots = MemoryMarshal.Cast<byte, uint>(content.AsSpan(HeaderBytes));
        for (int position = 0; position < graph.Count; position++)
        {
            slots[FindFree(slots, freshBits, graph.IdAt(position))] = (uint)position + 1;
        }

        DurableFile.Replace(path, content);
    }

    public bool TryFind(ObjectId id, out int position)
    {
        ReadOnlySpan<uint> slots = Slots;
        int mask = slots.Length - 1;
        int slot = Home(id, _bits);
        for (int probes = 0; probes < slots.Length && slots[slot] != 0; probes++)
        {
            position = (int)(slots[slot] - 1);

            // Another process may have added commits that this one's graph does not reach.
            if ((uint)position < (uint)_graph.Count && _graph.IdAt(position) == id)
            {
                return true;
            }

            slot = (slot + 1) & mask;
        }

        position = -1;
        return false;
    }

    /// <summary>Positions of the commits whose ids start with a prefix, at most <paramref name="countMax"/>, in no order.</summary>
    public List<int> FindPrefix(HexPrefix prefix, int countMax)
    {
        ReadOnlySpan<uint> slots = Slots;
        int mask = slots.Length - 1;
        int slot = Home(prefix.Lowest, _bits);
        int last = Home(prefix.Highest, _bits);
        List<int> found = [];
        bool pastLast = false;
        for (int probes = 0; probes < slots.Length && found.Count < countMax; probes++)
        {
            // Entries may be pushed behind the last home slot, but never across a free one.
            if (slots[slot] == 0)
            {
                if (pastLast || slot == last)
                {
                    break;
                }
            }
            else
            {
                int position = (int)(slots[slot] - 1);
                if ((uint)position < (uint)_graph.Count && prefix.Matches(_graph.IdAt(position)))
                {
                    found.Add(position);
                }
            }

            pastLast |= slot == last;
            slot = (slot + 1) & mask;
        }

        return found;
    }

    public void Dispose() => ((IDisposable?)_map)?.Dispose();

    private static void AddInPlace(FileDescriptor file, ulong epoch, int bits, int commits, CommitGraph graph)
    {
        if (commits == graph.Count)
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[HeaderBytes];
        using (MappedFile map = new(file, HeaderBytes + (sizeof(uint) << bits)))
        {
            ReadOnlySpan<uint> slots = MemoryMarshal.Cast<byte, uint>(map.GetSpan()[HeaderBytes..]);
            for (int position = commits; position < graph.Count; position++)
            {
                // Entries past the header's count are what an interrupted update left; they are right if they say the same.
                int slot = FindFreeOr(slots, bits, graph.IdAt(position), (uint)position + 1);
                BinaryPrimitives.WriteUInt32LittleEndian(bytes, (uint)position + 1);
                PosixFile.WriteAt(file, bytes[..sizeof(uint)], HeaderBytes + ((long)slot * sizeof(uint)));
            }
        }

        PosixFile.Sync(file);
        WriteHeader(bytes, epoch, bits, graph.Count);
        PosixFile.WriteAt(file, bytes, 0);
    }

    private static bool TryReadHeader(FileDescriptor file, ulong epoch, out int bits, out int commits)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        bits = 0;
        commits = 0;
        if (!DurableFile.TryReadAt(file, header, 0) || !header.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(header[28..]) != Checksum.Compute(header[..28])
            || BinaryPrimitives.ReadUInt64LittleEndian(header[8..]) != epoch)
        {
            return false;
        }

        bits = BinaryPrimitives.ReadInt32LittleEndian(header[16..]);
        commits = BinaryPrimitives.ReadInt32LittleEndian(header[20..]);
        return bits is >= BitsMin and < BitsMax && commits >= 0 && PosixFile.GetStatus(file).SizeBytes >= HeaderBytes + ((long)sizeof(uint) << bits);
    }

    private static void WriteHeader(Span<byte> destination, ulong epoch, int bits, int commits)
    {
        destination[..HeaderBytes].Clear();
        Magic.CopyTo(destination);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], epoch);
        BinaryPrimitives.WriteInt32LittleEndian(destination[16..], bits);
        BinaryPrimitives.WriteInt32LittleEndian(destination[20..], commits);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[28..], Checksum.Compute(destination[..28]));
    }

    private static int BitsFor(int count) => Math.Max(BitsMin, BitOperations.Log2(BitOperations.RoundUpToPowerOf2((uint)count * 2)));

    private static int Home(ObjectId id, int bits) => (int)(BinaryPrimitives.ReadUInt32BigEndian(id.AsSpan()) >> (32 - bits));

    private static int FindFree(ReadOnlySpan<uint> slots, int bits, ObjectId id) => FindFreeOr(slots, bits, id, 0);

    private static int FindFreeOr(ReadOnlySpan<uint> slots, int bits, ObjectId id, uint same)
    {
        int slot = Home(id, bits);
        while (slots[slot] != 0 && slots[slot] != same)
        {
            slot = (slot + 1) & (slots.Length - 1);
        }

        return slot;
    }
}
