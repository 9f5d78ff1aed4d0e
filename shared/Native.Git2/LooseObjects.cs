using System.Buffers.Text;
using System.IO.Compression;
using System.Security.Cryptography;

namespace Monorepo.Native.Git2;

/// <summary>
/// Reads loose objects without libgit2: version 1.5 never returns from a loose file that ends too early, which is just what a power cut leaves.
/// </summary>
internal sealed class LooseObjects(string objectsDirectory)
{
    // "commit" + space + 19 digits + NUL.
    private const int HeaderBytesMax = 27;

    public bool Contains(ReadOnlySpan<byte> id) => File.Exists(PathOf(id));

    /// <summary>The whole object, verified; null when it is not loose here.</summary>
    public OdbObject? Read(ReadOnlySpan<byte> id)
    {
        using FileStream? file = Open(id);
        if (file is null)
            return null;
        using var inflated = new ZLibStream(file, CompressionMode.Decompress);
        try
        {
            Span<byte> head = stackalloc byte[HeaderBytesMax];
            int headBytes = ReadHead(inflated, head, id, out OdbObjectHeader header);

            // Deflate expands about a thousand-fold at most; a header that promises more must not cost the memory it names.
            if (header.ContentBytes > (file.Length + 1) * 1100 || header.ContentBytes > Array.MaxLength)
                throw Damaged(id, "its size can't be right");
            byte[] content = GC.AllocateUninitializedArray<byte>((int)header.ContentBytes);
            inflated.ReadExactly(content);
            if (inflated.ReadByte() >= 0)
                throw Damaged(id, "it is longer than it says");
            CheckHash(id, head[..headBytes], content);
            return new OdbObject(header.Kind, content);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(id, e.Message);
        }
    }

    /// <summary>Kind and size as the object states them; null when it is not loose here.</summary>
    public OdbObjectHeader? ReadHeader(ReadOnlySpan<byte> id)
    {
        using FileStream? file = Open(id);
        if (file is null)
            return null;
        using var inflated = new ZLibStream(file, CompressionMode.Decompress);
        try
        {
            _ = ReadHead(inflated, stackalloc byte[HeaderBytesMax], id, out OdbObjectHeader header);
            return header;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw Damaged(id, e.Message);
        }
    }

    private FileStream? Open(ReadOnlySpan<byte> id)
    {
        string path = PathOf(id);
        if (!File.Exists(path))
            return null;
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 4096);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            // Packed and pruned meanwhile.
            return null;
        }
    }

    private string PathOf(ReadOnlySpan<byte> id)
    {
        string hex = Convert.ToHexStringLower(id);
        return Path.Join(objectsDirectory, hex.AsSpan(0, 2), hex.AsSpan(2));
    }

    private static int ReadHead(ZLibStream inflated, Span<byte> head, ReadOnlySpan<byte> id, out OdbObjectHeader header)
    {
        int length = 0;
        do
        {
            int next = inflated.ReadByte();
            if (next < 0 || length == head.Length)
                throw Damaged(id, "it has no header");
            head[length++] = (byte)next;
        }
        while (head[length - 1] != 0);

        ReadOnlySpan<byte> text = head[..(length - 1)];
        int space = text.IndexOf((byte)' ');
        OdbObjectKind? kind = space < 0 ? null : KindOf(text[..space]);
        if (kind is null || !Utf8Parser.TryParse(text[(space + 1)..], out long size, out int digits) || digits != text.Length - space - 1 || size < 0)
            throw Damaged(id, "its header is malformed");
        header = new OdbObjectHeader(kind.Value, size);
        return length;
    }

    private static OdbObjectKind? KindOf(ReadOnlySpan<byte> name) => name switch
    {
        _ when name.SequenceEqual("commit"u8) => OdbObjectKind.Commit,
        _ when name.SequenceEqual("tree"u8) => OdbObjectKind.Tree,
        _ when name.SequenceEqual("blob"u8) => OdbObjectKind.Blob,
        _ when name.SequenceEqual("tag"u8) => OdbObjectKind.Tag,
        _ => null,
    };

    private static void CheckHash(ReadOnlySpan<byte> id, ReadOnlySpan<byte> head, ReadOnlySpan<byte> content)
    {
#pragma warning disable CA5350 // Git's object ids are SHA-1.
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
#pragma warning restore CA5350
        hash.AppendData(head);
        hash.AppendData(content);
        Span<byte> actual = stackalloc byte[Odb.IdBytes];
        _ = hash.GetHashAndReset(actual);
        if (!actual.SequenceEqual(id))
            throw new Git2Exception(Git2Status.HashMismatch, 0, $"The loose object {Convert.ToHexStringLower(id)} holds the bytes of {Convert.ToHexStringLower(actual)}.");
    }

    private static Git2Exception Damaged(ReadOnlySpan<byte> id, string reason) =>
        new(Git2Status.Error, 0, $"The loose object {Convert.ToHexStringLower(id)} is damaged: {reason}");
}
