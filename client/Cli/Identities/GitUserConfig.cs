using System.Text;

namespace Monorepo.Cli.Identities;

/// <summary>Finds <c>user.name</c> and <c>user.email</c> in a configuration file of git. Includes are not followed.</summary>
public static class GitUserConfig
{
    /// <summary>The values of the last lines that set them; null where none does.</summary>
    public static (string? Name, string? Email) Parse(string text)
    {
        string? name = null;
        string? email = null;
        bool isUser = false;
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.Trim();
            if (line.StartsWith('['))
            {
                int end = line.IndexOf(']', StringComparison.Ordinal);
                isUser = end > 0 && line.AsSpan(1, end - 1).Trim().Equals("user", StringComparison.OrdinalIgnoreCase);
                line = end > 0 ? line[(end + 1)..].Trim() : "";
            }

            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (!isUser || equals < 0 || line[0] is '#' or ';')
            {
                continue;
            }

            string key = line[..equals].Trim();
            if (key.Equals("name", StringComparison.OrdinalIgnoreCase))
            {
                name = Value(line.AsSpan(equals + 1));
            }
            else if (key.Equals("email", StringComparison.OrdinalIgnoreCase))
            {
                email = Value(line.AsSpan(equals + 1));
            }
        }

        return (name, email);
    }

    // Quotes keep blanks and comment signs; a backslash takes the next character as it is.
    private static string Value(ReadOnlySpan<char> text)
    {
        StringBuilder value = new();
        bool quoted = false;
        int keep = 0;
        text = text.Trim();
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '"')
            {
                quoted = !quoted;
                keep = value.Length;
                continue;
            }

            if (!quoted && (c is '#' or ';'))
            {
                break;
            }

            if (c == '\\' && i + 1 < text.Length)
            {
                c = text[++i] switch { 'n' => '\n', 't' => '\t', var other => other };
                value.Append(c);
                keep = value.Length;
                continue;
            }

            value.Append(c);
            if (quoted || !char.IsWhiteSpace(c))
            {
                keep = value.Length;
            }
        }

        return value.ToString(0, keep);
    }
}
