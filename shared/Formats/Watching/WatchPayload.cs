using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Monorepo.Formats.Watching;

/// <summary>Writes a payload: numbers little-endian, texts and paths behind their length.</summary>
public sealed class WatchPayloadWriter
{
    private readonly ArrayBufferWriter<byte> _bytes = new(256);

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public void Byte(byte value) => _bytes.Write([value]);

    public void Flag(bool value) => Byte(value ? (byte)1 : (byte)0);

    public void Number(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_bytes.GetSpan(sizeof(long)), value);
        _bytes.Advance(sizeof(long));
    }

    public void Bytes(ReadOnlySpan<byte> value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_bytes.GetSpan(sizeof(int)), value.Length);
        _bytes.Advance(sizeof(int));
        _bytes.Write(value);
    }

    public void Text(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    /// <summary>A text that may be missing.</summary>
    public void OptionalText(string? value)
    {
        Flag(value is not null);
        if (value is not null)
            Text(value);
    }
}

/// <summary>Reads a payload; whatever is cut, too long or left over is refused.</summary>
public ref struct WatchPayloadReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    public byte Byte() => Take(1)[0];

    public bool Flag() => Byte() switch
    {
        0 => false,
        1 => true,
        _ => throw new WatchFormatException("A flag is neither 0 nor 1."),
    };

    public long Number() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public byte[] Bytes()
    {
        int length = BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));
        return Take(length).ToArray();
    }

    public string Text() => Encoding.UTF8.GetString(Bytes());

    public string? OptionalText() => Flag() ? Text() : null;

    /// <summary>How many items follow, each of at least so many bytes.</summary>
    public int Count(int itemBytesMin)
    {
        long count = Number();
        return count >= 0 && count <= _rest.Length / itemBytesMin ? (int)count : throw new WatchFormatException($"{count} items are more than the frame holds.");
    }

    public readonly void End()
    {
        if (!_rest.IsEmpty)
            throw new WatchFormatException($"{_rest.Length} bytes too many.");
    }

    private ReadOnlySpan<byte> Take(int length)
    {
        if (length < 0 || length > _rest.Length)
            throw new WatchFormatException("It is cut.");
        ReadOnlySpan<byte> taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
