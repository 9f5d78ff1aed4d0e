using System.Text;
using Monorepo.Core;
using Monorepo.Workspace.Ignore;

namespace Monorepo.Workspace.Branches;

/// <summary>A shell pattern for short names of branches and tags; <c>*</c> crosses slashes, as in git.</summary>
public sealed class RefPattern(string pattern)
{
    private readonly WildcardPattern _pattern = WildcardPattern.Compile(Encoding.UTF8.GetBytes(pattern), stopAtSlash: false);

    public bool Matches(RefName name) => _pattern.IsMatch(Encoding.UTF8.GetBytes(name.Short));

    /// <summary>Whether a name matches one of some patterns; of none, all do.</summary>
    public static bool MatchesAny(IReadOnlyCollection<RefPattern> patterns, RefName name) => patterns.Count == 0 || patterns.Any(p => p.Matches(name));
}
