using System.Buffers.Binary;

namespace Monorepo.Blobs.Wire;

/// <summary>The bytes a Get is answered with: a table of lengths, then the envelopes. Layout in FORMAT.md.</summary>
public static class ReplyStream
{
    /// <summary>Bytes of the table for each key.</summary>
    public const int TableEntryBytes = 4;

    private const uint Missing = 0;
    private const uint Deferred = 0xFFFF_FFFF;

    /// <summary>The table's entry for one key.</summary>
    /// <param name="table">The table.</param>
    /// <param name="index">Of the key.</param>
    /// <param name="outcome">Its answer.</param>
    /// <param name="envelopeBytes">When found: 1 to <see cref="BlobLimits.ObjectBytesMax"/>.</param>
    public static void WriteEntry(Span<byte> table, int index, BlobOutcome outcome, int envelopeBytes)
    {
        uint value = outcome switch
        {
            BlobOutcome.Found => (uint)envelopeBytes,
            BlobOutcome.Deferred => Deferred,
            _ => Missing,
        };
        BinaryPrimitives.WriteUInt32LittleEndian(table[(index * TableEntryBytes)..], value);
    }

    /// <param name="stream">The whole stream and nothing else.</param>
    /// <param name="keys">How many ids were asked.</param>
    /// <param name="entries">Parts of <paramref name="stream"/>; null unless the result is <see cref="WireError.None"/>.</param>
    public static WireError Read(ReadOnlyMemory<byte> stream, int keys, out BlobEntry[]? entries)
    {
        entries = null;
        ReadOnlySpan<byte> bytes = stream.Span;
        if (keys is < 0 or > BlobLimits.KeysPerRequestMax)
            return WireError.LimitExceeded;
        if (bytes.Length < keys * TableEntryBytes)
            return WireError.Truncated;

        BlobEntry[] read = new BlobEntry[keys];
        long offset = keys * TableEntryBytes;
        for (int i = 0; i < keys; i++)
        {
            uint value = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i * TableEntryBytes)..]);
            if (value == Deferred)
            {
                read[i] = BlobEntry.Deferred;
            }
            else if (value != Missing)
            {
                if (value > BlobLimits.ObjectBytesMax)
                    return WireError.LimitExceeded;
                if (offset + value > bytes.Length)
                    return WireError.LengthMismatch;
                read[i] = BlobEntry.Found(stream.Slice((int)offset, (int)value));
                offset += value;
            }
        }

        if (offset != bytes.Length)
            return WireError.TrailingBytes;
        entries = read;
        return WireError.None;
    }
}
