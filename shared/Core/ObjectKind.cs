namespace Monorepo.Core;

/// <summary>The four kinds of git object. The numbers are those of git's pack format.</summary>
public enum ObjectKind : byte
{
    Commit = 1,
    Tree = 2,
    Blob = 3,
    Tag = 4,
}

/// <summary>Git's spelling of the kinds, as hashed in front of a body and as written in a tag's <c>type</c> header.</summary>
public static class ObjectKindNames
{
    /// <exception cref="ArgumentOutOfRangeException">The value is none of the four kinds.</exception>
    public static ReadOnlySpan<byte> ToUtf8(this ObjectKind kind) => kind switch
    {
        ObjectKind.Commit => "commit"u8,
        ObjectKind.Tree => "tree"u8,
        ObjectKind.Blob => "blob"u8,
        ObjectKind.Tag => "tag"u8,
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a git object kind."),
    };

    /// <inheritdoc cref="ToUtf8"/>
    public static string ToName(this ObjectKind kind) => System.Text.Encoding.ASCII.GetString(kind.ToUtf8());

    public static bool IsKnown(this ObjectKind kind) => kind is >= ObjectKind.Commit and <= ObjectKind.Tag;

    public static bool TryParse(ReadOnlySpan<byte> name, out ObjectKind kind)
    {
        kind = name switch
        {
            _ when name.SequenceEqual("commit"u8) => ObjectKind.Commit,
            _ when name.SequenceEqual("tree"u8) => ObjectKind.Tree,
            _ when name.SequenceEqual("blob"u8) => ObjectKind.Blob,
            _ when name.SequenceEqual("tag"u8) => ObjectKind.Tag,
            _ => default,
        };
        return kind != default;
    }
}
