using System.Collections.Concurrent;
using Monorepo.BlobPlane.Origins;
using Monorepo.Blobs;
using Monorepo.Core;

namespace Monorepo.BlobPlane.Tests.Fakes;

/// <summary>Counts and, when closed, holds reads of another origin; can be told to fail.</summary>
internal sealed class GatedOrigin(IEnvelopeOrigin inner) : IEnvelopeOrigin
{
    private TaskCompletionSource _gate = Opened();
    private int _reads;

    public int Reads => Volatile.Read(ref _reads);

    /// <summary>How often each object was asked for.</summary>
    public ConcurrentDictionary<ObjectId, int> Asked { get; } = new();

    public Exception? Failure { get; set; }

    /// <summary>Completes when a read has arrived at the closed gate.</summary>
    public TaskCompletionSource Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Close() => _gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => _gate.SetResult();

    public async ValueTask<BlobEntry[]> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _reads);
        foreach (ObjectId id in ids.ToArray())
            Asked.AddOrUpdate(id, 1, static (_, times) => times + 1);
        Arrived.TrySetResult();
        await _gate.Task.WaitAsync(cancellationToken);
        return Failure is null ? await inner.GetAsync(repository, ids, options, cancellationToken) : throw Failure;
    }

    private static TaskCompletionSource Opened()
    {
        var opened = new TaskCompletionSource();
        opened.SetResult();
        return opened;
    }
}
