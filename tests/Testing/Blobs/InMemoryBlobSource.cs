using System.Collections.Concurrent;
using Monorepo.Blobs;
using Monorepo.Core;

namespace Monorepo.Testing.Blobs;

/// <summary>
/// An <see cref="IBlobSource"/> with the contents a test gives it. Counts batches, so that a test can prove each was disposed, and can be held
/// at a gate or made to fail. Any thread.
/// </summary>
public sealed class InMemoryBlobSource : IBlobSource
{
    private readonly ConcurrentDictionary<ObjectId, ReadOnlyMemory<byte>> _envelopes = new();
    private int _batchesOpen;
    private int _calls;

    /// <summary>The one repository it has.</summary>
    public static RepositoryName Repository { get; } = RepositoryName.Parse("test/repository");

    /// <summary>Called before every answer: throw, wait, count. Gets the cancellation token of the request.</summary>
    public Func<CancellationToken, ValueTask>? BeforeAnswer { get; set; }

    /// <summary>Bytes after which the rest of a batch is deferred.</summary>
    public long ReplyBytesTarget { get; set; } = BlobLimits.ReplyBytesTarget;

    /// <summary>Entries left out of every batch, to play a broken source.</summary>
    public int EntriesMissing { get; set; }

    /// <summary>What the last request asked for.</summary>
    public BlobReadOptions LastOptions { get; private set; }

    /// <summary>Batches handed out and not disposed.</summary>
    public int BatchesOpen => Volatile.Read(ref _batchesOpen);

    public int Calls => Volatile.Read(ref _calls);

    public void Add(ObjectId id, ReadOnlyMemory<byte> envelope) => _envelopes[id] = envelope;

    /// <summary>Adds <paramref name="lengthBytes"/> bytes drawn from <paramref name="random"/> under an id drawn from it too.</summary>
    public ObjectId AddRandom(Random random, int lengthBytes)
    {
        byte[] envelope = GC.AllocateUninitializedArray<byte>(lengthBytes);
        random.NextBytes(envelope);
        ObjectId id = RandomId(random);
        Add(id, envelope);
        return id;
    }

    public static ObjectId RandomId(Random random)
    {
        Span<byte> bytes = stackalloc byte[ObjectId.Size];
        random.NextBytes(bytes);
        return new ObjectId(bytes);
    }

    /// <summary>What it holds under <paramref name="id"/>, or nothing.</summary>
    public ReadOnlyMemory<byte>? Find(ObjectId id) => _envelopes.TryGetValue(id, out ReadOnlyMemory<byte> envelope) ? envelope : (ReadOnlyMemory<byte>?)null;

    public async ValueTask<BlobBatch> GetAsync(RepositoryName repository, ReadOnlyMemory<ObjectId> ids, BlobReadOptions options, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _calls);
        LastOptions = options;
        if (BeforeAnswer is { } before)
            await before(cancellationToken);
        if (repository != Repository)
            throw new BlobTransportException(BlobTransportError.UnknownRepository, $"No repository {repository}.");

        BlobEntry[] entries = new BlobEntry[ids.Length - Math.Min(EntriesMissing, ids.Length)];
        long bytes = 0;
        for (int i = 0; i < entries.Length; i++)
        {
            if (bytes >= ReplyBytesTarget)
            {
                entries[i] = BlobEntry.Deferred;
            }
            else if (_envelopes.TryGetValue(ids.Span[i], out ReadOnlyMemory<byte> envelope))
            {
                entries[i] = BlobEntry.Found(envelope);
                bytes += envelope.Length;
            }
        }

        Interlocked.Increment(ref _batchesOpen);
        return new BlobBatch(entries, new Count(this));
    }

    private sealed class Count(InMemoryBlobSource source) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref source._batchesOpen);
    }
}
