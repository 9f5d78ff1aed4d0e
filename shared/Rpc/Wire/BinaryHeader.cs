using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Monorepo.Rpc.Wire;

/// <summary>Values of <c>-bin</c> headers: base64 of the standard alphabet; written without padding, read with or without.</summary>
public static class BinaryHeader
{
    public static int EncodedLength(int bytes) => ((bytes * 4) + 2) / 3;

    public static string Encode(ReadOnlySpan<byte> bytes) => Convert.ToBase64String(bytes).TrimEnd('=');

    /// <summary>False for anything but base64.</summary>
    public static bool TryDecode(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        ArgumentNullException.ThrowIfNull(text);
        bytes = null;
        string body = text.EndsWith('=') ? text.TrimEnd('=') : text;
        int padding = text.Length - body.Length;
        if (body.Length % 4 == 1 || padding > 2 || (padding > 0 && text.Length % 4 != 0))
            return false;

        // Base64 skips white space, a header value has none.
        if (body.AsSpan().ContainsAny(" \t\r\n"))
            return false;

        byte[] padded = new byte[(body.Length + 3) / 4 * 4];
        if (!Encoding.ASCII.TryGetBytes(body, padded, out int written) || Encoding.ASCII.GetString(padded.AsSpan(0, written)) != body)
            return false;

        padded.AsSpan(written).Fill((byte)'=');
        if (!Base64.IsValid(padded, out int decodedLength))
            return false;

        byte[] decoded = new byte[decodedLength];
        if (Base64.DecodeFromUtf8(padded, decoded, out _, out int decodedBytes) != System.Buffers.OperationStatus.Done
            || decodedBytes != decodedLength)
            return false;

        bytes = decoded;
        return true;
    }
}
