using System.Buffers.Text;
using Monorepo.Core;

namespace Monorepo.Formats.History;

/// <summary>Makes what <see cref="Commit"/> reads from a body out of columns.</summary>
internal static class SegmentIdentity
{
    private const int LineTailBytesMax = 64;

    /// <summary>The same value as reading the whole line would give.</summary>
    public static Identity Read(ReadOnlyMemory<byte> name, long seconds, ReadOnlyMemory<byte> zone)
    {
        // The zone's odd cases are Identity's to know; a line without a name asks it.
        Span<byte> tail = stackalloc byte[LineTailBytesMax];
        "<> "u8.CopyTo(tail);
        Utf8Formatter.TryFormat(seconds, tail[3..], out int digits);
        tail[3 + digits] = (byte)' ';
        zone.Span.CopyTo(tail[(4 + digits)..]);
        int minutes = Identity.Parse(tail[..(4 + digits + zone.Length)].ToArray()).ZoneMinutes;
        return Identity.Parse(name) with { UnixSeconds = seconds, ZoneMinutes = minutes };
    }

    /// <summary>The value of the encoding header among headers that stand after the committer's; empty where there is none.</summary>
    public static ReadOnlyMemory<byte> Encoding(ReadOnlySpan<byte> headers) => headers.IndexOf("encoding "u8) >= 0
        ? Commit.Parse((byte[])[.. "tree 0000000000000000000000000000000000000000\nno-parent\n"u8, .. headers]).Encoding
        : default;
}
