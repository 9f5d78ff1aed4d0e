using System.Buffers.Binary;

namespace Monorepo.Formats.Watching;

/// <summary>What a frame between a command and the watcher holds. Numbers are on the wire.</summary>
public enum WatchMessage : ushort
{
    /// <summary>The watcher is to end. The one message that every version understands, so that a newer program can take an older one's place.</summary>
    Stop = 1,
    Status = 2,
    Changes = 3,
    Info = 4,

    /// <summary>For tests: events are to count as lost.</summary>
    LoseEvents = 5,

    /// <summary>The watcher is to run a command.</summary>
    Command = 6,
    Answer = 0x80,

    /// <summary>The watcher speaks another version, or does not know the question.</summary>
    Refused = 0x81,
}

/// <summary>The header of a frame. Layout in FORMAT.md; magic, version and the place of the kind never change.</summary>
public readonly record struct WatchFrame(ushort Version, WatchMessage Message, int PayloadBytes)
{
    public const int HeaderBytes = 16;

    /// <summary>Of what this program speaks.</summary>
    public const ushort VersionNow = 2;

    /// <summary>A question is a path or two.</summary>
    public const int QuestionBytesMax = 64 << 10;

    /// <summary>An answer of a million changed paths fits.</summary>
    public const int AnswerBytesMax = 256 << 20;

    private static ReadOnlySpan<byte> Magic => "mrwatch\0"u8;

    public void Write(Span<byte> header)
    {
        Magic.CopyTo(header);
        BinaryPrimitives.WriteUInt16LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(header[10..], (ushort)Message);
        BinaryPrimitives.WriteInt32LittleEndian(header[12..], PayloadBytes);
    }

    /// <param name="header">Of <see cref="HeaderBytes"/>.</param>
    /// <param name="payloadBytesMax">More is refused.</param>
    /// <exception cref="WatchFormatException">It is no frame, or too long.</exception>
    public static WatchFrame Read(ReadOnlySpan<byte> header, int payloadBytesMax)
    {
        if (header.Length != HeaderBytes || !header.StartsWith(Magic))
            throw new WatchFormatException("It is no frame of the watcher.");
        int length = BinaryPrimitives.ReadInt32LittleEndian(header[12..]);
        if (length < 0 || length > payloadBytesMax)
            throw new WatchFormatException($"A frame of {length} bytes is longer than {payloadBytesMax}.");
        return new WatchFrame(BinaryPrimitives.ReadUInt16LittleEndian(header[8..]), (WatchMessage)BinaryPrimitives.ReadUInt16LittleEndian(header[10..]), length);
    }
}

/// <summary>Bytes that are not what FORMAT.md says.</summary>
public sealed class WatchFormatException(string message) : IOException(message);
