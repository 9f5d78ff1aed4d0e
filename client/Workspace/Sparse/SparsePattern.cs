using System.Text;
using Monorepo.Workspace.Ignore;

namespace Monorepo.Workspace.Sparse;

/// <summary>
/// A path pattern: names from the repository's top, joined by slashes. It stands for the file of that path, or for all that is below the directory
/// of that path. Matched name by name, so that a walk of a tree can leave directories out. Immutable and thread-safe. Rules in FORMAT.md.
/// </summary>
public sealed class SparsePattern
{
    /// <summary>Longer ones are refused: no path is as long.</summary>
    public const int BytesMax = 4_096;

    private const string PathPrefix = "path:";
    private const string GlobPrefix = "glob:";

    // Kinds that Mercurial has and that can't be decided directory by directory, or that are relative to where a command runs.
    private static readonly string[] s_refusedPrefixes =
        ["re:", "relre:", "relglob:", "relpath:", "rootglob:", "rootfilesin:", "listfile:", "listfile0:", "set:", "include:", "subinclude:"];

    private readonly Name[] _names;

    private SparsePattern(string text, Name[] names, bool isDirectoryOnly)
    {
        Text = text;
        _names = names;
        IsDirectoryOnly = isDirectoryOnly;
    }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>It matches whatever there is.</summary>
    public bool IsEverything => _names.Length == 0;

    /// <summary>It ends in a slash: a file of its path is not meant.</summary>
    public bool IsDirectoryOnly { get; }

    /// <summary>How many names must be matched; those that stand for any directories count as one.</summary>
    public int Length => _names.Length;

    /// <summary>Parses a pattern.</summary>
    /// <exception cref="SparseException"><see cref="SparseError.PatternWrong"/>: the message says what is wrong, without the pattern.</exception>
    public static SparsePattern Parse(string text)
    {
        string rest = text;
        bool isLiteral = rest.StartsWith(PathPrefix, StringComparison.Ordinal);
        if (isLiteral || rest.StartsWith(GlobPrefix, StringComparison.Ordinal))
        {
            rest = rest[PathPrefix.Length..];
        }
        else if (Array.Find(s_refusedPrefixes, p => text.StartsWith(p, StringComparison.Ordinal)) is { } refused)
        {
            throw Wrong($"'{refused}' patterns are not known here, only 'path:' and 'glob:'");
        }

        if (Encoding.UTF8.GetByteCount(rest) > BytesMax || rest.AsSpan().IndexOfAny('\n', '\r', '\0') >= 0)
        {
            throw Wrong($"a pattern is one line of at most {BytesMax} bytes");
        }

        rest = rest.StartsWith('/') ? rest[1..] : rest;
        bool isDirectoryOnly = rest.EndsWith('/');
        rest = isDirectoryOnly ? rest[..^1] : rest;
        if (rest is "" or ".")
        {
            return new SparsePattern(text, [], isDirectoryOnly: false);
        }

        List<Name> names = [];
        foreach (string component in rest.Split('/'))
        {
            if (component is "" or "." or "..")
            {
                throw Wrong("it takes names from the repository's top joined by single slashes, without '.' and '..'");
            }

            Name name = Compile(component, isLiteral);
            if (!name.IsAnyDirectories || names.Count == 0 || !names[^1].IsAnyDirectories)
            {
                names.Add(name);
            }
        }

        // What is in a directory at any depth is what is below it.
        if (names[^1].IsAnyDirectories)
        {
            names.RemoveAt(names.Count - 1);
            isDirectoryOnly = names.Count > 0;
        }

        return new SparsePattern(text, [.. names], isDirectoryOnly);
    }

    /// <summary>Whether the name at a position stands for any number of directories, none included.</summary>
    internal bool IsAnyDirectories(int position) => _names[position].IsAnyDirectories;

    /// <summary>Whether a name matches the one at a position, which does not stand for any directories.</summary>
    internal bool IsMatch(int position, ReadOnlySpan<byte> name)
    {
        Name wanted = _names[position];
        return wanted.Wildcard is { } wildcard ? wildcard.IsMatch(name) : !wanted.IsAnyDirectories && name.SequenceEqual(wanted.Literal);
    }

    /// <summary>The names from a position on before the first one with a wildcard, as a path: all that is left to match is there or below.</summary>
    internal byte[] FindLiteralTop(int position)
    {
        IEnumerable<byte[]> literals = _names.Skip(position).TakeWhile(static n => n is { Wildcard: null, IsAnyDirectories: false }).Select(static n => n.Literal);
        return [.. literals.SelectMany(static (name, i) => i == 0 ? name : [(byte)'/', .. name])];
    }

    private static Name Compile(string component, bool isLiteral)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(component);
        if (isLiteral || bytes.AsSpan().IndexOfAny("*?[\\"u8) < 0)
        {
            return new Name(bytes, null, IsAnyDirectories: false);
        }

        return component == "**" ? new Name([], null, IsAnyDirectories: true) : new Name([], WildcardPattern.Compile(bytes, stopAtSlash: true), IsAnyDirectories: false);
    }

    private static SparseException Wrong(string why) => new(SparseError.PatternWrong, why);

    private readonly record struct Name(byte[] Literal, WildcardPattern? Wildcard, bool IsAnyDirectories);
}
