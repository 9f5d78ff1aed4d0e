using Monorepo.Core;

namespace Monorepo.Operations.Warming;

/// <summary>Objects to warm. The same ones, whenever it is enumerated.</summary>
internal interface IWarmSet
{
    /// <summary>In batches of at most a few thousand, as they are found.</summary>
    IAsyncEnumerable<IReadOnlyList<ObjectId>> ReadAsync(CancellationToken cancellationToken);
}
