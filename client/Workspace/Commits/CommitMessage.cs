namespace Monorepo.Workspace.Commits;

/// <summary>Cleans messages as git does where no editor was used (<c>--cleanup=whitespace</c>).</summary>
public static class CommitMessage
{
    /// <summary>
    /// Without blanks at line ends and empty lines at both ends, with one empty line where there were several, and with a line feed at the
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
