using System.Text;

namespace Monorepo.Rpc.Wire;

/// <summary>
/// The encoding of <c>grpc-message</c>: UTF-8, where every byte outside 0x20–0x7E and <c>%</c> itself is written as
/// <c>%XX</c>.
/// </summary>
public static class PercentEncoding
{
    public static string Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        StringBuilder encoded = new(utf8.Length);
        foreach (byte b in utf8)
        {
            if (b is >= 0x20 and <= 0x7E && b != (byte)'%')
                encoded.Append((char)b);
            else
                encoded.Append('%').Append(b.ToString("X2"));
        }

        return encoded.ToString();
    }

    /// <summary>
    /// Never fails, as the protocol asks: a <c>%</c> that starts no escape stays, and bytes that are not UTF-8 become U+FFFD.
    /// </summary>
    public static string Decode(string encoded)
    {
        ArgumentNullException.ThrowIfNull(encoded);
        if (!encoded.Contains('%', StringComparison.Ordinal))
            return encoded;

        byte[] source = Encoding.UTF8.GetBytes(encoded);
        byte[] utf8 = new byte[source.Length];
        int length = 0;
        for (int i = 0; i < source.Length; i++)
        {
            if (source[i] == (byte)'%' && i + 2 < source.Length
                && char.IsAsciiHexDigit((char)source[i + 1]) && char.IsAsciiHexDigit((char)source[i + 2]))
            {
                utf8[length++] = (byte)((HexValue(source[i + 1]) << 4) | HexValue(source[i + 2]));
                i += 2;
            }
            else
            {
                utf8[length++] = source[i];
            }
        }

        return Encoding.UTF8.GetString(utf8, 0, length);
    }

    private static int HexValue(byte digit) => digit <= (byte)'9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
