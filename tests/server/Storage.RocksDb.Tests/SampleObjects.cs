using System.Text;
using Monorepo.Core;
using Monorepo.Formats.Objects;

namespace Monorepo.Storage.RocksDb.Tests;

/// <summary>Valid objects from numbers.</summary>
internal static class SampleObjects
{
    public static NewObject New(ObjectKind kind, byte[] body) => new(ObjectHasher.Hash(kind, body), ObjectEnvelope.Seal(kind, body));

    /// <summary>A blob that does not compress.</summary>
    public static NewObject Blob(int seed, int sizeBytes)
    {
        byte[] body = new byte[sizeBytes];
        new Random(seed).NextBytes(body);
        return New(ObjectKind.Blob, body);
    }

    public static NewObject Tree(ObjectId blob) => New(ObjectKind.Tree, [.. "100644 file\0"u8, .. blob.AsSpan()]);

    public static byte[] Commit(ObjectId tree, ObjectId? parent, long number) => Encoding.ASCII.GetBytes(
        $"tree {tree}\n{(parent is null ? "" : $"parent {parent}\n")}author A <a@example.com> {number} +0000\ncommitter A <a@example.com> {number} +0000\n\nCommit {number}\n");

    public static ObjectId TreeOf(ReadOnlySpan<byte> commit) =>
        ObjectId.TryParse(commit.Slice("tree ".Length, ObjectId.HexSize), out ObjectId tree) ? tree : throw new FormatException("no tree");
}
