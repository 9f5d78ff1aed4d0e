using System.Buffers;
using System.Text;

namespace Monorepo.Cli.Output;

/// <summary>
/// Prints paths as git does with <c>core.quotePath</c> at its default: a path with control characters, quotes, backslashes or bytes
/// above 0x7F stands in double quotes with C escapes, any other as it is.
/// </summary>
public static class PathQuoting
{
    public static bool NeedsQuotes(ReadOnlySpan<byte> path)
    {
        foreach (byte b in path)
        {
            if (b is < 0x20 or >= 0x7F or (byte)'"' or (byte)'\\')
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>For messages.</summary>
    public static string Quote(ReadOnlySpan<byte> path)
    {
        ArrayBufferWriter<byte> text = new();
        Write(text, default, path);
        return Encoding.ASCII.GetString(text.WrittenSpan);
    }

    /// <summary>The path with <paramref name="prefix"/> (such as <c>a/</c>) inside the quotes.</summary>
    public static void Write(IBufferWriter<byte> output, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> path)
    {
        if (!NeedsQuotes(path))
        {
            output.Write(prefix);
            output.Write(path);
            return;
        }

        output.Write("\""u8);
        output.Write(prefix);
        Span<byte> octal = stackalloc byte[4];
        octal[0] = (byte)'\\';
        foreach (byte b in path)
        {
            ReadOnlySpan<byte> escape = b switch
            {
                (byte)'\a' => "\\a"u8,
                (byte)'\b' => "\\b"u8,
                (byte)'\t' => "\\t"u8,
                (byte)'\n' => "\\n"u8,
                (byte)'\v' => "\\v"u8,
                (byte)'\f' => "\\f"u8,
                (byte)'\r' => "\\r"u8,
                (byte)'"' => "\\\""u8,
                (byte)'\\' => "\\\\"u8,
                _ => default,
            };
            if (!escape.IsEmpty)
            {
                output.Write(escape);
            }
            else if (b is < 0x20 or >= 0x7F)
            {
                octal[1] = (byte)('0' + (b >> 6));
                octal[2] = (byte)('0' + ((b >> 3) & 7));
                octal[3] = (byte)('0' + (b & 7));
                output.Write(octal);
            }
            else
            {
                output.Write([b]);
            }
        }

        output.Write("\""u8);
    }
}
