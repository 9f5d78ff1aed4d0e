using System.Runtime.CompilerServices;
using Monorepo.Core;
using Monorepo.Operations.AccessLog;

namespace Monorepo.Operations.Warming;

/// <summary>
/// The fewest objects whose reads are a wanted part of all that were recorded: those read most often. Recorded reads of objects that nobody had count
/// nothing. Not thread-safe.
/// </summary>
/// <remarks>
/// Counting takes memory for the different objects, so when there are many it goes over the records several times, each time for the ids that fall
/// into one share of all: memory is bounded whatever the log holds.
/// </remarks>
internal sealed class AccessedObjects : IWarmSet
{
    /// <summary>Different objects counted in one pass over the records; about 50 bytes each.</summary>
    private const int ObjectsPerPassMax = 1 << 20;

    private const int BatchObjects = 4_096;

    private readonly Func<IEnumerable<AccessRecord>> _records;
    private readonly RepositoryName _repository;
    private readonly int _passes;

    /// <summary>Objects read more often than this are wanted, ...</summary>
    private int _threshold;

    /// <summary>... and of those read exactly so often, so many.</summary>
    private long _atThreshold;

    private AccessedObjects(Func<IEnumerable<AccessRecord>> records, RepositoryName repository, int passes)
    {
        _records = records;
        _repository = repository;
        _passes = passes;
    }

    /// <summary>Reads recorded.</summary>
    public long Accesses { get; private set; }

    /// <summary>Different objects read.</summary>
    public long Objects { get; private set; }

    /// <summary>Reads that find their object when the wanted ones are there.</summary>
    public long Hits { get; private set; }

    /// <param name="records">The log from its beginning, each time it is called.</param>
    /// <param name="repository">Whose reads count.</param>
    /// <param name="hitRate">Above 0, at most 1.</param>
    /// <param name="objectsPerPassMax">For tests.</param>
    /// <param name="cancellationToken">Stops the counting.</param>
    public static AccessedObjects Choose(
        Func<IEnumerable<AccessRecord>> records, RepositoryName repository, double hitRate, CancellationToken cancellationToken, int objectsPerPassMax = ObjectsPerPassMax)
    {
        AccessedObjects chosen = new(records, repository, PassesFor(records, repository, objectsPerPassMax, cancellationToken));
        SortedDictionary<int, long> objectsByReads = [];
        for (int pass = 0; pass < chosen._passes; pass++)
        {
            foreach (Count count in chosen.CountPass(pass, cancellationToken).Values)
            {
                chosen.Accesses += count.Reads;
                chosen.Objects++;
                objectsByReads[count.Reads] = objectsByReads.GetValueOrDefault(count.Reads) + 1;
            }
        }

        chosen.SetThreshold(objectsByReads, hitRate);
        return chosen;
    }

    public async IAsyncEnumerable<IReadOnlyList<ObjectId>> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach ((ObjectId Id, uint)[] batch in Read(cancellationToken).Chunk(BatchObjects))
            yield return [.. batch.Select(static b => b.Id)];
        await Task.CompletedTask;
    }

    /// <summary>The wanted objects and the size of each's envelope when it was read last.</summary>
    public IEnumerable<(ObjectId Id, uint EnvelopeBytes)> Read(CancellationToken cancellationToken)
    {
        long left = _atThreshold;
        for (int pass = 0; pass < _passes; pass++)
        {
            foreach ((ObjectId id, Count count) in CountPass(pass, cancellationToken))
            {
                if (count.Reads > _threshold || (count.Reads == _threshold && left-- > 0))
                    yield return (id, count.EnvelopeBytes);
            }
        }
    }

    /// <summary>Estimates how many different objects there are, by how much of a field of bits they set.</summary>
    private static int PassesFor(Func<IEnumerable<AccessRecord>> records, RepositoryName repository, int objectsPerPassMax, CancellationToken cancellationToken)
    {
        const int Bits = 1 << 23;
        ulong[] field = new ulong[Bits / 64];
        foreach (AccessRecord record in records())
        {
            cancellationToken.ThrowIfCancellationRequested();
            uint bit = (uint)record.Id.GetHashCode() % Bits;
            if (record.Repository == repository)
                field[bit / 64] |= 1UL << (int)(bit % 64);
        }

        double empty = field.Sum(static word => 64L - (long)ulong.PopCount(word));
        double objects = -Bits * Math.Log(Math.Max(empty, 1) / Bits);
        return 1 + (int)(objects / objectsPerPassMax);
    }

    private Dictionary<ObjectId, Count> CountPass(int pass, CancellationToken cancellationToken)
    {
        Dictionary<ObjectId, Count> counts = [];
        foreach (AccessRecord record in _records())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (record.Repository != _repository || record.EnvelopeBytes == 0 || PassOf(record.Id) != pass)
                continue;
            ref Count count = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(counts, record.Id, out _);
            count = new Count(count.Reads + 1, record.EnvelopeBytes);
        }

        return counts;
    }

    // Bytes that neither the sampling of the log nor the hash of a dictionary looks at.
    private int PassOf(in ObjectId id) => (int)((uint)((id.AsSpan()[8] << 16) | (id.AsSpan()[9] << 8) | id.AsSpan()[10]) % (uint)_passes);

    private void SetThreshold(SortedDictionary<int, long> objectsByReads, double hitRate)
    {
        long wanted = (long)Math.Ceiling(Accesses * hitRate);
        _threshold = int.MaxValue;
        foreach ((int reads, long objects) in objectsByReads.Reverse())
        {
            if (Hits >= wanted)
                return;
            _threshold = reads;
            _atThreshold = Math.Min(objects, (wanted - Hits + reads - 1) / reads);
            Hits += _atThreshold * reads;
        }
    }

    private readonly record struct Count(int Reads, uint EnvelopeBytes);
}
