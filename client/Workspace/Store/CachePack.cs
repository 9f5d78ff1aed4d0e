using System.Buffers;
using System.Buffers.Binary;
using Monorepo.Core;
using Monorepo.Formats.Packs;
using Monorepo.Native.Posix;

namespace Monorepo.Workspace.Store;

/// <summary>
/// One open pack: its index mapped, its data file open. Reading is safe from any thread and beside writers in other processes;
/// writing needs <see cref="TryClaim"/> first. Stays readable after its files were deleted.
/// </summary>
internal sealed class CachePack : IDisposable
{
    private const int AppendBufferBytes = 1 << 20;

    private readonly FileDescriptor _index;
    private readonly FileDescriptor _data;
    private readonly MappedFile _map;
    private readonly ReadOnlyMemory<byte> _slots;
    private readonly int _slotCount;
    private long _dataBytesSeen;

    private CachePack(string name, FileDescriptor index, FileDescriptor data, MappedFile map, int slotCount)
    {
        Name = name;
        _index = index;
        _data = data;
        _map = map;
        _slotCount = slotCount;
        _slots = map.Memory[PackFormat.IndexHeaderBytes..];
    }

    /// <summary>Names sort by age.</summary>
    public string Name { get; }

    public long DataBytes => PosixFile.GetStatus(_data).SizeBytes;

    /// <summary>What the pack may take on the disk: its data, and its index if every slot were used.</summary>
    public long FileBytes => DataBytes + PackFormat.IndexBytes(_slotCount);

    /// <summary>True once another process deleted it.</summary>
    public bool IsDeleted => PosixFile.GetStatus(_index).Links == 0;

    private int UsedMax => _slotCount - (_slotCount >> 2);

    /// <summary>Makes an empty pack; it becomes visible under its name when it is whole.</summary>
    public static void Create(string directory, string name, ulong packNumber, int slots)
    {
        byte[] header = new byte[PackFormat.IndexHeaderBytes];
        PackFormat.WriteDataHeader(header, packNumber);
        using (FileDescriptor data = DurableFile.Open(DataPath(directory, name), OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive))
        {
            PosixFile.Write(data, header.AsSpan(0, PackFormat.DataHeaderBytes));
        }

        PackFormat.WriteIndexHeader(header, packNumber, slots);
        string fresh = IndexPath(directory, name) + ".new";
        using (FileDescriptor index = DurableFile.Open(fresh, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Exclusive))
        {
            PosixFile.Write(index, header);
            PosixFile.Extend(index, PackFormat.IndexBytes(slots));
        }

        File.Move(fresh, IndexPath(directory, name));
    }

    /// <summary>The pack, or null where its files are gone, damaged or do not belong together.</summary>
    public static CachePack? TryOpen(string directory, string name)
    {
        FileDescriptor? index = null;
        FileDescriptor? data = null;
        try
        {
            index = DurableFile.TryOpen(IndexPath(directory, name), OpenFlags.ReadWrite);
            data = index is null ? null : DurableFile.TryOpen(DataPath(directory, name), OpenFlags.ReadWrite);
            Span<byte> header = stackalloc byte[PackFormat.IndexHeaderBytes];
            Span<byte> dataHeader = stackalloc byte[PackFormat.DataHeaderBytes];
            if (data is null
                || !DurableFile.TryReadAt(index!, header, 0) || !PackFormat.TryReadIndexHeader(header, out ulong number, out int slots)
                || !DurableFile.TryReadAt(data, dataHeader, 0) || !PackFormat.TryReadDataHeader(dataHeader, out ulong dataNumber)
                || number != dataNumber || PosixFile.GetStatus(index!).SizeBytes < PackFormat.IndexBytes(slots))
            {
                return null;
            }

            CachePack pack = new(name, index!, data, new MappedFile(index!, PackFormat.IndexBytes(slots)), slots);
            index = null;
            data = null;
            return pack;
        }
        finally
        {
            index?.Dispose();
            data?.Dispose();
        }
    }

    public static string IndexPath(string directory, string name) => Path.Combine(directory, name + ".idx");

    public static string DataPath(string directory, string name) => Path.Combine(directory, name + ".pack");

    public bool TryFind(ObjectId id, out PackSlot slot, out int slotNumber)
    {
        ReadOnlySpan<byte> slots = _slots.Span;
        slotNumber = PackSlot.Home(id, _slotCount);
        for (int probes = 0; probes < _slotCount; probes++)
        {
            switch (PackSlot.Read(slots.Slice(slotNumber * PackSlot.Size, PackSlot.Size), out slot))
            {
                case PackSlotState.Free:
                    return false;
                case PackSlotState.Used when slot.Id == id:
                    return true;
            }

            slotNumber = (slotNumber + 1) & (_slotCount - 1);
        }

        slot = default;
        return false;
    }

    /// <summary>What the pack takes on the disk now.</summary>
    public long MeasureDisk() => PosixFile.MeasureDisk(_data) + PosixFile.MeasureDisk(_index);

    /// <summary>Every object's slot with its number, by the objects' places in the data file.</summary>
    public List<(PackSlot Slot, int Number)> ListSlots()
    {
        ReadOnlySpan<byte> slots = _slots.Span;
        List<(PackSlot Slot, int Number)> used = [];
        for (int number = 0; number < _slotCount; number++)
        {
            if (PackSlot.Read(slots.Slice(number * PackSlot.Size, PackSlot.Size), out PackSlot slot) == PackSlotState.Used)
            {
                used.Add((slot, number));
            }
        }

        used.Sort(static (x, y) => x.Slot.Offset.CompareTo(y.Slot.Offset));
        return used;
    }

    /// <summary>The envelope's bytes in a pooled buffer, or false where the data file is shorter than the slot says.</summary>
    public bool TryRead(PackSlot slot, out byte[] rented)
    {
        rented = [];
        long end = slot.Offset + (long)slot.LengthBytes;
        if (end > Interlocked.Read(ref _dataBytesSeen))
        {
            long bytes = DataBytes;
            Interlocked.Exchange(ref _dataBytesSeen, bytes);
            if (end > bytes)
            {
                return false;
            }
        }

        rented = ArrayPool<byte>.Shared.Rent(slot.LengthBytes);
        if (DurableFile.TryReadAt(_data, rented.AsSpan(0, slot.LengthBytes), slot.Offset))
        {
            return true;
        }

        ArrayPool<byte>.Shared.Return(rented);
        rented = [];
        return false;
    }

    /// <summary>Room for one more object, as far as can be seen without the claim.</summary>
    public bool HasRoom(int bytes, ObjectCacheOptions options)
    {
        long size = DataBytes;
        return Used < UsedMax && size <= PackFormat.OffsetMax
            && (size + bytes <= options.PackBytesMax || size == PackFormat.DataHeaderBytes);
    }

    /// <summary>Makes this process the pack's only writer until the claim is disposed; null where another is, or where it was deleted.</summary>
    public IDisposable? TryClaim(string directory)
    {
        // A lock of its own open file, so that closing it gives the lock back and the mapping stays.
        FileDescriptor? claim = DurableFile.TryOpen(IndexPath(directory, Name), OpenFlags.ReadWrite);
        if (claim is null)
        {
            return null;
        }

        if (PosixFile.TryLockExclusive(claim) && !IsDeleted)
        {
            return claim;
        }

        claim.Dispose();
        return null;
    }

    /// <summary>Appends objects as far as there is room; the caller holds the claim. Data first, then slots.</summary>
    /// <returns>How many of them, from the first on, are in the pack now.</returns>
    public int Append(ReadOnlySpan<CacheEntry> entries, ObjectCacheOptions options)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(AppendBufferBytes);
        try
        {
            int done = 0;
            while (done < entries.Length && HasRoom(entries[done].Envelope.Length, options))
            {
                int count = AppendSome(entries[done..], buffer, options);
                done += count;
            }

            return done;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Takes a damaged object out, durably where no other process is writing to the pack.</summary>
    public void Withdraw(string directory, int slotNumber)
    {
        using IDisposable? claim = TryClaim(directory);
        if (claim is not null)
        {
            Span<byte> bytes = stackalloc byte[sizeof(uint)];
            _slots.Span.Slice((slotNumber * PackSlot.Size) + 28, sizeof(uint)).CopyTo(bytes);
            bytes[0] ^= 0xFF;
            PosixFile.WriteAt(_index, bytes, SlotOffset(slotNumber) + 28);
        }
    }

    /// <summary>Makes what was appended survive a power loss: data before the slots that point to it.</summary>
    public void Sync()
    {
        PosixFile.Sync(_data);
        PosixFile.Sync(_index);
    }

    public void Dispose()
    {
        ((IDisposable)_map).Dispose();
        _index.Dispose();
        _data.Dispose();
    }

    private int Used => BinaryPrimitives.ReadInt32LittleEndian(_map.GetSpan()[PackFormat.UsedOffset..]);

    private static long SlotOffset(int slotNumber) => PackFormat.IndexHeaderBytes + ((long)slotNumber * PackSlot.Size);

    private int AppendSome(ReadOnlySpan<CacheEntry> entries, byte[] buffer, ObjectCacheOptions options)
    {
        long start = DataBytes;
        int used = Used;
        int count = 0;
        int filled = 0;
        while (count < entries.Length && used + count < UsedMax
            && (start + filled + entries[count].Envelope.Length <= options.PackBytesMax || (count == 0 && start == PackFormat.DataHeaderBytes)))
        {
            ReadOnlySpan<byte> envelope = entries[count].Envelope.Span;
            if (filled + envelope.Length > buffer.Length)
            {
                break;
            }

            envelope.CopyTo(buffer.AsSpan(filled));
            filled += envelope.Length;
            count++;
        }

        if (count == 0)
        {
            // Larger than the buffer: straight from the caller's memory.
            count = 1;
            filled = entries[0].Envelope.Length;
            options.BeforeWrite?.Invoke(filled);
            PosixFile.WriteAt(_data, entries[0].Envelope.Span, start);
        }
        else
        {
            options.BeforeWrite?.Invoke(filled);
            PosixFile.WriteAt(_data, buffer.AsSpan(0, filled), start);
        }

        Span<byte> slotBytes = stackalloc byte[PackSlot.Size];
        for (int i = 0; i < count; i++)
        {
            PackSlot slot = new(entries[i].Id, (uint)start, entries[i].Envelope.Length);
            start += slot.LengthBytes;
            slot.Write(slotBytes);
            options.BeforeWrite?.Invoke(PackSlot.Size);
            PosixFile.WriteAt(_index, slotBytes, SlotOffset(FindFree(slot.Id)));
        }

        BinaryPrimitives.WriteInt32LittleEndian(slotBytes, used + count);
        PosixFile.WriteAt(_index, slotBytes[..sizeof(int)], PackFormat.UsedOffset);
        return count;
    }

    private int FindFree(ObjectId id)
    {
        ReadOnlySpan<byte> slots = _slots.Span;
        int slotNumber = PackSlot.Home(id, _slotCount);
        for (int probes = 0; probes < _slotCount; probes++)
        {
            if (PackSlot.Read(slots.Slice(slotNumber * PackSlot.Size, PackSlot.Size), out _) != PackSlotState.Used)
            {
                return slotNumber;
            }

            slotNumber = (slotNumber + 1) & (_slotCount - 1);
        }

        throw new IOException($"The index of pack {Name} has no free slot.");
    }
}

/// <summary>An object on its way into the cache.</summary>
/// <param name="Id">The envelope's content was checked against it.</param>
/// <param name="Envelope">Read until the call ends.</param>
public readonly record struct CacheEntry(ObjectId Id, ReadOnlyMemory<byte> Envelope);
