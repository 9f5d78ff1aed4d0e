namespace Monorepo.Workspace.Commits;

/// <summary>Cleans messages as git does.</summary>
public static class CommitMessage
{
    /// <summary>What was written in an editor (<c>--cleanup=strip</c>): without lines that start with <c>#</c>, and clean.</summary>
    public static byte[] Strip(ReadOnlySpan<byte> message)
    {
        MemoryStream kept = new(message.Length);
        while (!message.IsEmpty)
        {
            int end = message.IndexOf((byte)'\n') + 1;
            ReadOnlySpan<byte> line = end == 0 ? message : message[..end];
            message = message[line.Length..];
            if (line[0] != '#')
            {
                kept.Write(line);
            }
        }

        return Clean(kept.ToArray());
    }

    /// <summary>
    /// Where no editor was used (<c>--cleanup=whitespace</c>): without blanks at line ends and empty lines at both ends, with one empty line where there were several, and with a line feed at the
    /// end. Empty where nothing is left.
    /// </summary>
    public static byte[] Clean(ReadOnlySpan<byte> message)
    {
        MemoryStream clean = new(message.Length + 1);
        bool gap = false;
        while (!message.IsEmpty)
        {
            int end = message.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = (end < 0 ? message : message[..end]).TrimEnd(" \t\v\f\r"u8);
            message = end < 0 ? default : message[(end + 1)..];
            if (line.IsEmpty)
            {
                gap = true;
                continue;
            }

            if (gap && clean.Length > 0)
            {
                clean.WriteByte((byte)'\n');
            }

            gap = false;
            clean.Write(line);
            clean.WriteByte((byte)'\n');
        }

        return clean.ToArray();
    }
}
