using System.Buffers;
using System.Buffers.Binary;
using Monorepo.Core;
using Monorepo.Formats;
using Monorepo.Workspace.History;
using Monorepo.Workspace.Store;

namespace Monorepo.Workspace.Shallow;

/// <summary>The file <c>.mr/shallow</c>: while it is there, the clone has its commits and no others of the server's. Layout in FORMAT.md.</summary>
internal static class ShallowFile
{
    public const string Remedy = "remove '.mr/shallow' and run 'mr pull', which fetches the whole history and changes nothing else";

    private const int HeadBytes = 20;
    private const int CommitHeadBytes = 36;

    private static ReadOnlySpan<byte> Magic => "MRSHAL1\n"u8;

    /// <summary>The commits; null where the clone is not shallow.</summary>
    /// <exception cref="CorruptHistoryException">The file is damaged, or of another version.</exception>
    public static ShallowCommits? Load(string path)
    {
        byte[] file;
        try
        {
            file = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }

        if (file.Length < HeadBytes + sizeof(uint) || !file.AsSpan().StartsWith(Magic)
            || Checksum.Compute(file.AsSpan(0, file.Length - sizeof(uint))) != BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(file.Length - sizeof(uint))))
        {
            throw Damaged(path, null);
        }

        try
        {
            return new ShallowCommits(BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(8)), Read(file));
        }
        catch (Exception e) when (e is MalformedObjectException or ArgumentOutOfRangeException)
        {
            throw Damaged(path, e);
        }
    }

    /// <summary>Makes the clone a shallow one of these commits, durably. The caller holds the clone's lock.</summary>
    public static void Save(string path, ShallowCommits commits)
    {
        ArrayBufferWriter<byte> file = new();
        Span<byte> head = file.GetSpan(HeadBytes);
        Magic.CopyTo(head);
        BinaryPrimitives.WriteUInt64LittleEndian(head[8..], commits.Epoch);
        BinaryPrimitives.WriteInt32LittleEndian(head[16..], commits.Count);
        file.Advance(HeadBytes);
        foreach (ShallowCommit commit in commits.All)
        {
            Span<byte> bytes = file.GetSpan(CommitHeadBytes);
            commit.Id.AsSpan().CopyTo(bytes);
            BinaryPrimitives.WriteInt64LittleEndian(bytes[20..], commit.Position);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[28..], commit.ParentPositions.Count);
            BinaryPrimitives.WriteInt32LittleEndian(bytes[32..], commit.Body.Length);
            file.Advance(CommitHeadBytes);
            foreach (long parent in commit.ParentPositions)
            {
                BinaryPrimitives.WriteInt64LittleEndian(file.GetSpan(sizeof(long)), parent);
                file.Advance(sizeof(long));
            }

            file.Write(commit.Body.Span);
        }

        uint check = Checksum.Compute(file.WrittenSpan);
        BinaryPrimitives.WriteUInt32LittleEndian(file.GetSpan(sizeof(uint)), check);
        file.Advance(sizeof(uint));
        DurableFile.Replace(path, file.WrittenSpan);
    }

    private static List<ShallowCommit> Read(byte[] file)
    {
        int count = BinaryPrimitives.ReadInt32LittleEndian(file.AsSpan(16));
        ReadOnlyMemory<byte> rest = file.AsMemory(HeadBytes..^sizeof(uint));
        List<ShallowCommit> commits = [];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> head = rest.Span[..CommitHeadBytes];
            long[] parents = new long[BinaryPrimitives.ReadInt32LittleEndian(head[28..])];
            int bodyBytes = BinaryPrimitives.ReadInt32LittleEndian(head[32..]);
            rest = rest[CommitHeadBytes..];
            for (int p = 0; p < parents.Length; p++)
            {
                parents[p] = BinaryPrimitives.ReadInt64LittleEndian(rest.Span);
                rest = rest[sizeof(long)..];
            }

            commits.Add(new ShallowCommit(new ObjectId(head[..ObjectId.Size]), rest[..bodyBytes], BinaryPrimitives.ReadInt64LittleEndian(head[20..]), parents));
            rest = rest[bodyBytes..];
        }

        return commits;
    }

    private static CorruptHistoryException Damaged(string path, Exception? inner) => new($"'{path}' is damaged or of another version: {Remedy}.", inner);
}
