using System.Buffers;
using System.Text;

namespace Monorepo.Workspace.History;

/// <summary>Reads commit messages as git reads them. A message ends at its first zero byte.</summary>
public static class CommitText
{
    private static ReadOnlySpan<byte> Blanks => " \t\n\r"u8;

    /// <summary>Recodes a text to UTF-8 where its encoding is known; bytes of an unknown one stay as they are.</summary>
    /// <param name="text">As the commit has it.</param>
    /// <param name="encoding">The commit's <c>encoding</c> header; empty: UTF-8.</param>
    public static ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> text, ReadOnlySpan<byte> encoding)
    {
        if (encoding.IsEmpty)
        {
            return text;
        }

        string name = Encoding.ASCII.GetString(encoding).Trim();
        if (name.Length == 0 || name.Equals("UTF-8", StringComparison.OrdinalIgnoreCase) || name.Equals("UTF8", StringComparison.OrdinalIgnoreCase))
        {
            return text;
        }

        try
        {
            Encoding from = CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
            return Encoding.Convert(from, Encoding.UTF8, text.ToArray());
        }
        catch (ArgumentException)
        {
            return text;
        }
    }

    /// <summary>The message up to a zero byte.</summary>
    public static ReadOnlySpan<byte> Terminated(ReadOnlySpan<byte> message)
    {
        int zero = message.IndexOf((byte)0);
        return zero < 0 ? message : message[..zero];
    }

    /// <summary>Writes the message's first paragraph on one line.</summary>
    /// <returns>What follows the paragraph.</returns>
    public static ReadOnlySpan<byte> WriteSubject(ReadOnlySpan<byte> message, IBufferWriter<byte>? output)
    {
        ReadOnlySpan<byte> rest = SkipBlankLines(Terminated(message));
        bool isFirst = true;
        while (!rest.IsEmpty)
        {
            ReadOnlySpan<byte> line = TakeLine(ref rest);
            if (line.IsEmpty)
            {
                break;
            }

            if (!isFirst)
            {
                output?.Write(" "u8);
            }

            output?.Write(line);
            isFirst = false;
        }

        return rest;
    }

    /// <summary>What follows the subject and the blank lines behind it.</summary>
    public static ReadOnlySpan<byte> BodyOf(ReadOnlySpan<byte> message) => SkipBlankLines(WriteSubject(message, null));

    public static ReadOnlySpan<byte> SkipBlankLines(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> rest = text;
        while (!rest.IsEmpty)
        {
            text = rest;
            if (!TakeLine(ref rest).IsEmpty)
            {
                return text;
            }
        }

        return rest;
    }

    /// <summary>The next line without the blanks at its end; <paramref name="rest"/> is what follows its line feed.</summary>
    public static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> rest)
    {
        int length = rest.IndexOf((byte)'\n');
        ReadOnlySpan<byte> line = length < 0 ? rest : rest[..length];
        rest = length < 0 ? default : rest[(length + 1)..];
        return TrimEnd(line);
    }

    public static ReadOnlySpan<byte> TrimEnd(ReadOnlySpan<byte> text) => text.TrimEnd(Blanks);
}
