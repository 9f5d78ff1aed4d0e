namespace Monorepo.Core;

/// <summary>A full ref name (<c>refs/heads/main</c>) that follows git's check-ref-format rules.</summary>
public readonly record struct RefName : IComparable<RefName>
{
    public const string Branches = "refs/heads/";
    public const string Tags = "refs/tags/";

    /// <summary>Longer than any file system lets git keep.</summary>
    public const int LengthMax = 1024;

    private readonly string? _value;

    private RefName(string value) => _value = value;

    public string Value => _value ?? throw new InvalidOperationException("A ref name was not set.");

    public bool IsBranch => Value.StartsWith(Branches, StringComparison.Ordinal);

    public bool IsTag => Value.StartsWith(Tags, StringComparison.Ordinal);

    /// <summary>The name as people say it: without refs/heads/ or refs/tags/.</summary>
    public string Short => IsBranch ? Value[Branches.Length..] : IsTag ? Value[Tags.Length..] : Value;

    /// <summary>Whether one is a folder of the other (<c>a</c> of <c>a/b</c>): where refs are files, and so in git, only one of them can be there.</summary>
    public bool ClashesWith(RefName other)
    {
        (string shorter, string longer) = Value.Length < other.Value.Length ? (Value, other.Value) : (other.Value, Value);
        return longer.Length > shorter.Length && longer[shorter.Length] == '/' && longer.StartsWith(shorter, StringComparison.Ordinal);
    }

    public static bool TryParse(string? text, out RefName name)
    {
        name = default;
        if (text is null || text.Length > LengthMax || !text.StartsWith("refs/", StringComparison.Ordinal)
            || text.EndsWith('.') || text.Contains("..", StringComparison.Ordinal) || text.Contains("@{", StringComparison.Ordinal))
        {
            return false;
        }

        foreach (char c in text)
        {
            if (c is <= ' ' or '\x7f' or '~' or '^' or ':' or '?' or '*' or '[' or '\\')
            {
                return false;
            }
        }

        foreach (string part in text.Split('/'))
        {
            if (part.Length == 0 || part[0] == '.' || part.EndsWith(".lock", StringComparison.Ordinal))
            {
                return false;
            }
        }

        name = new RefName(text);
        return true;
    }

    /// <exception cref="FormatException">Git would refuse the name too.</exception>
    public static RefName Parse(string? text) =>
        TryParse(text, out RefName name) ? name : throw new FormatException($"'{text}' is not a valid ref name.");

    public int CompareTo(RefName other) => string.CompareOrdinal(_value, other._value);

    public override string ToString() => _value ?? "";
}
