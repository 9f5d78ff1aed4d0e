using System.Collections.Concurrent;
using Monorepo.Core;
using Monorepo.Formats.Objects;

namespace Monorepo.Storage.InMemory;

internal sealed class InMemoryObjectStore : IObjectStore
{
    private readonly ConcurrentDictionary<ObjectId, byte[]> _objects = new();

    public ValueTask<ObjectBatch> GetAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken)
    {
        StorageLimits.CheckIds(ids.Length);
        byte[]?[] envelopes = new byte[]?[ids.Length];
        for (int i = 0; i < envelopes.Length; i++)
        {
            envelopes[i] = _objects.GetValueOrDefault(ids.Span[i]);
        }

        return new(new ArrayObjectBatch(envelopes));
    }

    public ValueTask<IReadOnlyList<ObjectHeader?>> GetHeadersAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken) =>
        new(Map(ids, id => _objects.TryGetValue(id, out byte[]? envelope) ? ObjectEnvelope.ReadHeader(envelope) : (ObjectHeader?)null));

    public ValueTask<IReadOnlyList<bool>> ContainsAsync(ReadOnlyMemory<ObjectId> ids, CancellationToken cancellationToken) =>
        new(Map(ids, _objects.ContainsKey));

    public ValueTask PutAsync(IReadOnlyList<NewObject> objects, CancellationToken cancellationToken)
    {
        foreach (NewObject item in objects)
        {
            // As engines do that keep it in another form.
            if (item.Locality.IsNone)
            {
                _ = ObjectEnvelope.ReadHeader(item.Envelope.Span);
            }
            else
            {
                _ = ObjectEnvelope.Decode(item.Envelope.Span, out _);
            }
        }

        foreach (NewObject item in objects)
        {
            _objects.TryAdd(item.Id, item.Envelope.ToArray());
        }

        return ValueTask.CompletedTask;
    }

    private static T[] Map<T>(ReadOnlyMemory<ObjectId> ids, Func<ObjectId, T> map)
    {
        StorageLimits.CheckIds(ids.Length);
        T[] results = new T[ids.Length];
        for (int i = 0; i < results.Length; i++)
        {
            results[i] = map(ids.Span[i]);
        }

        return results;
    }
}
