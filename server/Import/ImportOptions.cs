namespace Monorepo.Import;

/// <summary>How an import treats the target.</summary>
public sealed record ImportOptions
{
    /// <summary>Refs that the source does not have are deleted from the target.</summary>
    public bool DeleteMissingRefs { get; init; } = true;

    /// <summary>Threads that read, check and compress.</summary>
    public int Parallelism { get; init; } = Environment.ProcessorCount;
}
