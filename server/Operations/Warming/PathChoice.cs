using Monorepo.History.Push.Policy;
using Monorepo.Rpc;

namespace Monorepo.Operations.Warming;

/// <summary>Which files are wanted: all, or those that match one of some patterns. Immutable.</summary>
internal sealed class PathChoice
{
    /// <summary>Patterns one request may have: each is tried on every path.</summary>
    private const int PatternsMax = 64;

    private readonly PathPattern[] _patterns;
    private readonly string?[] _prefixes;

    private PathChoice(PathPattern[] patterns)
    {
        _patterns = patterns;
        _prefixes = [.. patterns.Select(static p => LiteralPrefix(p.Text))];
    }

    public bool IsAll => _patterns.Length == 0;

    /// <exception cref="RpcException">INVALID_ARGUMENT.</exception>
    public static PathChoice Parse(IReadOnlyList<string> patterns)
    {
        if (patterns.Count > PatternsMax)
            throw new RpcException(RpcStatusCode.InvalidArgument, $"{patterns.Count} path patterns are too many; at most {PatternsMax} are allowed.");
        try
        {
            return new PathChoice([.. patterns.Select(PathPattern.Parse)]);
        }
        catch (FormatException e)
        {
            throw new RpcException(RpcStatusCode.InvalidArgument, $"a path pattern can't be understood: {e.Message}");
        }
    }

    public bool IsMatch(string path) => IsAll || Array.Exists(_patterns, p => p.IsMatch(path));

    /// <summary>Whether anything in a directory can match. It may say yes in vain, never no.</summary>
    /// <param name="directory">Without a slash at its end; empty for the root.</param>
    public bool MayMatchIn(string directory) =>
        IsAll || directory.Length == 0 || Array.Exists(_prefixes, prefix => prefix is null
            || StartsWithPath(directory, prefix)
            || prefix.StartsWith(directory + "/", StringComparison.Ordinal));

    private static bool StartsWithPath(string directory, string prefix) => directory.StartsWith(prefix, StringComparison.Ordinal)
        || (prefix.EndsWith('/') && string.CompareOrdinal(directory, 0, prefix, 0, prefix.Length - 1) == 0 && directory.Length == prefix.Length - 1);

    /// <summary>What every match begins with; null for a pattern that matches at any depth.</summary>
    private static string? LiteralPrefix(string pattern)
    {
        string body = pattern.Trim('/');
        if (!pattern.TrimEnd('/').Contains('/', StringComparison.Ordinal))
            return null;
        int wildcard = body.AsSpan().IndexOfAny('*', '?');
        return wildcard < 0 ? body : body[..wildcard];
    }
}
