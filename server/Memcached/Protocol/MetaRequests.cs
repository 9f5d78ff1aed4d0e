using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;

namespace Monorepo.Memcached.Protocol;

/// <summary>
/// Request lines of the meta protocol. Keys travel as base64 (flag <c>b</c>), so any bytes may be a key.
/// Each method returns a buffer rented from <see cref="ArrayPool{T}.Shared"/> that begins with the request; the caller owns it.
/// </summary>
internal static class MetaRequests
{
    private const int NumberBytesMax = 20;

    // mg <key> b O<number> f v q [c N<seconds>]\r\n … mn\r\n
    // Answers are told apart by their numbers and not by their keys: a stub made by N comes back with the raw bytes of a binary key in its line.
    public static ArraySegment<byte> GetMany(IReadOnlyList<ReadOnlyMemory<byte>> keys, ReadOnlySpan<int> indexes, uint firstNumber, uint leaseSeconds = 0)
    {
        int bytesMax = "mn\r\n"u8.Length;
        foreach (int index in indexes)
            bytesMax += "mg  b O f v q c N\r\n"u8.Length + Base64.GetMaxEncodedToUtf8Length(keys[index].Length) + (2 * NumberBytesMax);

        var request = new Writer(bytesMax);
        foreach (int index in indexes)
        {
            request.Write("mg "u8);
            request.WriteBase64(keys[index].Span);
            request.Write(" b O"u8);
            request.WriteNumber(firstNumber++);
            request.Write(" f v q"u8);
            if (leaseSeconds > 0)
            {
                request.Write(" c N"u8);
                request.WriteNumber(leaseSeconds);
            }

            request.Write("\r\n"u8);
        }

        request.Write("mn\r\n"u8);
        return request.Written;
    }

    // mg <key> b\r\n … mn\r\n
    public static ArraySegment<byte> ProbeMany(IReadOnlyList<ReadOnlyMemory<byte>> keys, ReadOnlySpan<int> indexes)
    {
        int bytesMax = "mn\r\n"u8.Length;
        foreach (int index in indexes)
            bytesMax += "mg  b\r\n"u8.Length + Base64.GetMaxEncodedToUtf8Length(keys[index].Length);

        var request = new Writer(bytesMax);
        foreach (int index in indexes)
        {
            request.Write("mg "u8);
            request.WriteBase64(keys[index].Span);
            request.Write(" b\r\n"u8);
        }

        request.Write("mn\r\n"u8);
        return request.Written;
    }

    // ms <key> <bytes> b F<flags> T<seconds>\r\n<value>\r\n
    public static ArraySegment<byte> Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, uint clientFlags, uint expirySeconds)
    {
        var request = new Writer("ms   b F T\r\n\r\n"u8.Length + Base64.GetMaxEncodedToUtf8Length(key.Length) + (3 * NumberBytesMax) + value.Length);
        request.Write("ms "u8);
        request.WriteBase64(key);
        request.Write(" "u8);
        request.WriteNumber((uint)value.Length);
        request.Write(" b F"u8);
        request.WriteNumber(clientFlags);
        request.Write(" T"u8);
        request.WriteNumber(expirySeconds);
        request.Write("\r\n"u8);
        request.Write(value);
        request.Write("\r\n"u8);
        return request.Written;
    }

    // md <key> b [C<version>]\r\n
    public static ArraySegment<byte> Delete(ReadOnlySpan<byte> key, ulong version = 0)
    {
        var request = new Writer("md  b C\r\n"u8.Length + Base64.GetMaxEncodedToUtf8Length(key.Length) + NumberBytesMax);
        request.Write("md "u8);
        request.WriteBase64(key);
        request.Write(" b"u8);
        if (version != 0)
        {
            request.Write(" C"u8);
            request.WriteNumber(version);
        }

        request.Write("\r\n"u8);
        return request.Written;
    }

    // mn\r\n
    public static ArraySegment<byte> NoOp()
    {
        var request = new Writer("mn\r\n"u8.Length);
        request.Write("mn\r\n"u8);
        return request.Written;
    }

    private ref struct Writer(int bytesMax)
    {
        private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(bytesMax);
        private int _bytes;

        public readonly ArraySegment<byte> Written => new(_buffer, 0, _bytes);

        public void Write(ReadOnlySpan<byte> bytes)
        {
            bytes.CopyTo(_buffer.AsSpan(_bytes));
            _bytes += bytes.Length;
        }

        public void WriteBase64(ReadOnlySpan<byte> bytes)
        {
            OperationStatus status = Base64.EncodeToUtf8(bytes, _buffer.AsSpan(_bytes), out _, out int written);
            Debug.Assert(status == OperationStatus.Done, "The buffer was sized for the encoded key.");
            _bytes += written;
        }

        public void WriteNumber(ulong number)
        {
            bool formatted = Utf8Formatter.TryFormat(number, _buffer.AsSpan(_bytes), out int written);
            Debug.Assert(formatted, "The buffer was sized for the number.");
            _bytes += written;
        }
    }
}
