using Monorepo.Formats.Objects;
using Monorepo.Import.Sources;
using Monorepo.Import.Targets;
using Monorepo.Storage;

namespace Monorepo.Import.Objects;

/// <summary>Reads objects into one buffer and puts them when it is full. Owns its reader. Used by one thread at a time.</summary>
/// <param name="reader">Where bodies come from.</param>
/// <param name="target">Where they go.</param>
/// <param name="onWritten">Gets objects and bytes of bodies after each put; may be called by several writers at once.</param>
internal sealed class BatchWriter(GitReader reader, IImportTarget target, Action<int, long> onWritten) : IDisposable
{
    private readonly byte[] _buffer = GC.AllocateUninitializedArray<byte>(ImportLimits.BatchBytesMax);
    private readonly List<NewObject> _batch = [];
    private int _filled;
    private long _bytes;

    /// <summary>Writes all, durably.</summary>
    /// <exception cref="ImportException">An object is missing or damaged.</exception>
    public async ValueTask WriteAsync(ReadOnlyMemory<PendingObject> objects, CancellationToken cancellationToken)
    {
        for (int i = 0; i < objects.Length; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (TryAdd(objects.Span[i]))
                continue;
            await PutAsync(cancellationToken);
            AddAlone(objects.Span[i]);
        }

        await PutAsync(cancellationToken);
    }

    public void Dispose() => reader.Dispose();

    /// <returns>False when the buffer has no room for it.</returns>
    private bool TryAdd(in PendingObject pending)
    {
        ReadOnlySpan<byte> body = Read(pending);
        if (body.Length > _buffer.Length - _filled - ObjectEnvelope.HeaderBytes)
            return false;
        int bytes = ObjectEnvelope.Wrap(pending.Kind, body, _buffer.AsSpan(_filled));
        Add(pending, _buffer.AsMemory(_filled, bytes));
        _filled += bytes;
        return true;
    }

    /// <summary>Adds to an empty buffer, or beside it what is larger than it.</summary>
    private void AddAlone(in PendingObject pending)
    {
        if (!TryAdd(pending))
            Add(pending, ObjectEnvelope.Wrap(pending.Kind, Read(pending)));
    }

    private ReadOnlySpan<byte> Read(in PendingObject pending) => pending.Body is { } body ? body.Span : reader.Read(pending.Id, pending.Kind);

    private void Add(in PendingObject pending, ReadOnlyMemory<byte> envelope)
    {
        _batch.Add(new NewObject(pending.Id, envelope, pending.Locality));
        _bytes += envelope.Length - ObjectEnvelope.HeaderBytes;
    }

    private async ValueTask PutAsync(CancellationToken cancellationToken)
    {
        if (_batch.Count == 0)
            return;
        await target.PutObjectsAsync(_batch, cancellationToken);
        onWritten(_batch.Count, _bytes);
        _batch.Clear();
        _filled = 0;
        _bytes = 0;
    }
}
