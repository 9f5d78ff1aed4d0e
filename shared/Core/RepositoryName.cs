using System.Buffers;

namespace Monorepo.Core;

/// <summary>
/// A repository's name on a server: one or more parts joined by '/', each of ASCII letters, digits, '.', '_' and '-',
/// none starting with '.' or '-'. At most <see cref="LengthMax"/> characters.
/// </summary>
public readonly record struct RepositoryName
{
    public const int LengthMax = 200;

    private static readonly SearchValues<char> s_allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    private readonly string? _value;

    private RepositoryName(string value) => _value = value;

    public string Value => _value ?? throw new InvalidOperationException("A repository name was not set.");

    public static bool TryParse(string? text, out RepositoryName name)
    {
        name = default;
        if (string.IsNullOrEmpty(text) || text.Length > LengthMax)
        {
            return false;
        }

        foreach (string part in text.Split('/'))
        {
            if (part.Length == 0 || part[0] is '.' or '-' || part.AsSpan().ContainsAnyExcept(s_allowed))
            {
                return false;
            }
        }

        name = new RepositoryName(text);
        return true;
    }

    /// <exception cref="FormatException">The text breaks the rules above; the message says them.</exception>
    public static RepositoryName Parse(string? text) => TryParse(text, out RepositoryName name)
        ? name
        : throw new FormatException($"'{text}' is not a repository name: use letters, digits, '.', '_' and '-' in parts joined by '/', no part starting with '.' or '-', at most {LengthMax} characters.");

    public override string ToString() => _value ?? "";
}
