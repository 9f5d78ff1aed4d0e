using Microsoft.Win32.SafeHandles;
using Monorepo.Core;
using Monorepo.Rpc;
using Monorepo.Storage;

namespace Monorepo.History.Push.Intake;

/// <summary>
/// The checked objects of one push, until it is decided: in memory up to a limit, behind it in a temporary file without a name.
/// One writer; reading is thread-safe once everything was added. Disposing frees the file.
/// </summary>
internal sealed class ObjectSpool(PushLimits limits) : IDisposable
{
    private readonly Dictionary<ObjectId, Spooled> _objects = [];
    private readonly Dictionary<ObjectId, byte[]> _bodies = [];
    private readonly Dictionary<ObjectId, ObjectLocality> _localities = [];
    private SafeFileHandle? _file;
    private long _fileBytes;
    private long _memoryBytes;
    private long _decodedBytes;
    private long _commitBytes;

    public int Count => _objects.Count;

    /// <summary>Of all envelopes.</summary>
    public long EnvelopeBytes => _memoryBytes + _fileBytes;

    public IEnumerable<ObjectId> Ids => _objects.Keys;

    /// <summary>The kind of a pushed object; null where the push does not hold it.</summary>
    public ObjectKind? KindOf(ObjectId id) => _objects.TryGetValue(id, out Spooled item) ? item.Kind : null;

    /// <summary>The size of a pushed object's body.</summary>
    public int SizeOf(ObjectId id) => _objects[id].SizeBytes;

    /// <summary>The body of a pushed commit or tag; null where the push does not hold it.</summary>
    public byte[]? FindBody(ObjectId id) => _bodies.GetValueOrDefault(id);

    /// <exception cref="RpcException">RESOURCE_EXHAUSTED: a limit of the push is passed.</exception>
    public async ValueTask AddAsync(PushedObject item, CancellationToken cancellationToken)
    {
        if (_objects.ContainsKey(item.Id))
        {
            return;
        }

        Limit(_objects.Count + 1L, limits.ObjectsMax, "objects");
        Limit(_decodedBytes += item.SizeBytes, limits.PushBytesMax, "bytes of objects");
        if (item.Body is not null)
        {
            Limit(_commitBytes += item.SizeBytes, limits.CommitBytesMax, "bytes of commits and tags");
            _bodies.Add(item.Id, item.Body);
        }

        if (_memoryBytes + item.Envelope.Length <= limits.SpoolMemoryBytesMax)
        {
            _memoryBytes += item.Envelope.Length;
            _objects.Add(item.Id, new Spooled(item.Kind, item.SizeBytes, item.Envelope, 0));
            return;
        }

        _file ??= OpenFile();
        await RandomAccess.WriteAsync(_file, item.Envelope, _fileBytes, cancellationToken);
        _objects.Add(item.Id, new Spooled(item.Kind, item.SizeBytes, ReadOnlyMemory<byte>.Empty, _fileBytes, item.Envelope.Length));
        _fileBytes += item.Envelope.Length;
    }

    /// <summary>The envelope of an object that the push holds.</summary>
    public ReadOnlyMemory<byte> ReadEnvelope(ObjectId id)
    {
        Spooled item = _objects[id];
        if (item.FileBytes == 0)
        {
            return item.Envelope;
        }

        byte[] envelope = GC.AllocateUninitializedArray<byte>(item.FileBytes);
        int read = 0;
        while (read < envelope.Length)
        {
            int count = RandomAccess.Read(_file!, envelope.AsSpan(read), item.FileOffset + read);
            read += count > 0 ? count : throw new EndOfStreamException("The temporary file of a push is shorter than what was written to it.");
        }

        return envelope;
    }

    /// <summary>Notes where an object stands, so that the store can keep it near its other versions. The first place counts. By the one writer.</summary>
    public void NoteLocality(ObjectId id, ObjectLocality locality) => _localities.TryAdd(id, locality);

    /// <summary>An object that the push holds, for the store.</summary>
    public NewObject ReadObject(ObjectId id) => new(id, ReadEnvelope(id), _objects[id].Kind is ObjectKind.Commit or ObjectKind.Tag
        ? ObjectLocality.OfKind(_objects[id].Kind)
        : _localities.GetValueOrDefault(id));

    public void Dispose() => _file?.Dispose();

    private SafeFileHandle OpenFile()
    {
        string path = Path.Combine(limits.SpoolDirectory, $"monorepo-push-{Guid.NewGuid():N}");
        SafeFileHandle file = File.OpenHandle(path, System.IO.FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, FileOptions.Asynchronous);
        File.Delete(path);
        return file;
    }

    private static void Limit(long value, long max, string what)
    {
        if (value > max)
        {
            throw new RpcException(RpcStatusCode.ResourceExhausted, $"the push holds more than {max} {what}, which is this server's limit; push in several steps, or import it on the server with 'mr-admin import'.");
        }
    }

    private readonly record struct Spooled(ObjectKind Kind, int SizeBytes, ReadOnlyMemory<byte> Envelope, long FileOffset, int FileBytes = 0);
}
