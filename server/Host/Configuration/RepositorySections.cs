using System.Text.Json.Serialization;

namespace Monorepo.Host.Configuration;

/// <summary>The config file's key <c>push</c>, for all repositories or for one.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record PushSection
{
    public string? MaxFileBytes { get; init; }

    public int? MaxPathBytes { get; init; }

    public IReadOnlyList<string>? ForbiddenPaths { get; init; }

    /// <summary>False: names that differ in case only are refused.</summary>
    public bool? CaseCollisions { get; init; }

    public string? MessagePattern { get; init; }

    public IReadOnlyList<RefSection>? Refs { get; init; }

    /// <summary>These keys where they say something, otherwise the others'.</summary>
    public PushSection Over(PushSection others) => new()
    {
        MaxFileBytes = MaxFileBytes ?? others.MaxFileBytes,
        MaxPathBytes = MaxPathBytes ?? others.MaxPathBytes,
        ForbiddenPaths = ForbiddenPaths ?? others.ForbiddenPaths,
        CaseCollisions = CaseCollisions ?? others.CaseCollisions,
        MessagePattern = MessagePattern ?? others.MessagePattern,
        Refs = Refs ?? others.Refs,
    };
}

/// <summary>One entry of <c>push.refs</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RefSection
{
    public string? Pattern { get; init; }

    public bool Rebase { get; init; }

    [JsonPropertyName("protected")]
    public bool IsProtected { get; init; }

    /// <summary>Null is true.</summary>
    public bool? DirectPush { get; init; }
}

/// <summary>The config file's key <c>refLog</c>, for all repositories or for one.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RefLogSection
{
    public long? MaxUpdates { get; init; }

    public int? MaxAgeDays { get; init; }
}

/// <summary>One entry of the config file's key <c>repositories</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
internal sealed record RepositorySection
{
    public PushSection? Push { get; init; }

    public RefLogSection? RefLog { get; init; }
}
