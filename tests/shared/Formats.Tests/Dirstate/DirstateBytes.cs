using Monorepo.Core;
using Monorepo.Formats.Dirstate;
using FileMode = Monorepo.Core.FileMode;

namespace Monorepo.Formats.Tests.Dirstate;

/// <summary>Dirstates of bytes in memory.</summary>
internal static class DirstateBytes
{
    public const long WrittenNs = 1_700_000_000_000_000_000;

    public static readonly DirstateStamp Stamp = new(0x1122334455667788, 41);
    public static readonly ObjectId Tree = ObjectId.Parse("0102030405060708090a0b0c0d0e0f1011121314");
    public static readonly ObjectId Blob = ObjectId.Parse("ffeeddccbbaa99887766554433221100ffeeddcc");

    public static readonly DirstateEntry[] Sample =
    [
        new("a"u8.ToArray(), FileMode.Regular, Blob, new RecordedStat(300, 64, -1, 77)),
        new("a/b"u8.ToArray(), FileMode.Executable, Tree, null),
        new(new byte[] { (byte)'a', 0xFF }, FileMode.SymbolicLink, Blob, new RecordedStat(0, long.MinValue, long.MaxValue, ulong.MaxValue)),
        new("sub"u8.ToArray(), FileMode.Submodule, Tree, null),
    ];

    public static readonly DirstateEntry[] Update =
    [
        DirstateEntry.Removed("a/b"u8.ToArray()),
        new("c"u8.ToArray(), FileMode.Regular, Blob, new RecordedStat(1, 2, 3, 4)),
    ];

    public static byte[] Base(IEnumerable<DirstateEntry> entries)
    {
        using var output = new MemoryStream();
        var writer = new DirstateWriter(output, Tree, Stamp, WrittenNs);
        foreach (DirstateEntry entry in entries)
            writer.Add(entry);
        writer.Finish();
        Assert.Equal(output.Length, output.Position);
        return output.ToArray();
    }

    public static byte[] Batch(long sequence, long writtenNs, ObjectId tree, params DirstateEntry[] changes)
    {
        DirstateBatch batch = DirstateBatch.TryEncode(changes, int.MaxValue)!;
        return [.. batch.Header(tree, sequence, writtenNs), .. batch.Payload.Span];
    }

    public static DirstateReader Open(byte[] file)
    {
        var state = new DirstateReader(file);
        return state.Append(file.AsSpan((int)state.BaseBytes));
    }

    public static List<string> ReadAll(DirstateReader state)
    {
        var all = new List<string>();
        DirstateCursor cursor = state.Open();
        while (cursor.MoveNext())
            all.Add(Describe(cursor.Current));
        return all;
    }

    public static string Describe(DirstateEntry entry) => $"{Convert.ToHexString(entry.Path.Span)} {entry.Mode} {entry.Id} {entry.Stat} {entry.IsRacy}";
}
