using System.Buffers.Binary;
using System.Collections.Immutable;
using Monorepo.Formats;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.History;

/// <summary>A piece of the log in one of its files: consecutive commits, encoded together.</summary>
/// <param name="Commits">In the piece, at least one.</param>
/// <param name="Bytes">Of the piece.</param>
internal readonly record struct PieceEntry(int Commits, int Bytes);

/// <summary>Which pieces make up the log, and how much of the derived files counts. Immutable. Layout in FORMAT.md.</summary>
internal sealed class HistoryState
{
    private const int HeadBytes = 40;
    private const int EntryBytes = 8;
    private const int CheckBytes = 4;

    public static HistoryState Empty { get; } = new();

    /// <summary>The server's numbering; 0 before anything was received.</summary>
    public ulong Epoch { get; init; }

    /// <summary>Of <c>edges</c>.</summary>
    public int EdgeEntries { get; init; }

    /// <summary>The derived files are known to be on the device for positions below this.</summary>
    public int Synced { get; init; }

    /// <summary>Which <c>tail</c> file the tail's pieces are in.</summary>
    public int TailNumber { get; init; }

    /// <summary>In <c>segments</c>, from position 0 on.</summary>
    public ImmutableArray<PieceEntry> Segments { get; init; } = [];

    /// <summary>In the tail file, behind those of <c>segments</c>.</summary>
    public ImmutableArray<PieceEntry> Tail { get; init; } = [];

    public int Commits => checked(Segments.Sum(static p => p.Commits) + Tail.Sum(static p => p.Commits));

    private static ReadOnlySpan<byte> Magic => "MRHIST2\n"u8;

    // What the first version's file starts with; this program does not read it.
    private static ReadOnlySpan<byte> FirstVersion => "mr-history 1\n"u8;

    /// <summary>The state, or the empty one where there is no file.</summary>
    /// <exception cref="CorruptHistoryException">The file is damaged, or of another version.</exception>
    public static HistoryState Load(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Empty;
        }

        if (bytes.AsSpan().StartsWith(FirstVersion))
        {
            throw CorruptHistoryException.Refetch(Path.GetDirectoryName(path)!, "The history here was written by an older version of this program.");
        }

        return TryRead(bytes) ?? throw CorruptHistoryException.Refetch(Path.GetDirectoryName(path)!, $"'{path}' is damaged.");
    }

    /// <summary>The same without the piece that holds a position and those behind it.</summary>
    public HistoryState CutBefore(int position)
    {
        int left = position;
        ImmutableArray<PieceEntry> segments = Take(Segments, ref left);
        ImmutableArray<PieceEntry> tail = segments.Length == Segments.Length ? Take(Tail, ref left) : [];
        return new HistoryState
        {
            Epoch = Epoch,
            EdgeEntries = EdgeEntries,
            Synced = Math.Min(Synced, position - left),
            TailNumber = TailNumber,
            Segments = segments,
            Tail = tail,
        };
    }

    /// <summary>Replaces the file as a whole.</summary>
    public void Save(string path) => DurableFile.ReplaceLazily(path, Format());

    internal byte[] Format()
    {
        byte[] bytes = new byte[HeadBytes + ((Segments.Length + Tail.Length) * EntryBytes) + CheckBytes];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(8), Epoch);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), EdgeEntries);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(20), Synced);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), TailNumber);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(28), Segments.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(32), Tail.Length);
        int offset = HeadBytes;
        foreach (PieceEntry piece in Segments.Concat(Tail))
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(offset), piece.Commits);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(offset + 4), piece.Bytes);
            offset += EntryBytes;
        }

        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(offset), Checksum.Compute(bytes.AsSpan(0, offset)));
        return bytes;
    }

    private static ImmutableArray<PieceEntry> Take(ImmutableArray<PieceEntry> pieces, ref int commits)
    {
        int count = 0;
        while (count < pieces.Length && pieces[count].Commits <= commits)
        {
            commits -= pieces[count++].Commits;
        }

        return pieces[..count];
    }

    private static HistoryState? TryRead(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < HeadBytes + CheckBytes || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[^CheckBytes..]) != Checksum.Compute(bytes[..^CheckBytes]))
        {
            return null;
        }

        long segments = BinaryPrimitives.ReadUInt32LittleEndian(bytes[28..]);
        long tail = BinaryPrimitives.ReadUInt32LittleEndian(bytes[32..]);
        if (bytes.Length != HeadBytes + ((segments + tail) * EntryBytes) + CheckBytes)
        {
            return null;
        }

        HistoryState state = new()
        {
            Epoch = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]),
            EdgeEntries = BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]),
            Synced = BinaryPrimitives.ReadInt32LittleEndian(bytes[20..]),
            TailNumber = BinaryPrimitives.ReadInt32LittleEndian(bytes[24..]),
            Segments = ReadEntries(bytes[HeadBytes..], (int)segments),
            Tail = ReadEntries(bytes[(HeadBytes + ((int)segments * EntryBytes))..], (int)tail),
        };
        return segments + tail == state.Segments.Concat(state.Tail).Count(static p => p is { Commits: > 0, Bytes: > 0 })
            && state.EdgeEntries >= 0 && state.Synced >= 0 && state.Synced <= state.Commits ? state : null;
    }

    private static ImmutableArray<PieceEntry> ReadEntries(ReadOnlySpan<byte> bytes, int count)
    {
        ImmutableArray<PieceEntry>.Builder entries = ImmutableArray.CreateBuilder<PieceEntry>(count);
        for (int i = 0; i < count; i++)
        {
            entries.Add(new PieceEntry(BinaryPrimitives.ReadInt32LittleEndian(bytes[(i * EntryBytes)..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[((i * EntryBytes) + 4)..])));
        }

        return entries.MoveToImmutable();
    }
}
