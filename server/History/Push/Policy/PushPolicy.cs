using System.Text.RegularExpressions;
using Monorepo.Core;

namespace Monorepo.History.Push.Policy;

/// <summary>What an operator asks of the pushes to one repository, beside what <see cref="PushLimits"/> always asks. Immutable.</summary>
public sealed record PushPolicy
{
    /// <summary>Asks nothing.</summary>
    public static readonly PushPolicy Open = new();

    /// <summary>The largest file a commit may bring, decoded; null: <see cref="PushLimits.ObjectBytesMax"/> alone.</summary>
    public int? FileBytesMax { get; init; }

    /// <summary>Of a path from the root, in bytes; null: any. Linux opens none longer than 4,095.</summary>
    public int? PathBytesMax { get; init; }

    /// <summary>Paths no commit may add or change.</summary>
    public IReadOnlyList<PathPattern> ForbiddenPaths { get; init; } = [];

    /// <summary>Refuse names that file systems without case take for one and the same.</summary>
    public bool RefusesCaseCollisions { get; init; }

    /// <summary>What every new commit's message must match; null: anything.</summary>
    public Regex? MessagePattern { get; init; }

    /// <summary>The first rule whose pattern matches a ref is the one that counts.</summary>
    public IReadOnlyList<RefRule> Refs { get; init; } = [];

    /// <summary>Whether changed paths must be looked at.</summary>
    public bool ChecksPaths => FileBytesMax is not null || PathBytesMax is not null || ForbiddenPaths.Count > 0 || RefusesCaseCollisions;

    /// <summary>Whether a name may come into a directory that has these names; null where there is nothing to check.</summary>
    internal Func<IReadOnlyCollection<string>, string, bool>? NameCheck => RefusesCaseCollisions ? CaseCollisions.IsFree : null;

    public RefRule RuleFor(RefName name) => Refs.FirstOrDefault(r => r.Pattern.IsMatch(name.Value)) ?? RefRule.None;
}

/// <summary>What holds for the refs a pattern names.</summary>
public sealed record RefRule
{
    internal static readonly RefRule None = new() { Pattern = PathPattern.Parse("**") };

    /// <summary>Over the full name: <c>refs/heads/main</c>, <c>refs/heads/release/*</c>, <c>refs/**</c>.</summary>
    public required PathPattern Pattern { get; init; }

    /// <summary>A push that is no fast-forward is rebased, unless the client says never.</summary>
    public bool Rebase { get; init; }

    /// <summary>Neither forced moves nor deletion.</summary>
    public bool IsProtected { get; init; }

    /// <summary>No push at all; importers may still move it.</summary>
    public bool RefusesPushes { get; init; }
}
