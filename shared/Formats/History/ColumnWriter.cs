using System.Numerics;

namespace Monorepo.Formats.History;

/// <summary>One column as it grows. Numbers are unsigned LEB128 in their shortest form; signed ones are zigzagged first.</summary>
internal sealed class ColumnWriter
{
    private const int FirstBytes = 1024;

    private byte[] _buffer = new byte[FirstBytes];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public void WriteByte(byte value) => Take(1)[0] = value;

    public void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    public void WriteNumber(ulong value)
    {
        Span<byte> destination = Take(Math.Max(1, (BitOperations.Log2(value | 1) + 7) / 7));
        for (int i = 0; i < destination.Length - 1; i++, value >>= 7)
        {
            destination[i] = (byte)(value | 0x80);
        }

        destination[^1] = (byte)value;
    }

    /// <summary>Wraps around as differences of any two 64-bit numbers do.</summary>
    public void WriteDifference(long value, long reference)
    {
        long difference = unchecked(value - reference);
        WriteNumber((ulong)((difference << 1) ^ (difference >> 63)));
    }

    /// <summary>Room for bytes that the caller fills.</summary>
    public Span<byte> Take(int bytes)
    {
        if (bytes > _buffer.Length - Length)
        {
            Array.Resize(ref _buffer, Math.Max(checked(Length + bytes), (int)Math.Min(2L * _buffer.Length, Array.MaxLength)));
        }

        Length += bytes;
        return _buffer.AsSpan(Length - bytes, bytes);
    }
}
