using Monorepo.Core;
using Monorepo.Formats.Objects;
using Monorepo.Import.Sources;
using Monorepo.Import.Targets;
using Monorepo.Native.Git2;
using Monorepo.Storage;

namespace Monorepo.Import.Objects;

/// <summary>
/// Takes ids of objects to write, and writes them in rounds: all cores read, check and compress, and whoever fills a batch writes it while
/// the others go on. Used by one caller at a time.
/// </summary>
internal sealed class ObjectWriter(GitSource source, IImportTarget target, int parallelism)
{
    private readonly List<Pending> _pending = [];
    private readonly Lock _filling = new();
    private long _pendingBytes;
    private List<NewObject> _batch = [];
    private long _batchBytes;
    private long _objects;
    private long _bytes;

    /// <summary>Objects that are durably written.</summary>
    public long Objects => Interlocked.Read(ref _objects);

    /// <summary>Bytes of those objects before compression.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>True when <see cref="DrainAsync"/> should come before more is added.</summary>
    public bool IsFull => _pending.Count >= ImportLimits.PendingObjectsMax || _pendingBytes >= ImportLimits.PendingBytesMax;

    /// <summary>Queues an object; without a body it is read when its turn comes. A body given here was checked by its id.</summary>
    public void Add(ObjectId id, ObjectKind kind, ReadOnlyMemory<byte>? checkedBody = null)
    {
        _pending.Add(new Pending(id, kind, checkedBody));
        _pendingBytes += checkedBody?.Length ?? 0;
    }

    /// <summary>Writes all that is queued, durably.</summary>
    /// <exception cref="ImportException">An object is missing or damaged; then nothing more is written.</exception>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(_pending.Chunk(ChunkObjects), options, async (chunk, token) =>
        {
            foreach (Pending pending in chunk)
            {
                token.ThrowIfCancellationRequested();
                if (Fill(Seal(pending)) is { } full)
                    await target.PutObjectsAsync(full, token);
            }
        });
        _pending.Clear();
        _pendingBytes = 0;
        if (_batch.Count > 0)
            await target.PutObjectsAsync(TakeBatch(), cancellationToken);
    }

    // Amortizes the hand-over between threads; small beside a round.
    private const int ChunkObjects = 64;

    private NewObject Seal(Pending pending)
    {
        Interlocked.Increment(ref _objects);
        if (pending.Body is { } body)
        {
            Interlocked.Add(ref _bytes, body.Length);
            return new NewObject(pending.Id, ObjectEnvelope.Seal(pending.Kind, body.Span));
        }

        using OdbObject read = source.Read(pending.Id, pending.Kind);
        Interlocked.Add(ref _bytes, read.Content.Length);
        return new NewObject(pending.Id, ObjectEnvelope.Seal(pending.Kind, read.Content));
    }

    private List<NewObject>? Fill(NewObject sealedObject)
    {
        lock (_filling)
        {
            _batch.Add(sealedObject);
            _batchBytes += sealedObject.Envelope.Length;
            return _batch.Count >= ImportLimits.BatchObjectsMax || _batchBytes >= ImportLimits.BatchBytesMax ? TakeBatch() : null;
        }
    }

    private List<NewObject> TakeBatch()
    {
        List<NewObject> batch = _batch;
        _batch = [];
        _batchBytes = 0;
        return batch;
    }

    private readonly record struct Pending(ObjectId Id, ObjectKind Kind, ReadOnlyMemory<byte>? Body);
}
